"""A log as one long sheet of rows, of which only those are made that somebody looks at or steps over."""

from bisect import bisect_left
from typing import NamedTuple

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.parsing.stamps import day
from sutaz_tui.logs.rows import Look, Row, Typesetter, day_row, line_of

KEPT = 1000
"""Parts whose rows are kept until something changes."""
Part = tuple[int, int]
"""An entry's index in `visible`, and the part of it: 0 its head, n its n-th line while it is open."""


class Spot(NamedTuple):
    """One row, in numbers that hold until the buffer changes; `row` of its part counts the date above it too."""

    place: int
    part: int
    row: int


class Sheet:
    """The rows of a buffer under a look."""

    def __init__(self, buffer: LogBuffer, typesetter: Typesetter) -> None:
        self.buffer = buffer
        self.typesetter = typesetter
        self.look = Look(80)
        self.changes = 0
        """Grows when the reader opens or marks an entry."""
        self._made: dict[Part, list[Row]] = {}
        self._made_of: object = None

    @property
    def made_of(self) -> object:
        """What the rows depend on: as long as it is equal, they are."""
        return self.buffer.revision, self.changes, self.look

    def rows(self, part: Part) -> list[Row]:
        """The rows of one part, the date first where one belongs above it; do not change the list."""
        if (made_of := self.made_of) != self._made_of:
            self._made_of, self._made = made_of, {}
        rows = self._made.get(part)
        if rows is None:
            if len(self._made) > KEPT:
                self._made.clear()
            rows = self._made[part] = self._set(part)
        return rows

    def _set(self, part: Part) -> list[Row]:
        index, number = part
        visible = self.buffer.visible
        entry = visible[index]
        before = visible[index - 1].at if index else None
        if number > 1 and (line := line_of(entry, number - 1)) is not None:
            before = line.at
        rows = self.typesetter.rows(entry, number, self.look, before)
        if self.has_date(part):
            return [day_row(day(entry.at, self.look.times), self.look), *rows]
        return rows

    def has_date(self, part: Part) -> bool:
        """Whether a date stands above an entry: it is of another day than the one before, the first: than the last."""
        index, number = part
        visible, times = self.buffer.visible, self.look.times
        return not number and day(visible[index].at, times) != day(visible[index - 1].at, times)

    def head(self, index: int) -> Spot:
        """The first row of an entry, below a date."""
        return Spot(index, 0, int(self.has_date((index, 0))))

    def last(self) -> Spot:
        """The last row of all."""
        index = len(self.buffer.visible) - 1
        part = self.typesetter.parts(self.buffer.visible[index]) - 1
        return Spot(index, part, len(self.rows((index, part))) - 1)

    def before(self, part: Part) -> Part | None:
        """The part above."""
        index, number = part
        if number:
            return index, number - 1
        return (index - 1, self.typesetter.parts(self.buffer.visible[index - 1]) - 1) if index else None

    def after(self, part: Part) -> Part | None:
        """The part below."""
        index, number = part
        if number + 1 < self.typesetter.parts(self.buffer.visible[index]):
            return index, number + 1
        return (index + 1, 0) if index + 1 < len(self.buffer.visible) else None

    def walk(self, spot: Spot, by: int) -> tuple[Spot, int]:
        """The row so many below (or above, below 0), as far as there are any, and how many rows that was."""
        part, row = (spot.place, spot.part), spot.row
        rows = len(self.rows(part))
        passed = 0
        while passed != by:
            left = by - passed
            room = rows - 1 - row if left > 0 else row
            if room >= abs(left):
                return Spot(*part, row + left), by
            other = self.after(part) if left > 0 else self.before(part)
            passed += room if left > 0 else -room
            if other is None:
                return Spot(*part, rows - 1 if left > 0 else 0), passed
            passed += 1 if left > 0 else -1
            part = other
            rows = len(self.rows(part))
            row = 0 if left > 0 else rows - 1
        return Spot(*part, row), passed

    def off_date(self, spot: Spot, by: int) -> tuple[Spot, int]:
        """From a date, which is not stood on, one row on in the direction of `by`; and how many rows that was."""
        if spot.row or not self.has_date((spot.place, spot.part)):
            return spot, 0
        above, passed = self.walk(spot, -1) if by < 0 else (spot, 0)
        return (above, passed) if passed else (Spot(spot.place, spot.part, 1), 1)

    def index_of(self, of: LogLine | Gap) -> int:
        """Where the entry of a line or a gap stands, else what comes after it; the length for nothing."""
        if isinstance(of, LogLine):
            return self.buffer.index_of(of)
        visible = self.buffer.visible
        index = at = self.buffer.index_at(of.start)
        while at < len(visible) and visible[at].at == of.start:
            gap = visible[at].gap
            if gap is not None and gap.service == of.service:
                # It may have grown at its end meanwhile.
                return at
            at += 1
        return index


def of(entry: Entry) -> LogLine | Gap:
    """What an entry is known by: its first line, or its gap."""
    known = entry.line if entry.line is not None else entry.gap
    assert known is not None
    return known


def number_of(entry: Entry, line: LogLine) -> int:
    """Which of an entry's lines a line is, counted from 1; 0 when it is none of them."""
    if entry.line is line:
        return 1
    more = entry.more or []
    at = bisect_left(more, line.at, key=lambda other: other.at)
    while at < len(more) and more[at].at == line.at:
        if more[at] is line:
            return at + 2
        at += 1
    return 0
