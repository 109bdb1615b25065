"""A feed whose lines and troubles a test gives, on a clock that it moves."""

import asyncio
from collections.abc import AsyncGenerator

from sutaz_tui.errors import SourceError
from sutaz_tui.logs.feed import Unindexed
from sutaz_tui.logs.lines import Batch, LogLine, Page
from sutaz_tui.text.moments import SECOND, nanoseconds
from tests.hand_clock import HandClock


class ClockedFeed(Unindexed):
    """A feed that keeps what the test gave it; an error put in ends its following."""

    def __init__(self, service: str, clock: HandClock, way: str = "docker socket") -> None:
        self.service = service
        self.way = way
        self.late = 0
        self.clock = clock
        self.lines: list[LogLine] = []
        self.error: SourceError | None = None
        self.stuck: asyncio.Event | None = None
        self.followed: list[int] = []
        self.is_closed = False
        self.given = 0
        self.coming: asyncio.Queue[Batch | Exception] = asyncio.Queue()

    def line(self, text: str, ago: float = 0.0) -> LogLine:
        return LogLine(nanoseconds(self.clock.now()) - int(ago * SECOND), self.service, text)

    def give(self, *texts: str, ago: float = 0.0) -> None:
        self.coming.put_nowait(Batch([self.line(text, ago) for text in texts]))

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        if self.stuck is not None:
            await self.stuck.wait()
        if self.error is not None:
            raise self.error
        found = [line for line in self.lines if start <= line.at < end]
        return Page(found[-limit:] if newest else found[:limit], len(found) <= limit)

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        self.followed.append(after)
        again = [line for line in self.lines if line.at >= after]
        if again:
            yield Batch(again)
        while True:
            batch = await self.coming.get()
            if isinstance(batch, Exception):
                raise batch
            yield batch
            self.given += 1

    async def aclose(self) -> None:
        self.is_closed = True


def feeds(clock: HandClock, *services: str) -> list[ClockedFeed]:
    return [ClockedFeed(service, clock) for service in services]
