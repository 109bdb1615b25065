"""The patterns of a span of some logs: as their source found them by itself, else of their newest lines."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from msgspec import Struct

from sutaz_tui.errors import SourceError
from sutaz_tui.logs.alike import ANY, template
from sutaz_tui.logs.clusters import CELLS, WORDS, Cluster, Clusters
from sutaz_tui.logs.feed import Feed, Patterned
from sutaz_tui.logs.grouping import Grouping
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.matching import Filter
from sutaz_tui.logs.paging import pages_back
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.passing import passing

CHUNK = 10_000
MOST = 50_000
"""Lines that are read of one log: the newest."""
SLICE = 1000
"""Lines that are clustered before others may work."""


class Reach(Struct):
    """How far it got: back to which moment all lines are counted, and which logs could not be read, as sentences."""

    reached: int
    is_cut: bool = False
    troubles: tuple[str, ...] = ()


async def clustering(
    feeds: Sequence[Feed], filter: Filter, clusters: Clusters, reach: Reach
) -> AsyncGenerator[None, None]:
    """Cluster what a filter lets through of a span, newest lines first; after each step of the work it can be shown.

    Raises TooSlow.
    """
    for feed in feeds:
        try:
            found = None if filter.looks_inside else await _known(feed, clusters)
            if found:
                for one in found:
                    clusters.add_known(one)
                yield
                continue
            read, back = 0, clusters.start
            async with aclosing(pages_back(feed.page, clusters.start, clusters.end, CHUNK)) as pages:
                async for lines, back in pages:
                    for begin in range(0, len(lines), SLICE):
                        _add(lines[begin : begin + SLICE], filter, clusters)
                        await asyncio.sleep(0)
                    read += len(lines)
                    if read >= MOST and back > clusters.start:
                        reach.is_cut = True
                        break
                    yield
            reach.reached = max(reach.reached, back)
        except SourceError as error:
            reach.troubles = (*reach.troubles, str(error))
        yield


def _add(lines: Sequence[LogLine], filter: Filter, clusters: Clusters) -> None:
    grouping = Grouping([], folds=False)
    grouping.extend(passing(filter, lines))
    clusters.add(entry for entry in grouping.entries if filter.shows_health or not entry.is_health)


async def _known(feed: Feed, clusters: Clusters) -> list[Cluster] | None:
    step = max(10 * 10**9, (clusters.end - clusters.start) // CELLS)
    found = await feed.patterns(clusters.start, clusters.end, step)
    return [_cluster(feed.service, one, clusters) for one in found if one.samples] if found else None


def _cluster(service: str, found: Patterned, clusters: Clusters) -> Cluster:
    words = template(found.text).split()[:WORDS] or [ANY]
    moments = [at for at, lines in found.samples if lines]
    level = found.level or level_of(found.text)
    made = Cluster(
        service, level, words, found.text.split()[:WORDS], 0, min(moments, default=0), max(moments, default=0)
    )
    for at, lines in found.samples:
        made.lines += lines
        made.trend[clusters.place(at)] += lines
    return made
