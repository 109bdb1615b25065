"""The entries that a filter lets through, kept in step with all of them."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec.structs import replace

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.grouping import ORDER
from sutaz_tui.logs.matching import REACH, Filter, goes_on
from sutaz_tui.logs.timeline import Change
from sutaz_tui.text.patterns import TooSlow

_BEGINNING, _END = float("-inf"), float("inf")

_AT_ONCE = 64
"""Entries between two looks at the time while a filter is applied."""


class Visible:
    """`shown` are those of `entries` that the filter lets through, as far as it came: from the order `_settled_from` on.

    A filter that is too slow loses its patterns, and `problem` says so.
    """

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self.shown: list[Entry] = []
        self.filter = Filter()
        self.problem: TooSlow | None = None
        self._settled_from = _BEGINNING

    @property
    def is_settled(self) -> bool:
        """Whether all entries went through the filter."""
        return self._settled_from == _BEGINNING

    def set_filter(self, filter: Filter) -> None:
        """Begin anew with another filter."""
        self.filter = filter
        self._begin_anew()

    def refilter(self, seconds: float) -> bool:
        """Let more entries through, newest first, for about so long; True when all are through."""
        ends = time.perf_counter() + seconds
        entries = self._entries
        end = bisect_left(entries, self._settled_from, key=ORDER)
        while end > 0 and not self.is_settled:
            start = max(0, end - _AT_ONCE)
            some = entries[start:end]
            try:
                if not self.filter.hides_all(some):
                    self.shown[0:0] = self._through(some)
            except TooSlow as problem:
                self._take_off(problem)
                return True
            self._settled_from, end = entries[start].order, start
            if time.perf_counter() > ends:
                break
        if end == 0:
            self._settled_from = _BEGINNING
        return self.is_settled

    def follow(self, grown: Iterable[Entry], gone: Iterable[Entry], added: list[Entry]) -> None:
        """Take in what was added at the end: entries that grew, that went into others, and those that came."""
        try:
            for entry in gone:
                self._leave(entry)
            if self.filter.looks_inside:
                before = added[0].order if added else _END
                for entry in grown:
                    if entry.order < before:
                        self._look_again(entry)
            self.shown += self._through(self._settled(added))
        except TooSlow as problem:
            self._take_off(problem)

    def regrouped(self) -> None:
        """Take in that all was grouped anew: a filter that is not through, or that looks at each entry, begins anew."""
        if self.filter.looks_inside or not self.is_settled:
            self._begin_anew()
        else:
            self.shown = self._through(self._entries)

    def change(self, change: Change) -> None:
        """Take in what was grouped anew."""
        if change.is_renumbered:
            self._renumbered()
            return
        shown = self.shown
        start = len(shown) if change.start is None else bisect_left(shown, change.start, key=ORDER)
        end = len(shown) if change.end is None else bisect_left(shown, change.end, key=ORDER)
        try:
            shown[start:end] = self._through(self._settled(change.now))
            self._look_again_behind(change)
        except TooSlow as problem:
            self._take_off(problem)

    def trimmed(self) -> None:
        """Take in that entries are gone from the front, and behind the first one if lines of it are gone."""
        first, second = ([entry.order for entry in self._entries[:2]] + [_END, _END])[:2]
        shown = self.shown
        del shown[: bisect_left(shown, first, key=ORDER)]
        del shown[bisect_right(shown, first, key=ORDER) : bisect_left(shown, second, key=ORDER)]
        if self._entries and self.filter.looks_inside:
            try:
                self._look_again(self._entries[0])
                if self.filter.least:
                    self._look_again_from(1, self._entries[0].at)
            except TooSlow as problem:
                self._take_off(problem)

    def _look_again(self, entry: Entry) -> None:
        """Let an entry through or not after its lines changed; raises TooSlow."""
        self._leave(entry)
        index = bisect_left(self.shown, entry.order, key=ORDER)
        self.shown[index:index] = self._through(self._settled([entry]))

    def _look_again_behind(self, change: Change) -> None:
        """Look again at entries whose lines may go on from what was grouped anew; raises TooSlow."""
        if change.end is None or not self.filter.least:
            return
        newest = max(((entry.last or entry).at for entry in (*change.was, *change.now)), default=change.end)
        self._look_again_from(bisect_left(self._entries, change.end, key=ORDER), newest)

    def _look_again_from(self, index: int, moment: int) -> None:
        for entry in islice(self._entries, index, None):
            if entry.at > moment + REACH:
                return
            if goes_on(entry):
                self._look_again(entry)

    def _before(self, entry: Entry) -> Iterator[Entry]:
        """The entries before one, the nearest first."""
        index = bisect_left(self._entries, entry.order, key=ORDER)
        return (self._entries[at] for at in range(index - 1, -1, -1))

    def _through(self, entries: list[Entry]) -> list[Entry]:
        if self.filter.looks_inside:
            through, before = self.filter.through, self._before
            return [shown for entry in entries if (shown := through(entry, before)) is not None]
        if self.filter.shows_health:
            return list(entries)
        return [entry for entry in entries if not entry.is_health]

    def _settled(self, entries: list[Entry]) -> list[Entry]:
        if self.is_settled:
            return entries
        return [entry for entry in entries if entry.order >= self._settled_from]

    def _leave(self, entry: Entry) -> None:
        """Take out what is shown of an entry."""
        index = bisect_left(self.shown, entry.order, key=ORDER)
        if index < len(self.shown) and entry in (shown := self.shown[index], shown.whole):
            del self.shown[index]

    def _begin_anew(self) -> None:
        self.shown = []
        self._settled_from = self._entries[-1].order + 1 if self._entries else _BEGINNING

    def _renumbered(self) -> None:
        """Show all anew: what is shown of an entry has its number."""
        if not self.is_settled:
            self._begin_anew()
            return
        try:
            self.shown = self._through(self._entries)
        except TooSlow as problem:
            self._take_off(problem)

    def _take_off(self, problem: TooSlow) -> None:
        """Do without the patterns, at once: the rest of a filter is quick."""
        self.problem = problem
        self.filter = replace(self.filter, patterns=())
        self.shown = self._through(self._entries)
        self._settled_from = _BEGINNING
