"""A span of Loki read whole, page by page, no line twice: Loki pages by moment alone, so borders are read again."""

from collections.abc import AsyncGenerator

from msgspec import Struct

from sutaz_tui.logs.feed import LokiQueries
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.paging import Rest


class LokiPage(Struct, frozen=True):
    """Lines, oldest first.

    Read oldest first, all before `reached` is read; read newest first, all from `reached` on. `overfull` is a moment
    that alone fills a page: whether it has more lines cannot be read, only counted.
    """

    lines: list[LogLine]
    reached: int
    is_last: bool
    overfull: int | None = None


async def pages(
    queries: LokiQueries, query: str, start: int, end: int, newest: bool = False, most: int | None = None
) -> AsyncGenerator[LokiPage, None]:
    """The pages of a span in the order of time, or from its end backwards; raises SourceError."""
    rest = Rest(start, end, newest)
    while rest.start < rest.end:
        # This Loki's own limit may be learned on the way.
        limit = min(queries.page_limit, most or queries.page_limit)
        lines = await queries.range(query, rest.start, rest.end, limit, newest)
        fresh = rest.fresh(lines)
        if len(lines) < limit:
            yield LokiPage(fresh, start if newest else end, is_last=True)
            return
        is_overfull = lines[0].at == lines[-1].at
        rest = rest.behind(fresh)
        if is_overfull:
            rest = rest.past()
        reached = rest.end if newest else rest.start
        yield LokiPage(fresh, reached, rest.start >= rest.end, lines[0].at if is_overfull else None)
