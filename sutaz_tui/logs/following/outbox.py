"""What a following has to tell: lines, gaps and troubles gather here until they are taken."""

import asyncio
from collections.abc import Iterable

from sutaz_tui.logs.lines import Batch, Gap, LogLine


class Outbox:
    """Holds back who puts lines while `most` of them wait to be taken; `wake` is set when there is something."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: list[LogLine] = []
        self._opened: list[Gap] = []
        self._closed: list[Gap] = []
        self._told = ("", True)
        self._room = asyncio.Event()
        self.wake = asyncio.Event()
        self.trouble = ""
        self.is_counted = True
        self.standing: list[Gap] = []

    def add(self, lines: Iterable[LogLine]) -> None:
        """Take lines in, without waiting."""
        self._lines += lines
        self.wake.set()

    async def room(self) -> None:
        """Wait until few enough lines wait."""
        while len(self._lines) >= self._most:
            self._room.clear()
            await self._room.wait()

    def tell(self, trouble: str) -> None:
        """Why nothing comes; "" when it comes."""
        self.trouble = trouble
        self.wake.set()

    def tell_counted(self, is_counted: bool) -> None:
        """Whether missing lines would be noticed."""
        self.is_counted = is_counted
        self.wake.set()

    def tell_gaps(self, opened: Iterable[Gap], closed: Iterable[Gap]) -> None:
        """Gaps that opened and gaps that are gone; one that nobody heard of yet goes without a word."""
        for gap in closed:
            if gap in self.standing:
                self.standing.remove(gap)
            if gap in self._opened:
                self._opened.remove(gap)
            else:
                self._closed.append(gap)
        for gap in opened:
            self._opened.append(gap)
            self.standing.append(gap)
        self.wake.set()

    def taken(self) -> Batch | None:
        """All that gathered, or None when there is nothing to tell."""
        told = (self.trouble, self.is_counted)
        if not (self._lines or self._opened or self._closed) and told == self._told:
            return None
        batch = Batch(self._lines, tuple(self._opened), tuple(self._closed), *told)
        self._lines, self._opened, self._closed, self._told = [], [], [], told
        self._room.set()
        return batch
