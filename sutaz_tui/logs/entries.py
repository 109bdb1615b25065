"""Entries: what stands on one row of a log while it is folded."""

from enum import Enum

from msgspec import Struct

from sutaz_tui.logs.lines import Gap, Level, LogLine
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.parsing.records import is_traceback, said_by


class Kind(Enum):
    """What an entry is made of."""

    LINE = "line"
    TRACEBACK = "traceback"
    ALIKE = "alike"
    GAP = "gap"


class Entry(Struct, gc=False, eq=False):
    """One line, one record (a traceback, a panic), several alike in a row, or one gap; equal to itself alone.

    `line` is the first one, None for a gap; `more` the others in order. ALIKE holds `times` blocks of `each` lines: 1
    for plain lines, more for tracebacks that came again. `order` grows along the buffer. `is_open` and `is_marked`
    are the reader's: the pager sets them, and the buffer hands them on when it groups anew. `whole` is the entry of
    which this holds the lines that a filter lets through, None where it holds all. `is_head`: a record begins with its
    line, or with each of its alike ones, if more lines of it come.
    """

    line: LogLine | None
    order: int = 0
    is_health: bool = False
    kind: Kind = Kind.LINE
    more: list[LogLine] | None = None
    gap: Gap | None = None
    each: int = 1
    is_open: bool = False
    is_marked: bool = False
    whole: "Entry | None" = None
    is_head: bool = False
    _level: Level | None = None

    @property
    def at(self) -> int:
        """The moment where it stands: of its first line, or where the gap begins."""
        if self.line is not None:
            return self.line.at
        assert self.gap is not None
        return self.gap.start

    @property
    def service(self) -> str:
        """Whose lines, or missing lines, these are."""
        if self.line is not None:
            return self.line.service
        assert self.gap is not None
        return self.gap.service

    @property
    def lines(self) -> int:
        """How many lines it holds, 0 for a gap."""
        if self.line is None:
            return 0
        return 1 + len(self.more) if self.more else 1

    @property
    def times(self) -> int:
        """How many alike ones it holds: 118 for 118 tracebacks of 41 lines."""
        return self.lines // self.each

    @property
    def last(self) -> LogLine | None:
        """Its newest line, None for a gap."""
        return self.more[-1] if self.more else self.line

    @property
    def level(self) -> Level:
        """WARN for a gap, ERROR for a record that states none, else of its first line; found when first asked for."""
        if self._level is None:
            if self.line is None:
                self._level = Level.WARN
            elif self.holds_tracebacks and is_traceback(self.line.text):
                self._level = Level.ERROR
            else:
                level = level_of(self.line.text, self.line.labels)
                self._level = (level or Level.ERROR) if self.holds_tracebacks else level
        return self._level

    @property
    def holds_tracebacks(self) -> bool:
        """Whether it is a record, or several alike ones."""
        return self.kind is Kind.TRACEBACK or self.each > 1

    @property
    def error(self) -> str:
        """The line of a record that says the error, as received; of alike ones the newest's; "" for all else."""
        return said_by(self.all()[-self.each if self.each > 1 else 0 :]) if self.holds_tracebacks else ""

    @property
    def is_pinned(self) -> bool:
        """Whether the reader has hold of it, so that it does not vanish in a fold."""
        return (self.is_open or self.is_marked) and self.kind is not Kind.ALIKE

    def set_open(self, is_open: bool) -> None:
        """Open or fold it, and the whole of which it shows a part."""
        self.is_open = is_open
        if self.whole is not None:
            self.whole.is_open = is_open

    def set_marked(self, is_marked: bool) -> None:
        """Mark it or not, and the whole of which it shows a part."""
        self.is_marked = is_marked
        if self.whole is not None:
            self.whole.is_marked = is_marked

    def part(self, lines: list[LogLine]) -> "Entry":
        """An entry of some of its lines, at least one, in its place."""
        kind, each = self.kind, 1
        if len(lines) == 1:
            kind = Kind.LINE
        elif self.each > 1:
            # Of a record all lines or none are let through.
            kind, each = (Kind.ALIKE, self.each) if len(lines) > self.each else (Kind.TRACEBACK, 1)
        more = lines[1:] or None
        return Entry(
            lines[0],
            self.order,
            False,
            kind,
            more,
            None,
            each,
            self.is_open,
            self.is_marked,
            self,
            self.is_head,
            self.level,
        )

    def blocks(self) -> list["Entry"]:
        """Each of the alike ones as an entry of its own."""
        lines, each = self.all(), self.each
        kind = Kind.TRACEBACK if each > 1 else Kind.LINE
        return [
            Entry(
                lines[at],
                kind=kind,
                more=lines[at + 1 : at + each] or None,
                is_open=self.is_open and each > 1,
                is_marked=self.is_marked and at == 0,
                is_head=self.is_head,
            )
            for at in range(0, len(lines), each)
        ]

    def all(self) -> list[LogLine]:
        """Its lines, oldest first; [] for a gap."""
        if self.line is None:
            return []
        return [self.line, *self.more] if self.more else [self.line]
