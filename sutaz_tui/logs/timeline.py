"""The entries of a log in order of time, with the ways in: at the end, somewhere before it, and out at the front."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sutaz_tui.logs.alike import FEW
from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.grouping import ORDER, STEP, Grouping, goes_with
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.parsing.tracebacks import SPAN
from sutaz_tui.logs.regrouping import AT, Regrouping, things_of

_A_STEP = 500
"""Lines that are folded before somebody else has a turn: about 4 ms."""

_TRIES = 3
"""How often folding begins anew where lines went or slid in meanwhile; then it is done at once."""


class Change(Struct, frozen=True):
    """`was` gave way to `now`, which stands between the orders `start` and `end` (None: at the end)."""

    start: int | None
    end: int | None
    was: list[Entry]
    now: list[Entry]
    is_renumbered: bool


class Timeline:
    """`entries` are sorted by their first moment, `newest` is the moment of the last thing.

    Equal moments keep the order of arrival; of different streams they may change places where a group is split.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.grouping = Grouping(self.entries)
        self.newest = -(1 << 63)
        self._revision = 0

    def append(self, lines: Sequence[LogLine]) -> None:
        """Add lines, sorted, none older than `newest`; what changed stands in `grouping`."""
        self.newest = lines[-1].at
        self.grouping.extend(lines)
        self.grouping.end_before(self.newest)

    def rework(
        self,
        lines: Sequence[LogLine] = (),
        put: Gap | None = None,
        take: Entry | None = None,
        is_older: bool = False,
    ) -> Change:
        """Slide in lines (sorted), put in a gap, take one out, and group anew what that may concern.

        Lines that are older come before those of their moment that are there, else behind them.

        Concerned are neighbours that may belong to the same row of alike lines or to the same traceback. When this
        reaches the end, `grouping` is another one.
        """
        moments = [line.at for line in (*lines[:1], *lines[-1:])]
        services = {line.service for line in lines}
        for gap in (put, take.gap if take is not None else None):
            if gap is not None:
                moments.append(gap.start)
                services.add(gap.service)
        self.newest = max(self.newest, *moments)
        entries = self.entries
        # Before the entries of that very moment, or behind them.
        start = self._concerned_from(min(moments) - is_older, services, take)
        end = bisect_right(entries, max(moments), key=AT)
        step = 32
        while True:
            if self._reaches_the_end(start, end):
                end = len(entries)
            grouping = self._grouped(start, end, lines, put, take, is_older)
            if end == len(entries) or self._fits(grouping, end):
                break
            end = min(end + step, len(entries))
            step *= 2
        return self._replace(start, end, grouping)

    def unfold(self) -> None:
        """Let alike lines stand each by itself, at once; all orders are new."""
        self._replace(0, len(self.entries), self._unfolded())

    def fold(self) -> Iterator[None]:
        """Fold alike lines, in steps of a few ms, between which anything may change; in the last one all orders are new."""
        for _ in range(_TRIES):
            entries, revision = self.entries, self._revision
            growing = [(entry, entry.lines) for entry in self.grouping.held()]
            there = len(entries)
            regrouping = Regrouping(entries, folds=True)
            things = things_of(entries)
            yield
            things.sort(key=AT)
            for start in range(0, len(things), _A_STEP):
                yield
                regrouping.take(things[start : start + _A_STEP])
            if revision == self._revision and regrouping.is_of(entries):
                rest = [line for entry, lines in growing for line in entry.all()[lines:]]
                regrouping.take(sorted([*rest, *things_of(entries[there:])], key=AT))
                self._replace(0, len(entries), regrouping.done())
                return
        self.grouping.folds = True
        self._replace(0, len(self.entries), self._grouped(0, len(self.entries), (), None, None, False))

    def _unfolded(self) -> Grouping:
        """All entries, folds apart: in a tenth of the time in which they would be grouped from nothing."""
        entries = [
            one
            for entry in self.entries
            for one in (entry.blocks() if entry.kind is Kind.ALIKE else (entry,))
        ]
        entries.sort(key=AT)
        grouping = Grouping(entries, folds=False)
        grouping.adopt(self.grouping)
        return grouping

    def drop_front(self, lines: int, characters: int) -> list[Entry]:
        """Push out at least so many lines and characters, the oldest ones, whole entries of them where that is no
        more than a fold; what went, of a fold that was cut its lines as an entry."""
        entries, gone = self.entries, []
        whole = 0
        for entry in entries:
            if lines <= 0 and characters <= 0:
                break
            if entry.more is None:
                lines -= entry.line is not None
                if characters > 0 and entry.line is not None:
                    characters -= len(entry.line.text)
            elif entry.kind is Kind.ALIKE and (cut := _cut(entry, lines, characters)) is not None:
                gone = [*entries[:whole], cut]
                # Health lines stand between its lines, though behind it: those from before what is left go too.
                behind = whole + 1
                while behind < len(entries) and entries[behind].is_health and entries[behind].at <= entry.at:
                    behind += 1
                gone += entries[whole + 1 : behind]
                del entries[whole + 1 : behind]
                break
            else:
                lines -= entry.lines
                if characters > 0:
                    characters -= sum(len(line.text) for line in entry.all())
            whole += 1
        gone = gone or entries[:whole]
        self._revision += 1
        del entries[:whole]
        if entries:
            self.grouping.forget_before(entries[0].order)
        else:
            self.grouping.forget_before(self.grouping.order + 1)
        return gone

    def find(self, line: LogLine) -> Entry | None:
        """The entry that holds this very line."""
        last = bisect_right(self.entries, line.at, key=AT)
        for index in range(last - 1, self._within_reach(line.at) - 1, -1):
            entry = self.entries[index]
            if entry.line is line:
                return entry
            if (
                entry.more is not None
                and entry.more[-1].at >= line.at
                and any(one is line for one in entry.more)
            ):
                return entry
        return None

    def between(self, start: int, end: int) -> list[LogLine]:
        """The lines from `start` to `end`, both included, by entry."""
        found = []
        for entry in self.entries[self._within_reach(start) : bisect_right(self.entries, end, key=AT)]:
            found += [line for line in entry.all() if start <= line.at <= end]
        return found

    def _within_reach(self, moment: int) -> int:
        """Where the oldest entry stands that may hold lines of this moment or of later ones.

        Behind the lines of a fold nothing but health lines stands before the moment of its last block, and a
        traceback is over after SPAN.
        """
        index = bisect_left(self.entries, moment - SPAN, key=AT)
        while index > 0:
            index -= 1
            if not self.entries[index].is_health:
                break
        return index

    def _concerned_from(self, moment: int, services: set[str], take: Entry | None) -> int:
        """Where the entries begin that something at a moment may concern, or an entry that goes."""
        entries = self.entries
        end = bisect_right(entries, moment, key=AT)
        if take is not None:
            end = min(end, bisect_left(entries, take.order, key=ORDER))
        # Thousands of lines may lie within reach: they are passed over as quickly as can be.
        heads = [entry for entry in entries[self._within_reach(moment) : end] if entry.is_head]
        first = next((e for e in heads if e.service in services), None)
        found = end if first is None else bisect_left(entries, first.order, key=ORDER)
        blocks = FEW - 1
        while found > 0 and blocks > 0:
            found -= 1
            blocks -= not entries[found].is_health
        return found

    def _reaches_the_end(self, start: int, end: int) -> bool:
        """Whether what the next lines may change is among these."""
        entries = self.entries
        if start == end:
            return False
        first, last = entries[start].order, entries[end - 1].order
        return any(first <= entry.order <= last for entry in self.grouping.held())

    def _grouped(
        self,
        start: int,
        end: int,
        lines: Sequence[LogLine],
        put: Gap | None,
        take: Entry | None,
        is_older: bool,
    ) -> Grouping:
        """These entries' lines with the others among them, grouped from nothing."""
        entries = self.entries[start:end]
        things = things_of(entry for entry in entries if entry is not take)
        things = [*lines, *things] if is_older else [*things, *lines]
        if put is not None:
            things.append(Entry(None, kind=Kind.GAP, gap=put))
        things.sort(key=AT)
        regrouping = Regrouping(entries, self.grouping.folds)
        regrouping.take(things)
        return regrouping.done()

    def _fits(self, grouping: Grouping, end: int) -> bool:
        """Whether what stands from `end` on would be grouped behind these as it is."""
        entries = self.entries
        grouping.end_before(entries[end].at)
        if grouping.awaits_more or (grouping.entries and grouping.entries[-1].at >= entries[end].at):
            # In the second case a group was split, and lines of it belong behind what follows.
            return False
        if not grouping.folds:
            return True
        before = next((entry for entry in reversed(grouping.entries) if not entry.is_health), None)
        rest = (entries[index] for index in range(end, len(entries)))
        after = next((entry for entry in rest if not entry.is_health), None)
        # Where nothing but health lines follows, the next line that comes may go with these.
        return after is not None and (before is None or not goes_with(before, after))

    def _replace(self, start: int, end: int, grouping: Grouping) -> Change:
        self._revision += 1
        entries, now = self.entries, grouping.entries
        orders = [entries[index].order if index < len(entries) else None for index in (start, end)]
        was = entries[start:end]
        lower = entries[start - 1].order if start else None
        upper = orders[1]
        entries[start:end] = now
        is_renumbered = False
        if upper is None:
            _number(now, lower or 0, STEP)
            grouping.take_over(self.grouping, entries, orders[0])
            grouping.end_before(self.newest)
            self.grouping = grouping
        elif lower is None:
            _number(now, upper - STEP * (len(now) + 1), STEP)
        elif (step := (upper - lower) // (len(now) + 1)) > 0:
            _number(now, lower, step)
        else:
            is_renumbered = True
            _number(entries, 0, STEP)
            self.grouping.order = entries[-1].order
        return Change(orders[0], orders[1], was, now, is_renumbered)


def _number(entries: Sequence[Entry], after: int, step: int) -> None:
    for index, entry in enumerate(entries, 1):
        entry.order = after + index * step


def _cut(entry: Entry, lines: int, characters: int) -> Entry | None:
    """Take blocks off the front of a fold that need not go whole; they come back as an entry."""
    each, count = entry.each, 0
    held = entry.all()
    while count < len(held) and (lines > count or characters > 0):
        characters -= sum(len(line.text) for line in held[count : count + each])
        count += each
    if len(held) - count < FEW * each:
        return None
    entry.line, entry.more = held[count], held[count + 1 :]
    return Entry(held[0], kind=Kind.ALIKE, more=held[1:count], each=each)
