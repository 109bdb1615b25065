"""Lines that wait to be taken: in the order they came, or sorted once they waited for older ones of other feeds."""

import sys
from bisect import bisect_right
from collections import deque
from operator import attrgetter

from sutaz_tui.clock import Clock
from sutaz_tui.logs.lines import LogLine

_at = attrgetter("at")


class LineQueue:
    """Lines in the order they came, taken at most `batch` at once; `len` is how many wait."""

    def __init__(self, batch: int = sys.maxsize) -> None:
        self._batch = batch
        # The lists as they were put, which belong to who put them.
        self._parts: deque[list[LogLine]] = deque()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def put(self, lines: list[LogLine]) -> None:
        """Put lines at the end."""
        if lines:
            self._parts.append(lines)
            self._waiting += len(lines)

    def seconds_until_due(self) -> float | None:
        """When the next lines can be taken; None when none wait."""
        return 0.0 if self._parts else None

    def take(self) -> list[LogLine]:
        """The next lines, whole lists where they fit."""
        if not self._parts:
            return []
        lines = self._parts.popleft()
        if self._parts and len(lines) + len(self._parts[0]) <= self._batch:
            lines = lines.copy()
            while self._parts and len(lines) + len(self._parts[0]) <= self._batch:
                lines += self._parts.popleft()
        if len(lines) > self._batch:
            self._parts.appendleft(lines[self._batch :])
            lines = lines[: self._batch]
        self._waiting -= len(lines)
        return lines


class ReorderingQueue(LineQueue):
    """Lines of several feeds by time: each waits `patience` seconds for older ones."""

    def __init__(self, clock: Clock, patience: float, batch: int) -> None:
        super().__init__(batch)
        self._clock = clock
        self._patience = patience
        # When lines have waited long enough, with the newest of them.
        self._due: deque[tuple[float, int]] = deque()
        self._sorted: list[LogLine] = []

    def put(self, lines: list[LogLine]) -> None:
        """Put lines that are to wait for older ones."""
        super().put(lines)
        if lines:
            self._due.append((self._clock.monotonic() + self._patience, max(map(_at, lines))))

    def seconds_until_due(self) -> float | None:
        """When the next lines have waited long enough; None when none wait."""
        if self._sorted:
            return 0.0
        return self._due[0][0] - self._clock.monotonic() if self._due else None

    def take(self) -> list[LogLine]:
        """The next lines that waited long enough, and all that are older than these."""
        now, newest = self._clock.monotonic(), None
        while self._due and self._due[0][0] <= now:
            newest = max(newest or 0, self._due.popleft()[1])
        if newest is not None:
            arrived = [line for part in self._parts for line in part]
            arrived.sort(key=_at)
            ready = bisect_right(arrived, newest, key=_at)
            self._sorted += arrived[:ready]
            self._parts = deque([arrived[ready:]] if ready < len(arrived) else [])
        lines, self._sorted = self._sorted[: self._batch], self._sorted[self._batch :]
        self._waiting -= len(lines)
        return lines
