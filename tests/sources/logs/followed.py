"""A feed that is followed by a test, and what it told so far."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from sutaz_tui.logs.lines import Batch, Gap, LogLine
from tests.servers.waiting import patient


class Followable(Protocol):
    def follow(self, after: int) -> AsyncGenerator[Batch, None]: ...


class Followed:
    """Lines, gaps, and troubles as they changed."""

    def __init__(self, batches: AsyncGenerator[Batch, None]) -> None:
        self._batches = batches
        self.lines: list[LogLine] = []
        self.gaps: list[Gap] = []
        self.troubles: list[str] = []

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines]

    async def until(self, holds: Callable[[], bool], within: float = 20.0) -> None:
        """Take batches until it holds."""
        async with asyncio.timeout(patient(within)):
            while not holds():
                batch = await anext(self._batches)
                self.lines += batch.lines
                self.gaps += batch.opened
                if batch.trouble != (self.troubles[-1] if self.troubles else ""):
                    self.troubles.append(batch.trouble)

    async def count(self, number: int) -> list[str]:
        """The texts of all lines as soon as there are so many."""
        await self.until(lambda: len(self.lines) >= number)
        return self.texts


def following(feed: Followable, after: int = 0) -> aclosing[AsyncGenerator[Batch, None]]:
    """The batches of a feed, closed at the end."""
    return aclosing(feed.follow(after))
