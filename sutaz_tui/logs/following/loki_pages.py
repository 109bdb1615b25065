"""A span of Loki read whole, page by page: Loki pages by moment alone, so borders overlap."""

from collections.abc import AsyncGenerator

from msgspec import Struct

from sutaz_tui.logs.feed import LokiQueries
from sutaz_tui.logs.lines import LogLine


class LokiPage(Struct, frozen=True):
    """Lines as they came, oldest first, those of a border twice.

    Read oldest first, all before `reached` is read; read newest first, all from `reached` on. `overfull` is a moment
    that alone fills a page: whether it has more lines cannot be read, only counted.
    """

    lines: list[LogLine]
    reached: int
    is_last: bool
    overfull: int | None = None


async def oldest_first(
    queries: LokiQueries, query: str, start: int, end: int, most: int | None = None
) -> AsyncGenerator[LokiPage, None]:
    """The pages of a span in the order of time; raises SourceError."""
    while start < end:
        # This Loki's own limit may be learned on the way.
        limit = min(queries.page_limit, most or queries.page_limit)
        lines = await queries.range(query, start, end, limit, newest=False)
        if len(lines) < limit:
            yield LokiPage(lines, end, is_last=True)
            return
        last = lines[-1].at
        is_overfull = lines[0].at == last
        # The page may end amid the lines of one moment: they are read again, unless nothing else is in the page.
        start = last + 1 if is_overfull else last
        yield LokiPage(lines, start, start >= end, last if is_overfull else None)


async def newest_first(
    queries: LokiQueries, query: str, start: int, end: int, most: int | None = None
) -> AsyncGenerator[LokiPage, None]:
    """The pages of a span from its end backwards; raises SourceError."""
    while start < end:
        # This Loki's own limit may be learned on the way.
        limit = min(queries.page_limit, most or queries.page_limit)
        lines = await queries.range(query, start, end, limit, newest=True)
        if len(lines) < limit:
            yield LokiPage(lines, start, is_last=True)
            return
        first = lines[0].at
        is_overfull = first == lines[-1].at
        end = first if is_overfull else first + 1
        yield LokiPage(lines, end, start >= end, first if is_overfull else None)
