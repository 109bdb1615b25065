"""The nearest line that is sought, in all that the sources of a log keep."""

import asyncio
from collections.abc import Callable, Sequence

from sutaz_tui.errors import SourceError, WrongQuery
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.paging import Rest, next_page
from sutaz_tui.logs.sought import Sought

CHUNK, CANDIDATES, FEW = 20_000, 500, 20
"""Lines asked for at once: of a source that gives all, of one that gives what may be sought, and what is but for health
checks."""

SLICE = 1000
"""Lines that are held against a pattern before others may work."""


class Seeking:
    """Looks through [start, end) of several feeds, from its end backwards where `newest`.

    `troubles` say which of them could not be looked through. `passed` is told how many lines were read, and up to
    which moment.
    """

    def __init__(
        self, sought: Sought, start: int, end: int, newest: bool, passed: Callable[[int, int], None]
    ) -> None:
        self.troubles: list[str] = []
        self._sought = sought
        self._span = Rest(start, end, newest)
        self._passed = passed
        self._lines = 0
        self._found: LogLine | None = None

    async def nearest(self, feeds: Sequence[Feed]) -> LogLine | None:
        """The nearest line of all feeds; raises SourceError where none of them could be looked through, and TooSlow."""
        failures: list[SourceError] = []

        async def through(feed: Feed) -> None:
            try:
                await self._through(feed)
            except SourceError as error:
                failures.append(error)

        try:
            async with asyncio.TaskGroup() as group:
                for feed in feeds:
                    group.create_task(through(feed))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        if failures and len(failures) == len(feeds):
            raise failures[0]
        self.troubles += map(str, failures)
        return self._found

    async def _through(self, feed: Feed) -> None:
        for pattern in self._sought.patterns:
            is_text = not (pattern.is_regex or pattern.is_inverse)
            if is_text and await feed.lacks(pattern.wanted, pattern.has_capital):
                return
        for stage in self._sought.stages:
            narrowed = feed.narrowed(stage)
            try:
                await self._pages(narrowed, narrowed is not feed)
            except WrongQuery:
                if narrowed is feed:
                    raise
                # Its expressions are not quite ours: what it cannot tell, we read.
                await self._pages(feed, False)
            if narrowed is feed:
                return

    async def _pages(self, feed: Feed, is_narrowed: bool) -> None:
        chunk = CHUNK
        if is_narrowed:
            chunk = FEW if self._sought.is_told_by_stages else CANDIDATES
        rest = self._span
        while rest.start < rest.end and not self._is_past(rest):
            page = await next_page(feed.page, rest, chunk)
            if await self._look(page.lines) or page.rest is None:
                return
            was, rest = rest, page.rest if page.lines else page.rest.past()
            if rest == was:
                return
            self._passed(self._lines, rest.end if rest.newest else rest.start)

    def _is_past(self, rest: Rest) -> bool:
        """Whether another feed has a nearer one than this can still give."""
        if self._found is None:
            return False
        return rest.end <= self._found.at if rest.newest else rest.start > self._found.at

    async def _look(self, lines: Sequence[LogLine]) -> bool:
        """Whether one of these is sought; the nearest of all is kept."""
        newest = self._span.newest
        lines = lines[::-1] if newest else lines
        for begin in range(0, len(lines), SLICE):
            part = lines[begin : begin + SLICE]
            self._lines += len(part)
            hit = next((line for line in part if self._sought.finds(line)), None)
            if hit is not None:
                known = self._found
                if known is None or (hit.at > known.at if newest else hit.at < known.at):
                    self._found = hit
                return True
            await asyncio.sleep(0)
        return False
