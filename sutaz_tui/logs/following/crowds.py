"""A moment with more lines than Loki gives at once: it pages by moment alone, so they are asked for stream by stream."""

from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from sutaz_tui.errors import SourceError
from sutaz_tui.logs.feed import LokiQueries
from sutaz_tui.logs.lines import LogLine

MOST = 100
"""Streams that are asked one by one."""


class Crowd(Struct, frozen=True):
    """The lines of one moment, and how many more there are that cannot be had; None where nobody counted."""

    lines: Sequence[LogLine]
    lost: int | None


async def crowd(queries: LokiQueries, query: str, at: int, known: Sequence[LogLine]) -> Crowd:
    """All lines of a moment of which these are known; raises nothing: what cannot be asked is missing."""
    count: int | None = None
    with suppress(SourceError):
        count = await queries.count(query, at, at + 1)
        if count <= len(known):
            return Crowd(known, 0)
    found: list[LogLine] = []
    with suppress(SourceError):
        streams = await queries.streams(query)
        for one in streams if len(streams) <= MOST else ():
            found += await queries.range(one, at, at + 1, queries.page_limit, False)
    best = found if len(found) > len(known) else known
    return Crowd(best, None if count is None else max(0, count - len(best)))
