"""Time that a test moves by hand."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

IDLE = 4
"""Turns of the loop with nothing to do behind which all has settled: one that only waits for the selector is no turn."""


class HandClock:
    """A clock that stands still until `advance` moves it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
        self._seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def move_to(self, seconds: float) -> None:
        """Let so many seconds have passed since the start, without waking anybody."""
        self._seconds = seconds

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        elapsed = asyncio.Event()
        heapq.heappush(self._sleepers, (self._seconds + seconds, next(self._numbers), elapsed))
        waits = [asyncio.create_task(event.wait()), asyncio.create_task(elapsed.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        return event.is_set()

    def freeze(self, seconds: float) -> None:
        """Time passes while this program does not run."""
        self._seconds += seconds

    def set(self, by: float) -> None:
        """Somebody sets the wall clock by so many seconds."""
        self._start += timedelta(seconds=by)

    async def advance(self, seconds: float) -> None:
        """Move time forward, waking each sleeper at its own moment, and let what it wakes run."""
        end = self._seconds + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, elapsed = heapq.heappop(self._sleepers)
            self._seconds = max(self._seconds, at)
            elapsed.set()
            await settle()
        self._seconds = end
        await settle()


async def settle(turns: int = 20) -> None:
    """Let everything that can run without time or I/O run: until nothing else was ready four times, or so many turns."""
    ready = asyncio.get_running_loop()._ready
    idle = 0
    for _ in range(turns):
        await asyncio.sleep(0)
        idle = 0 if ready else idle + 1
        if idle == IDLE:
            return
