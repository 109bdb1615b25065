"""All or the newest lines of a span, of several feeds merged by time, each read in pages of its own."""

import asyncio
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

from sutaz_tui.errors import SourceError, WrongQuery
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.paging import Rest, next_page

T = TypeVar("T")

CHUNK = 20_000
"""Lines asked of one feed at once."""
BORDERS = 10
"""Lines fewer that are asked for: those at the borders of a source's own pages come twice, and for these few it would be
asked for one page more."""

CROWD = 100
"""Lines of one nanosecond that are many enough to be all that a source gives of it."""

UNGIVEN = "more lines share one nanosecond than the source gives"

Passing = Callable[[Sequence[LogLine], Sequence[LogLine], Sequence[LogLine]], Sequence[LogLine]]
"""Which of the lines, in their order, are wanted; the second ones are those before them, as far as a line goes on."""

_at = attrgetter("at")


class History:
    """Reads a span [start, end) of these feeds.

    `troubles` say which of them could not be read to the end, `gaps` where lines are missing. A query that is wrong
    is raised.
    """

    def __init__(self, feeds: Sequence[Feed], start: int, end: int) -> None:
        self._feeds = feeds
        self._start = start
        self._end = end
        self.troubles: list[str] = []
        self.gaps: list[Gap] = []

    async def newest(self, limit: int, passing: Passing, reach: int = 0) -> list[LogLine]:
        """The newest lines that pass, at most `limit`, oldest first; what stands `reach` ns before or behind one counts."""
        parts = await _together([self._newest_of(feed, limit, passing, reach) for feed in self._feeds])
        found = [line for part in parts for line in part]
        found.sort(key=_at)
        return found[-limit:]

    async def _newest_of(self, feed: Feed, limit: int, passing: Passing, reach: int) -> Sequence[LogLine]:
        parts: list[Sequence[LogLine]] = []
        missing = limit
        # What stands before these is in the next page.
        waiting: list[LogLine] = []
        after: list[LogLine] = []
        async with aclosing(self._pages(feed, True, limit)) as pages:
            async for page in pages:
                lines = page + waiting
                begin = bisect_left(lines, lines[0].at + reach, key=_at)
                waiting, judged = lines[:begin], lines[begin:]
                kept = passing(judged, waiting, after)[-missing:]
                parts.append(kept)
                near = [*judged, *after]
                after = near[: bisect_left(near, near[0].at + reach, key=_at)] if near else []
                missing -= len(kept)
                if missing <= 0:
                    break
            else:
                parts.append(passing(waiting, (), after)[-missing:])
        return [line for part in reversed(parts) for line in part]

    async def all(self) -> AsyncGenerator[list[LogLine], None]:
        """All lines, oldest first, in parts."""
        feeds = [self._pages(feed, False, CHUNK) for feed in self._feeds]
        waiting: list[list[LogLine]] = [[] for _ in feeds]
        is_done = [False] * len(feeds)

        async def refill(number: int) -> None:
            page = await anext(feeds[number], None)
            is_done[number] = page is None
            waiting[number] = page or []

        while True:
            await _together([refill(n) for n, lines in enumerate(waiting) if not lines and not is_done[n]])
            ends = [lines[-1].at for lines, done in zip(waiting, is_done, strict=True) if lines and not done]
            if not any(waiting):
                if all(is_done):
                    return
                continue
            # Behind the end of what one feed gave so far its next lines may belong.
            until = min(ends, default=self._end)
            ready: list[LogLine] = []
            for number, lines in enumerate(waiting):
                count = bisect_right(lines, until, key=_at)
                ready += lines[:count]
                waiting[number] = lines[count:]
            ready.sort(key=_at)
            yield ready

    async def _pages(self, feed: Feed, newest: bool, limit: int) -> AsyncGenerator[list[LogLine], None]:
        """A feed's lines page by page, no line twice."""
        most, rest = min(CHUNK, max(limit, 1000)), Rest(self._start, self._end, newest)
        while rest.start < rest.end:
            chunk = max(most // 2, most - BORDERS - len(rest.given))
            try:
                page = await next_page(feed.page, rest, chunk)
            except WrongQuery:
                raise
            except SourceError as error:
                self.troubles.append(str(error))
                return
            for at, lost in page.short:
                self._miss(feed.service, at, lost)
            if page.lines:
                yield page.lines
            if page.rest is None or not page.rest.given:
                return
            if not page.lines:
                self._miss(feed.service, page.rest.given[0].at)
                rest = page.rest.past()
                continue
            if len(page.lines) < chunk and not page.short:
                # Neither full nor whole: a moment may have more lines than Loki gives.
                at, count = Counter(map(_at, chain(rest.given, page.lines))).most_common(1)[0]
                if count >= CROWD:
                    self._miss(feed.service, at)
            rest = page.rest

    def _miss(self, service: str, at: int, lost: int | None = None) -> None:
        if all((gap.service, gap.start) != (service, at) for gap in self.gaps):
            self.gaps.append(Gap(service, at, at + 1, lost, UNGIVEN))


async def _together(asked: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What they answer, in their order; the first error ends all of them and is raised."""
    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(each) for each in asked]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
