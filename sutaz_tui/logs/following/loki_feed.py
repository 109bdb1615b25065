"""A log at Loki as a feed: pages of its history, and its lines as they come."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from sutaz_tui.clock import Clock
from sutaz_tui.logs.feed import LokiQueries
from sutaz_tui.logs.following.loki_following import BOUNDS, LATE, Bounds, Following
from sutaz_tui.logs.following.loki_pages import newest_first, oldest_first
from sutaz_tui.logs.following.seen_lines import SeenLines
from sutaz_tui.logs.lines import Batch, LogLine, Page


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
        self._clock = clock
        self._count_below = count_below
        self._bounds = bounds
        self._seed = seed
        self._followings: list[Following] = []

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of a span, its newest or its oldest ones; raises SourceError."""
        found: list[list[LogLine]] = []
        seen = SeenLines(start, most=0)
        walk = newest_first if newest else oldest_first
        is_whole = True
        # One line more says whether there is more.
        async with aclosing(walk(self._queries, self.query, start, end, max(2, limit + 1))) as pages:
            async for page in pages:
                found.append(seen.fresh(page.lines))
                is_whole = is_whole and page.overfull is None
                if len(seen) > limit:
                    is_whole = False
                    break
        lines = [line for part in (reversed(found) if newest else found) for line in part]
        kept = Page(lines[-limit:] if newest and limit else lines[:limit], is_whole)
        for following in self._followings:
            following.fetched(start, end, kept.lines)
        return kept

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Lines at or after a moment as they come, for ever."""
        following = Following(
            self._queries,
            self._clock,
            self.service,
            self.query,
            after,
            self._count_below,
            self._bounds,
            self._seed,
        )
        self._followings.append(following)
        try:
            async with aclosing(following.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._followings.remove(following)

    async def aclose(self) -> None:
        """End every following; the queries belong to who made them."""
        for following in list(self._followings):
            await following.stop()
