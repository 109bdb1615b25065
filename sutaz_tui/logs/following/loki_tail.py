"""Loki's tail, kept open while it can be trusted."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import cast

from sutaz_tui.clock import Clock
from sutaz_tui.errors import NoTail, SourceError, TailEnded
from sutaz_tui.logs.feed import Frame, LokiQueries

# A tail lives when it gave a frame, or was not refused for so many seconds.
LIVES = 3.0
AGAIN = (1.0, 5.0, 15.0, 60.0)
# A proxy that passes no WebSocket on will not learn it; lines come by ranges then.
NO_SOCKET_FOR = 600.0


class LokiTail:
    """One query's tail; `take` gets its frames, `changed` is called when it came to its end or is not trusted."""

    def __init__(
        self,
        queries: LokiQueries,
        clock: Clock,
        query: str,
        take: Callable[[Frame], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._queries = queries
        self._clock = clock
        self._query = query
        self._take = take
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._never = asyncio.Event()
        self._distrusted_until = -math.inf
        self.began = 0.0
        self.frames = 0

    @property
    def is_distrusted(self) -> bool:
        """Whether it was told to stay away."""
        return self._distrusted_until > self._clock.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether lines are first seen by it."""
        return self._task is not None and not self._task.done() and self._lived()

    def distrust(self, seconds: float) -> None:
        """Close it and leave it closed for a while."""
        self._distrusted_until = max(self._distrusted_until, self._clock.monotonic() + seconds)
        if self._task is not None:
            self._task.cancel()
        self._changed()

    async def run(self, cursor: Callable[[], int]) -> None:
        """Keep it open, for ever, each time from the cursor on."""
        failures = 0
        while True:
            while (left := self._distrusted_until - self._clock.monotonic()) > 0:
                await self._clock.wait(self._never, left)
            self.began, self.frames = self._clock.monotonic(), 0
            task = self._task = asyncio.create_task(self._frames(cursor()))
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            self._changed()
            if task.cancelled():
                continue
            error = task.exception()
            if error is not None and not isinstance(error, SourceError):
                raise error
            if isinstance(error, TailEnded) and self._lived():
                continue
            if isinstance(error, NoTail):
                await self._clock.wait(self._never, NO_SOCKET_FOR)
                continue
            failures = 1 if self._lived() else failures + 1
            await self._clock.wait(self._never, AGAIN[min(failures, len(AGAIN)) - 1])

    async def _frames(self, start: int) -> None:
        tail = self._queries.tail(self._query, start, self._queries.page_limit)
        # It is an async generator, which lets go of its connection when it is closed.
        async with aclosing(cast("AsyncGenerator[Frame, None]", tail)) as frames:
            async for frame in frames:
                self.frames += 1
                await self._take(frame)

    def _lived(self) -> bool:
        return self.frames > 0 or self._clock.monotonic() - self.began >= LIVES
