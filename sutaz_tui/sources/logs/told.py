"""Which lines of a stream that is asked for again were told already."""

from collections import Counter, deque
from operator import attrgetter

from sutaz_tui.logs.lines import LogLine

SECOND = 1_000_000_000
MARGIN = SECOND // 5
"""Docker stamps both streams of a container before it writes them, so neighbours may stand the wrong way round."""

_at = attrgetter("at")
_Key = tuple[int, str, str, int]


class Told:
    """The lines of the last moments before a stream ended; equal ones are counted.

    `newest` is the latest moment of all lines, 0 while there is none.
    """

    def __init__(self) -> None:
        self.newest = 0
        self._batches: deque[tuple[int, list[LogLine]]] = deque()
        self._expected: Counter[_Key] = Counter()
        self._until = 0

    def again_from(self) -> int:
        """The moment to ask from, so that nothing between is lost: some lines before it are told twice."""
        start = self.newest - MARGIN
        # Podman's moments are whole seconds, and it compares the true ones.
        return start // SECOND * SECOND if self.newest % SECOND == 0 else start

    def resume(self) -> None:
        """The stream is asked for again from `again_from`."""
        start = self.again_from()
        self._expected = Counter(
            _key(line) for _, lines in self._batches for line in lines if line.at >= start
        )
        self._until = self.newest + SECOND

    def fresh(self, lines: list[LogLine]) -> list[LogLine]:
        """Those of the lines that were not told before; they count as told from here on."""
        if self._expected:
            lines = self._unexpected(lines)
        if lines:
            newest = max(map(_at, lines))
            self._batches.append((newest, lines))
            self.newest = max(self.newest, newest)
            start = self.again_from()
            while self._batches and self._batches[0][0] < start:
                self._batches.popleft()
        return lines

    def _unexpected(self, lines: list[LogLine]) -> list[LogLine]:
        expected, found = self._expected, []
        for line in lines:
            key = _key(line)
            if expected[key] > 0:
                expected[key] -= 1
            else:
                found.append(line)
        if lines and lines[-1].at > self._until:
            # What the server forgot meanwhile is not waited for.
            expected.clear()
        return found


def _key(line: LogLine) -> _Key:
    return line.at, line.labels.get("stream", ""), line.text, line.cut
