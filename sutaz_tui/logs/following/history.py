"""All or the newest lines of a span, of several feeds merged by time, each read in pages of its own."""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from operator import attrgetter
from typing import Any, TypeVar

from sutaz_tui.errors import SourceError, WrongQuery
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.lines import Gap, LogLine

T = TypeVar("T")

CHUNK = 20_000
"""Lines asked of one feed at once."""

CROWD = 100
"""Lines of one nanosecond that are many enough to be all that a source gives of it."""

UNGIVEN = "more lines share one nanosecond than the source gives"

Passing = Callable[[Sequence[LogLine]], Sequence[LogLine]]
"""Which of the lines, in their order, are wanted."""

_at = attrgetter("at")
_Key = tuple[int, str, str]


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

    async def newest(self, limit: int, passing: Passing) -> list[LogLine]:
        """The newest lines that pass, at most `limit`, oldest first."""
        parts = await _together([self._newest_of(feed, limit, passing) for feed in self._feeds])
        found = [line for part in parts for line in part]
        found.sort(key=_at)
        return found[-limit:]

    async def _newest_of(self, feed: Feed, limit: int, passing: Passing) -> Sequence[LogLine]:
        parts: list[Sequence[LogLine]] = []
        missing = limit
        async with aclosing(self._pages(feed, True, limit)) as pages:
            async for page in pages:
                kept = passing(page)[-missing:]
                parts.append(kept)
                missing -= len(kept)
                if missing <= 0:
                    break
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
        start, end, chunk = self._start, self._end, min(CHUNK, max(limit, 1000))
        known: Counter[_Key] = Counter()
        while start < end:
            try:
                page = await feed.page(start, end, chunk, newest)
            except WrongQuery:
                raise
            except SourceError as error:
                self.troubles.append(str(error))
                return
            fresh = without(known, page.lines)
            if fresh:
                yield fresh
            if page.is_whole or not page.lines:
                return
            if not fresh:
                # All of the page stands at one moment, and so does what it had no room for.
                at = page.lines[0].at
                self._miss(feed.service, at)
                start, end = (start, at) if newest else (at + 1, end)
                continue
            if len(page.lines) < chunk:
                # Neither full nor whole: a moment may have more lines than Loki gives.
                at, count = Counter(map(_at, page.lines)).most_common(1)[0]
                if count >= CROWD:
                    self._miss(feed.service, at)
            edge = page.lines[0].at if newest else page.lines[-1].at
            known = keys(line for line in page.lines if line.at == edge)
            start, end = (start, edge + 1) if newest else (edge, end)

    def _miss(self, service: str, at: int) -> None:
        gap = Gap(service, at, at + 1, None, UNGIVEN)
        if gap not in self.gaps:
            self.gaps.append(gap)


async def _together(asked: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What they answer, in their order; the first error ends all of them and is raised."""
    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(each) for each in asked]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def _key(line: LogLine) -> _Key:
    return line.at, line.service, line.text


def keys(lines: Iterable[LogLine]) -> Counter[_Key]:
    """What lines are known by, counted."""
    return Counter(map(_key, lines))


def without(known: Counter[_Key], lines: list[LogLine]) -> list[LogLine]:
    """The lines that are not known; each known one is taken out once, of `known` too."""
    if not known:
        return lines
    fresh = []
    for line in lines:
        key = _key(line)
        if known[key] > 0:
            known[key] -= 1
        else:
            fresh.append(line)
    return fresh
