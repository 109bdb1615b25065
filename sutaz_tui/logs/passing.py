"""The lines that a filter lets through where no screen keeps them: the same ones as on a screen."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.grouping import ORDER, Grouping
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.matching import Filter

_at = attrgetter("at")


def passing(
    filter: Filter, lines: Sequence[LogLine], before: Sequence[LogLine] = (), after: Sequence[LogLine] = ()
) -> Sequence[LogLine]:
    """Those of some lines that pass, in their order; `before` and `after` are those of Filter.reach beside them.

    Raises TooSlow.
    """
    if not filter.looks_inside:
        return lines
    grouping = Grouping([], folds=False)
    grouping.extend(sorted((*before, *lines, *after), key=_at))
    entries = grouping.entries

    def earlier(entry: Entry) -> Iterator[Entry]:
        index = bisect_left(entries, entry.order, key=ORDER)
        return (entries[at] for at in range(index - 1, -1, -1))

    through = [shown for entry in entries if (shown := filter.through(entry, earlier)) is not None]
    kept = {id(line) for entry in through for line in entry.all()}
    return [line for line in lines if id(line) in kept]
