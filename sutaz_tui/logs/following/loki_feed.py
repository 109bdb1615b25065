"""A log at Loki as a feed: pages of its history, and its lines as they come."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

from sutaz_tui.clock import Clock
from sutaz_tui.logs.feed import Counted, LokiQueries, Patterned, Tally
from sutaz_tui.logs.following.crowds import crowd
from sutaz_tui.logs.following.loki_following import BOUNDS, LATE, Bounds, Following
from sutaz_tui.logs.following.loki_pages import pages
from sutaz_tui.logs.known import counted, without
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page


class LokiFeed:
    """The lines of one LogQL query; `count_below` bounds the bytes that a count may read.

    `seed` makes its jitter repeatable.
    """

    late = LATE

    def __init__(
        self,
        queries: LokiQueries,
        clock: Clock,
        service: str,
        query: str,
        way: str,
        count_below: int,
        bounds: Bounds = BOUNDS,
        seed: int | None = None,
    ) -> None:
        self.service = service
        self.way = way
        self.query = query
        self._queries = queries
        self._narrowed = partial(LokiFeed, queries, clock, service, way=way, count_below=count_below)
        self._follow = partial(
            Following, queries, clock, service, query, count_below=count_below, bounds=bounds, seed=seed
        )
        self._followings: list[Following] = []
        self._ended: Following | None = None

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of a span, its newest or its oldest ones; raises SourceError."""
        found: list[Sequence[LogLine]] = []
        short: list[tuple[int, int | None]] = []
        count, is_whole = 0, True
        # One line more says whether there is more.
        async with aclosing(pages(self._queries, self.query, start, end, newest, max(2, limit + 1))) as walk:
            async for page in walk:
                lines: Sequence[LogLine] = page.lines
                if (at := page.overfull) is not None:
                    # It is alone on its page; only the first lines of it may stand on the one before.
                    before = [line for part in found[-1:] for line in part if line.at == at]
                    all_of_it = await crowd(self._queries, self.query, at, [*before, *lines])
                    lines = without(counted(before), list(all_of_it.lines))
                    if all_of_it.lost != 0:
                        short.append((at, all_of_it.lost))
                found.append(lines)
                count += len(lines)
                is_whole = is_whole and not short
                if count > limit:
                    is_whole = False
                    break
        every = [line for part in (reversed(found) if newest else found) for line in part]
        kept = Page(every[-limit:] if newest and limit else every[:limit], is_whole, tuple(short))
        for following in self._followings:
            following.fetched(start, end, kept.lines)
        return kept

    def narrowed(self, stage: str) -> "LokiFeed":
        """The lines that a stage lets through."""
        return self._narrowed(query=f"{self.query} {stage}") if stage else self

    async def lacks(self, text: str, has_case: bool) -> bool:
        """Its own filters find it as quickly."""
        del text, has_case
        return False

    async def size(self, start: int, end: int) -> int:
        """About how many bytes Loki reads to look through a span, as its index knows it; raises SourceError."""
        return await self._queries.size(self.query, start, end)

    async def counts(self, start: int, end: int, step: int) -> list[Counted] | None:
        """The lines of a span by steps and levels, by one question; raises SourceError."""
        return await self._queries.counts(self.query, start, end, step)

    def tallies(self, start: int, end: int, step: int) -> AsyncIterator[Tally] | None:
        """It counts by itself."""
        del start, end, step
        return None

    async def patterns(self, start: int, end: int, step: int) -> list[Patterned] | None:
        """Those that this Loki found, where it looks for any; raises SourceError."""
        return await self._queries.patterns(self.query, start, end, step)

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Lines at or after a moment as they come, for ever."""
        following = self._follow(after=after)
        self._followings.append(following)
        try:
            async with aclosing(following.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._followings.remove(following)
            self._ended = following

    async def owed(self) -> Gap | None:
        """What the last following that ended did not hand out of its last minutes; raises SourceError."""
        return await self._ended.owed() if self._ended is not None else None

    async def aclose(self) -> None:
        """End every following; the queries belong to who made them."""
        for following in list(self._followings):
            await following.stop()
