"""Lines that are entries already, grouped from nothing: what the reader has open or marked stays so."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.grouping import Grouping
from sutaz_tui.logs.lines import LogLine

AT = attrgetter("at")

Thing = LogLine | Entry
"""A line, or the entry of a gap."""


def things_of(entries: Iterable[Entry]) -> list[Thing]:
    """What entries hold, by entry: lines, or the gap's entry itself."""
    things: list[Thing] = []
    for entry in entries:
        if entry.gap is None:
            things += entry.all()
        else:
            things.append(entry)
    return things


class Regrouping:
    """Groups what `entries` hold, and what comes among it, from nothing, as it is handed in in order of time."""

    def __init__(self, entries: Sequence[Entry], folds: bool) -> None:
        self._held_by, pinned = _held(entries)
        self.grouping = Grouping([], pinned, folds)

    def take(self, things: Iterable[Thing]) -> None:
        """Group more of them."""
        grouping = self.grouping
        waiting: list[LogLine] = []
        for thing in things:
            if isinstance(thing, LogLine):
                waiting.append(thing)
                if id(thing) in grouping.pinned:
                    grouping.extend(waiting)
                    waiting = []
                    _hand_on(grouping.entries[-1], self._held_by)
            else:
                grouping.extend(waiting)
                waiting = []
                gap = grouping.put_gap(thing.gap) if thing.gap is not None else thing
                gap.is_open, gap.is_marked = thing.is_open, thing.is_marked
        grouping.extend(waiting)

    def is_of(self, entries: Sequence[Entry]) -> bool:
        """Whether the reader keeps the same lines out of folds as when this began; what else is held is as now."""
        self._held_by, pinned = _held(entries)
        return pinned.keys() == self.grouping.pinned.keys()

    def done(self) -> Grouping:
        """All of it."""
        if self._held_by:
            for entry in self.grouping.entries:
                _hand_on(entry, self._held_by)
        return self.grouping


def _held(entries: Iterable[Entry]) -> tuple[dict[int, Entry], dict[int, Entry]]:
    """By the ids of lines: the entries that the reader has open or marked, and those that must not fold."""
    held_by: dict[int, Entry] = {}
    pinned: dict[int, Entry] = {}
    for entry in entries:
        if entry.is_open or entry.is_marked:
            held_by |= {id(line): entry for line in entry.all()}
            if entry.is_pinned:
                pinned[id(entry.line)] = entry
    return held_by, pinned


def _hand_on(entry: Entry, held_by: dict[int, Entry]) -> None:
    """Give an entry what the reader did to those that its lines were in."""
    for line in entry.all():
        before = held_by.get(id(line))
        if before is None:
            continue
        if before.is_marked and (before.line is line or entry.kind is Kind.ALIKE):
            entry.is_marked = True
        if before.is_open and (before.kind is entry.kind or entry.kind is Kind.TRACEBACK):
            entry.is_open = True
