"""What a following has to tell: lines, gaps and troubles gather here until they are taken as one batch."""

import asyncio
from collections.abc import Iterable

from sutaz_tui.logs.following.line_queue import LineQueue
from sutaz_tui.logs.lines import Batch, Gap, LogLine


class Outbox:
    """Holds back who puts lines while `most` of them wait to be taken; `wake` is set when there is something.

    `lines` says in which order, and how many at once.
    """

    def __init__(self, most: int, lines: LineQueue | None = None) -> None:
        self._most = most
        self.lines = LineQueue() if lines is None else lines
        self._opened: list[Gap] = []
        self._closed: list[Gap] = []
        self._told = ("", True)
        self._room = asyncio.Event()
        self.wake = asyncio.Event()
        self.trouble = ""
        self.is_counted = True
        self.standing: list[Gap] = []

    def begin(self) -> None:
        """Somebody takes from here on who was told nothing yet."""
        self._told = ("", True)

    def add(self, lines: list[LogLine]) -> None:
        """Take lines in, without waiting."""
        self.lines.put(lines)
        self.wake.set()

    async def room(self) -> None:
        """Wait until few enough lines wait."""
        while len(self.lines) >= self._most:
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
        """All that gathered, of the lines those that are due, or None when there is nothing to tell."""
        lines, told = self.lines.take(), (self.trouble, self.is_counted)
        self._room.set()
        if not (lines or self._opened or self._closed) and told == self._told:
            return None
        batch = Batch(lines, tuple(self._opened), tuple(self._closed), *told)
        self._opened, self._closed, self._told = [], [], told
        return batch
