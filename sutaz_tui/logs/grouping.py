"""Grouping: lines in order of time become entries.

A traceback is one entry, as is any other record (`records`): its stream (stdout and stderr are told apart) may be
interleaved with others. From FEW on, alike neighbours fold into one: plain lines of one service, or records of one
stream. Health lines are entries of their own that belong to no group and break none, as they are hidden; a gap breaks a
row of alike ones, and ends the records of its service. What the reader has open or marked stays out of folds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from operator import attrgetter

from sutaz_tui.logs.alike import FEW, HEX_DIGITS, Example, are_lines_alike, are_tracebacks_alike
from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Gap, LogLine, Stream, stream_of
from sutaz_tui.logs.parsing.access import is_health
from sutaz_tui.logs.parsing.records import head_phase, is_traceback, next_phase
from sutaz_tui.logs.parsing.tracebacks import MOST_LINES, SPAN, Phase

STEP = 1 << 20
"""What `order` grows by at the end, so that there is room for entries between two others."""

MOST_ALIKE = 5000
"""Lines that one fold holds: a flood shows where it goes on, and a late line has only so many to group anew."""

ORDER = attrgetter("order")

_NOTHING_BARE = b"\n"  # no line's


class _Traceback:
    """One that may go on: until `until`, in nanoseconds."""

    __slots__ = ("entry", "phase", "until")

    def __init__(self, entry: Entry, phase: Phase) -> None:
        self.entry = entry
        self.phase = phase
        self.until = entry.at + SPAN


class Grouping:
    """Groups lines as they come, oldest first, at the end of `entries`.

    `grown` are entries that lines were added to, by order; `gone` those that went into another: both are the
    caller's to empty. `pinned` are the ids of lines that must not go into a fold; nothing folds where not `folds`.
    """

    __slots__ = (
        "_bare",
        "_example",
        "_going_on",
        "_head",
        "_second",
        "entries",
        "folds",
        "gone",
        "grown",
        "order",
        "pinned",
    )

    def __init__(
        self, entries: list[Entry], pinned: Mapping[int, Entry] | None = None, folds: bool = True
    ) -> None:
        self.entries = entries
        self.folds = folds
        self.pinned = pinned or {}
        self.order = 0
        self.grown: dict[int, Entry] = {}
        self.gone: list[Entry] = []
        self._going_on: dict[Stream, _Traceback] = {}
        self._head: Entry | None = None
        self._second: Entry | None = None
        self._example: Example | None = None
        self._bare = _NOTHING_BARE

    def extend(self, lines: Iterable[LogLine]) -> None:
        """Add lines, none older than the newest one that is there."""
        entries, going_on = self.entries, self._going_on
        for line in lines:
            text = line.text
            if "/" in text and is_health(text):
                self.order += STEP
                entries.append(Entry(line, self.order, True))
                continue
            if going_on and self._goes_on(line):
                continue
            if (phase := head_phase(text)) is not None:
                self._begin_traceback(line, phase)
                continue
            raw = text.encode("utf-8", "surrogatepass")
            words = raw.translate(None, HEX_DIGITS)
            if words == self._bare and self._joins(line, raw):
                continue
            self.order = order = self.order + STEP
            self._head = entry = Entry(line, order)
            self._second = self._example = None
            self._bare = words
            entries.append(entry)

    def put_gap(self, gap: Gap) -> Entry:
        """Add a gap, not before the newest line."""
        for stream in [stream for stream in self._going_on if stream[0] == gap.service]:
            self._end_traceback(stream)
        self._end_row()
        return self._append(Entry(None, kind=Kind.GAP, gap=gap))

    @property
    def awaits_more(self) -> bool:
        """Whether a traceback may go on with the next line."""
        return bool(self._going_on)

    def held(self) -> list[Entry]:
        """Entries that the next lines may change."""
        held = [traceback.entry for traceback in self._going_on.values()]
        return held + [entry for entry in (self._head, self._second) if entry is not None]

    def forget_before(self, order: int) -> None:
        """Let go of entries that were pushed out."""
        for stream in [stream for stream, found in self._going_on.items() if found.entry.order < order]:
            del self._going_on[stream]
        if self._head is not None and self._head.order < order:
            self._head, self._second = self._second, None
            if self._head is None:
                self._end_row()

    def end_before(self, moment: int) -> None:
        """End the tracebacks that nothing of this moment or a later one can belong to."""
        for stream in [stream for stream, found in self._going_on.items() if found.until < moment]:
            self._end_traceback(stream)

    def adopt(self, before: "Grouping") -> None:
        """Go on with the records that another one began."""
        self._going_on = dict(before._going_on)

    def take_over(self, before: "Grouping", entries: list[Entry], start: int | None) -> None:
        """Go on at the end of `entries`, which this grouped anew from an order on (None: nothing of it was there).

        Tracebacks that began before that go on too.
        """
        for stream, found in before._going_on.items():
            if start is None or found.entry.order < start:
                self._going_on.setdefault(stream, found)
        self.entries, self.pinned = entries, {}
        self.order = entries[-1].order if entries else 0
        self.grown, self.gone = {}, []

    def _append(self, entry: Entry) -> Entry:
        self.order += STEP
        entry.order = self.order
        self.entries.append(entry)
        return entry

    def _remove(self, entry: Entry) -> None:
        del self.entries[bisect_left(self.entries, entry.order, key=ORDER)]
        self.grown.pop(entry.order, None)
        self.gone.append(entry)

    # Alike lines.

    def _end_row(self) -> None:
        self._head = self._second = self._example = None
        self._bare = _NOTHING_BARE

    def _joins(self, line: LogLine, raw: bytes) -> bool:
        """Whether the line goes with the row of alike ones at the end; then it is in there."""
        head, second = self._head, self._second
        if not self.folds or head is None or head.line is None or id(line) in self.pinned:
            return False
        if self._example is None:
            self._example = Example(head.line)
        if not self._example.is_like(line, raw):
            return False
        if head.more is not None:
            if len(head.more) + 1 >= MOST_ALIKE:
                return False
            head.more.append(line)
            self.grown[head.order] = head
            return True
        if head.is_pinned:
            if second is None or second.is_pinned:
                return False
            self._head, self._second = second, self._append(Entry(line))
            return True
        if second is None:
            self._second = self._append(Entry(line))
            return True
        if second.is_pinned or second.line is None:
            return False
        head.kind = Kind.ALIKE
        head.more = [second.line, line]
        self.grown[head.order] = head
        self._second = None
        self._remove(second)
        return True

    # Tracebacks.

    def _begin_traceback(self, line: LogLine, phase: Phase) -> None:
        self._end_row()
        kind = Kind.TRACEBACK if is_traceback(line.text) else Kind.LINE
        entry = self._append(Entry(line, kind=kind, is_head=True))
        self._going_on[stream_of(line)] = _Traceback(entry, phase)

    def _goes_on(self, line: LogLine) -> bool:
        """Whether the line belongs to the traceback of its stream; then it is in there. Ends those that are over."""
        going_on = self._going_on
        self.end_before(line.at)
        stream = stream_of(line)
        if (found := going_on.get(stream)) is None:
            return False
        entry = found.entry
        phase = next_phase(found.phase, line.text)
        if phase is None or entry.lines >= MOST_LINES:
            self._end_traceback(stream)
            return False
        found.phase = phase
        if entry.more is None:
            entry.kind, entry.more, entry._level = Kind.TRACEBACK, [line], None
        else:
            entry.more.append(line)
        self.grown[entry.order] = entry
        return True

    def _end_traceback(self, stream: Stream) -> None:
        entry = self._going_on.pop(stream).entry
        before = self._block_before(entry) if self.folds else None
        if before is None or not goes_with(before, entry):
            return
        if before.kind is Kind.ALIKE:
            first = before
            rest = [entry]
        else:
            maybe = self._block_before(before)
            if maybe is None or maybe.kind is Kind.ALIKE or not goes_with(maybe, before):
                return
            first = maybe
            rest = [before, entry]
            first.kind, first.each = Kind.ALIKE, first.lines
        assert len(rest) + first.times >= FEW
        first.more = first.more or []
        for one in rest:
            first.more += one.all()
            self._remove(one)
        self.grown[first.order] = first

    def _block_before(self, entry: Entry) -> Entry | None:
        index = bisect_left(self.entries, entry.order, key=ORDER) - 1
        while index >= 0 and self.entries[index].is_health:
            index -= 1
        return self.entries[index] if index >= 0 else None


def goes_with(before: Entry, after: Entry) -> bool:
    """Whether two neighbours that no longer change belong into one fold."""
    if before.line is None or after.line is None or before.is_pinned or after.is_pinned:
        return False
    if before.lines >= MOST_ALIKE or before.holds_tracebacks is not after.holds_tracebacks:
        return False
    if not before.holds_tracebacks and not before.is_head:
        return not after.is_head and are_lines_alike(before.line, after.line)
    if not before.holds_tracebacks:
        return (
            after.is_head
            and stream_of(before.line) == stream_of(after.line)
            and are_lines_alike(before.line, after.line)
        )
    if stream_of(before.line) != stream_of(after.line):
        return False
    each, other_each = (entry.each if entry.kind is Kind.ALIKE else entry.lines for entry in (before, after))
    return each > 1 and each == other_each and are_tracebacks_alike(before.all()[-each:], after.all()[:each])
