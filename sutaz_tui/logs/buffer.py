"""The lines of a log that are kept, in order of time, grouped into entries and filtered."""

import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from msgspec.structs import replace

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.gaps import Counts, Gaps
from sutaz_tui.logs.grouping import ORDER
from sutaz_tui.logs.known import counted, identities, without
from sutaz_tui.logs.lines import HELD_BACK, Batch, Gap, LogLine, Page
from sutaz_tui.logs.matching import Filter
from sutaz_tui.logs.regrouping import AT
from sutaz_tui.logs.timeline import Timeline
from sutaz_tui.logs.visible import Visible
from sutaz_tui.text.patterns import TooSlow

MOST_CHARACTERS = 64 * 1024 * 1024
"""Of all lines kept: 50,000 of the longest would be 800 million."""

_SLACK = 16
"""One part in so many is pushed out at once, so that it costs each line the same however many are kept."""

_NEAR = 256
"""Entries between two late lines up to which what lies between is grouped anew with them."""

_FOLDED = object()


class LogBuffer:
    """Keeps the newest `limit` lines, or a sixteenth fewer; while it is held, twice as many and none goes.

    `entries` are all, `visible` those that the filter lets through, both oldest first and only to be read. Entries are
    replaced when their neighbours group anew: what is to be found again is a line, by `index_of`. `revision` grows
    with every change.
    """

    def __init__(self, limit: int = 50_000, most_characters: int = MOST_CHARACTERS) -> None:
        self.limit = limit
        self.revision = 0
        self._most_characters = most_characters
        self._visible = Visible([])
        self._begin()

    def _begin(self) -> None:
        folds = self.folds if "_timeline" in self.__dict__ else True
        self._folding: Iterator[None] | None = None
        self._timeline = Timeline()
        self._timeline.grouping.folds = folds
        filter, self._visible = self._visible.filter, Visible(self._timeline.entries)
        self._visible.set_filter(filter)
        self._lines = self._health = self._characters = self._trimmed = 0
        self._gaps = Gaps()
        self._is_held = False
        self._held_back: dict[str, Gap] = {}

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries."""
        return self._timeline.entries

    @property
    def visible(self) -> Sequence[Entry]:
        """Entries that the filter lets through, gaps always; in part while `is_settled` is False."""
        return self._visible.shown

    @property
    def filter(self) -> Filter:
        """What is let through."""
        return self._visible.filter

    @property
    def problem(self) -> TooSlow | None:
        """Why the patterns of the last filter were taken off: they were too slow. None when none were."""
        return self._visible.problem

    @property
    def counts(self) -> Counts:
        """How much there is and is not."""
        return Counts(
            self._lines,
            self._health,
            self._gaps.lost,
            self._gaps.uncounted,
            self._gaps.unread,
            self._gaps.held_back,
            self._trimmed,
        )

    @property
    def room(self) -> int:
        """How many lines `prepend` and `fill` can still take in."""
        return max(0, 2 * self.limit - self._lines) if self._characters < self._most_characters else 0

    def add(self, batch: Batch) -> None:
        """Take in what came: lines at the end where they are newest, else by time.

        While it is held and full, lines are not kept but counted in a gap of their service at the end.
        """
        for gap in batch.closed:
            self._close(gap)
        for gap in batch.opened:
            self._put(gap)
        lines: Sequence[LogLine] = batch.lines
        moments = [line.at for line in lines]
        if moments != sorted(moments):
            lines = sorted(lines, key=AT)
        refused: Sequence[LogLine] = ()
        if self._is_held and len(lines) > (room := self.room):
            lines, refused = lines[:room], lines[room:]
        late = bisect_left(lines, self._timeline.newest, key=AT)
        self._slide_in_parts(lines[:late])
        if late < len(lines):
            self._append(lines[late:] if late else lines)
        self._hold_back(refused)
        self._trim()
        self.revision += 1

    def prepend(self, page: Page) -> int:
        """Take in lines from before the oldest one, the newest of them that there is `room` for, and hold.

        Lines that are there already are left out. How many came.
        """
        self.hold()
        # Of lines that are equal the newest ones are there.
        newest_first = self._unknown(page.lines[::-1])
        return self._slide(newest_first[: self._fitting(newest_first)][::-1], is_older=True)

    def fill(self, gap: Gap, page: Page) -> int:
        """Slide in lines that were fetched for a gap, the oldest ones that there is `room` for, and hold.

        Lines that are there already are left out. The gap goes when the page is whole and all of it is taken in, or
        when all lost ones are there; else it begins with the moment of the last line. How many lines came.
        """
        self.hold()
        unknown = self._unknown(page.lines)
        lines = unknown[: self._fitting(unknown)]
        until = gap.end
        if len(lines) < len(unknown):
            until = unknown[len(lines)].at
        elif not page.is_whole:
            # More lines of the last one's moment may be missing.
            until = max(page.lines[-1].at, gap.start + 1) if page.lines else gap.start
        if (found := self._gaps.current(gap)) is None:
            return self._slide(lines)
        lost = None if found.lost is None else found.lost - len(lines)
        rest = None
        if until < found.end and (lost is None or lost > 0):
            # What came and had no room is not missing to the feed: it must not close the rest.
            words = HELD_BACK if len(lines) < len(unknown) else found.words
            rest = replace(found, start=max(found.start, until), lost=lost, words=words)
        self._slide(lines, rest, found)
        return len(lines)

    def read_within(self, gap: Gap, page: Page, before: bool, behind: bool) -> int:
        """Slide in lines from the midst of a gap, and hold; what is missing `before` and `behind` them stays a gap.

        How many lines came.
        """
        self.hold()
        unknown = self._unknown(page.lines)
        lines = unknown[: self._fitting(unknown)]
        if not page.lines or (found := self._gaps.current(gap)) is None:
            return self._slide(lines)
        if len(lines) < len(unknown):
            behind, end = True, unknown[len(lines)].at
        else:
            end = page.lines[-1].at + 1
        # How many of the lost ones lie on which side nobody knows.
        lost = None if found.lost is None or (before and behind) else max(0, found.lost - len(lines))
        self._slide(lines, None, found)
        if before and found.start < page.lines[0].at:
            self._put(replace(found, end=page.lines[0].at, lost=lost))
        if behind and end < found.end:
            self._put(replace(found, start=end, lost=lost))
        return len(lines)

    def hold(self) -> None:
        """Push nothing out and keep up to twice the limit: somebody reads above."""
        self._is_held = True

    def let_go(self) -> None:
        """Keep the limit: somebody follows."""
        self._is_held = False
        self._held_back = {}
        self._trim()
        self.revision += 1

    @property
    def folds(self) -> bool:
        """Whether alike lines in a row are one entry, or will be when `refilter` says True."""
        return self._folding is not None or self._timeline.grouping.folds

    def set_folding(self, folds: bool) -> None:
        """Show alike lines each by itself at once, or fold them: then `refilter` must be called until it says True."""
        self._folding = self._timeline.fold() if folds else None
        if not folds and self._timeline.grouping.folds:
            self._timeline.unfold()
            self._visible.regrouped()
        self.revision += 1

    def set_filter(self, filter: Filter) -> None:
        """Show by another filter: `visible` begins anew, and `refilter` must be called until it says True."""
        self._visible.problem = None
        self._visible.set_filter(filter)
        self.revision += 1

    def refilter(self, seconds: float = 0.01) -> bool:
        """Let more entries through the filter, newest first, then fold what is to be, for about so long; True when all
        is done."""
        self.revision += 1
        ends = time.perf_counter() + seconds
        while self._visible.refilter(ends - time.perf_counter()):
            if self._folding is None:
                return True
            if next(self._folding, _FOLDED) is _FOLDED:
                self._folding = None
                self._visible.regrouped()
            if time.perf_counter() > ends:
                break
        return False

    @property
    def is_settled(self) -> bool:
        """Whether `visible` is whole: False between set_filter and the last refilter."""
        return self._visible.is_settled

    def index_of(self, line: LogLine) -> int:
        """Where in `visible` the entry stands that holds this very line, else the next one; len(visible) for none."""
        if (entry := self._timeline.find(line)) is None:
            return self.index_at(line.at)
        return bisect_left(self.visible, entry.order, key=ORDER)

    def same(self, line: LogLine) -> LogLine | None:
        """The line that is kept of the one that this is too, which may have been given again."""
        wanted = next(identities([line]))
        here = self._timeline.between(line.at, line.at)
        return next((one for one, name in zip(here, identities(here), strict=True) if name == wanted), None)

    def index_at(self, at: int) -> int:
        """Where in `visible` the first entry at or after a moment stands; len(visible) for none."""
        entries = self._timeline.entries
        index = bisect_left(entries, at, key=AT)
        # What is shown of an entry may begin later than the entry that follows it.
        return (
            bisect_left(self.visible, entries[index].order, key=ORDER)
            if index < len(entries)
            else len(self.visible)
        )

    def lines_at(self, at: int) -> int:
        """How many lines of this very moment there are."""
        return len(self._timeline.between(at, at))

    def clear(self) -> None:
        """Forget all lines, gaps and counts; the filter stays."""
        self._begin()
        self.revision += 1

    # Ways in.

    def _append(self, lines: Sequence[LogLine]) -> None:
        entries = self._timeline.entries
        last = entries[-1].order if entries else 0
        self._timeline.append(lines)
        added = entries[bisect_right(entries, last, key=ORDER) :]
        self._lines += len(lines)
        self._characters += sum([len(line.text) for line in lines])
        self._health += sum([entry.is_health for entry in added])
        self._follow(added)

    def _follow(self, added: list[Entry]) -> None:
        grouping = self._timeline.grouping
        self._visible.follow(grouping.grown.values(), grouping.gone, added)
        grouping.grown.clear()
        grouping.gone.clear()

    def _slide_in_parts(self, lines: Sequence[LogLine]) -> None:
        """Slide lines in, apart where many entries lie between them."""
        if not lines:
            return
        first, last = (
            bisect_right(self._timeline.entries, line.at, key=AT) for line in (lines[0], lines[-1])
        )
        if len(lines) == 1 or last - first <= _NEAR:
            self._slide(lines)
            return
        middle = len(lines) // 2
        self._slide_in_parts(lines[:middle])
        self._slide_in_parts(lines[middle:])

    def _slide(
        self,
        lines: Sequence[LogLine],
        put: Gap | None = None,
        take: Gap | None = None,
        is_older: bool = False,
    ) -> int:
        """Put lines and gaps where they belong; how many lines came."""
        if not lines and put is None and take is None:
            return 0
        entry = self._entry_of(take) if take is not None else None
        change = self._timeline.rework(lines, put, entry, is_older)
        self._visible.change(change)
        self._follow([])
        self._lines += len(lines)
        self._characters += sum([len(line.text) for line in lines])
        self._health += sum([e.is_health for e in change.now]) - sum([e.is_health for e in change.was])
        if take is not None:
            self._gaps.there.remove(take)
        if put is not None:
            self._gaps.there.append(put)
        self.revision += 1
        return len(lines)

    def _unknown(self, lines: Sequence[LogLine]) -> list[LogLine]:
        """Those of a page that are not there."""
        if not lines:
            return []
        start, end = sorted((lines[0].at, lines[-1].at))
        return without(counted(self._timeline.between(start, end)), list(lines))

    def _fitting(self, lines: Sequence[LogLine]) -> int:
        """How many of these lines there is room for, from the first one on."""
        lines = lines[: self.room]
        return bisect_right(
            list(accumulate(len(line.text) for line in lines)), self._most_characters - self._characters
        )

    # Gaps.

    def _entry_of(self, gap: Gap) -> Entry:
        entries = self._timeline.entries
        index = bisect_left(entries, gap.start, key=AT)
        while entries[index].gap != gap:
            index += 1
        return entries[index]

    def _put(self, gap: Gap) -> None:
        self._slide((), put=gap)

    def _close(self, gap: Gap) -> None:
        """Take out what the feed fetched by itself."""
        for one in self._gaps.closed_by(gap):
            self._slide((), take=one)

    def _hold_back(self, lines: Sequence[LogLine]) -> None:
        """Count lines in gaps instead of keeping them."""
        by_service: defaultdict[str, list[LogLine]] = defaultdict(list)
        for line in lines:
            by_service[line.service].append(line)
        for service, refused in by_service.items():
            known = self._held_back.get(service)
            if known not in self._gaps.there:
                known = None
            start, end, lost = refused[0].at, refused[-1].at + 1, len(refused)
            if known is not None:
                start, end, lost = min(start, known.start), max(end, known.end), lost + (known.lost or 0)
            gap = Gap(service, start, end, lost, HELD_BACK)
            if known is not None and known.start == start:
                # It stays where it is: a flood would work the end of the log over with every batch.
                self._entry_of(known).gap = gap
                self._gaps.there[self._gaps.there.index(known)] = gap
            else:
                self._slide((), gap, known)
            self._held_back[service] = gap

    # The way out.

    def _trim(self) -> None:
        if self._is_held or (self._lines <= self.limit and self._characters <= self._most_characters):
            return
        lines = self._lines - (self.limit - self.limit // _SLACK)
        characters = self._characters - (self._most_characters - self._most_characters // _SLACK)
        if self._lines <= self.limit:
            lines = 0
        if self._characters <= self._most_characters:
            characters = 0
        gone = self._timeline.drop_front(lines, characters)
        self._visible.trimmed()
        pushed_out = [entry.line for entry in gone if entry.line is not None]
        for entry in gone:
            if entry.more is not None:
                pushed_out += entry.more
        self._lines -= len(pushed_out)
        self._trimmed += len(pushed_out)
        self._health -= sum([entry.is_health for entry in gone])
        self._characters -= sum([len(line.text) for line in pushed_out])
        for gap in [entry.gap for entry in gone if entry.gap is not None]:
            self._gaps.push_out(gap)
