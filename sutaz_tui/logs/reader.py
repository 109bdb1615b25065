"""Where the reader of a log is, and what stands on the screen there.

The reader stands on a line, never on a number: whatever is added, filled in, regrouped or trimmed around it, that line
keeps its place on the screen until the reader moves. Following, the newest line is at the bottom.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.parsing.stamps import Times, day
from sutaz_tui.logs.rows import Look, Row, Typesetter, line_of
from sutaz_tui.logs.screenful import NOTHING, Screenful, around, ending_with
from sutaz_tui.logs.sheet import Sheet, Spot, number_of, of
from sutaz_tui.logs.shown import Safe

LONELY = 4
"""Rows of the screen for each entry from which on folds are opened."""


class Anchor(NamedTuple):
    """Where the reader stands: a line (or a gap), on its entry's head or as one of its lines, which row of it."""

    of: LogLine | Gap
    is_head: bool
    row: int


class Place(NamedTuple):
    """Where the reader was, and what was set apart."""

    anchor: Anchor | None
    y: int
    sought: Pattern | None


class LogReader:
    """Stands in a buffer; costs what the rows on the screen cost, whatever the buffer holds.

    `times`, `is_wrapped`, `shows_service`, `unmasked` and `sought` (what is set apart) are the reader's to change.
    """

    def __init__(self, buffer: LogBuffer, safe: Safe) -> None:
        self.buffer = buffer
        self.safe = safe
        self.times = Times.LOCAL
        self.is_wrapped = False
        self.shows_service = False
        self.unmasked = False
        self.sought: Pattern | None = None
        self._sheet = Sheet(buffer, Typesetter(safe))
        self._width, self._height = 80, 24
        self._anchor: Anchor | None = None
        self._y = 0
        self._filter, self._is_settled = buffer.filter, True
        # The reader went up before there was a line.
        self._stops_soon = False
        self._screen = NOTHING
        self._made_of: object = None
        # The newest line when following ended; up to which line those below it were counted, and how many.
        self._newest: LogLine | None = None
        self._counted: tuple[LogLine | None, int] = None, 0
        # Folds that were opened as there was nothing else, by their first lines.
        self._lonely: dict[int, LogLine | Gap] = {}
        # What was opened to stand on a line that was looked for.
        self._opened: Entry | None = None

    # What stands on the screen.

    def page(self, width: int, height: int) -> list[Row]:
        """At most `height` rows of the log as it is now, `()` is an empty one; do not change the list."""
        self._width, self._height = max(1, width), max(1, height)
        if self._stops_soon:
            self.stop()
        self._look()
        self._open_lonely()
        made_of = (self._sheet.made_of, height, self._anchor, self._y)
        if self._made_of != made_of or not self._is_settled or self._filter is not self.buffer.filter:
            self._screen, self._made_of = self._page(), made_of
        return self._screen.rows

    def _open_lonely(self) -> None:
        """Open the folds of a log that has next to nothing else to show: no screen is one row for all of it."""
        visible = self.buffer.visible
        if len(visible) * LONELY > self._height:
            return
        for entry in visible:
            if entry.kind is Kind.ALIKE and id(line := of(entry)) not in self._lonely:
                # Once: the reader may fold it again. The line is kept, so that its id stays its own.
                self._lonely[id(line)] = line
                entry.set_open(True)
                self._sheet.changes += 1

    def _page(self) -> Screenful:
        if not self.buffer.visible:
            return NOTHING
        if self._filter is not self.buffer.filter or (self._is_settled and not self.buffer.is_settled):
            self._filter, self._is_settled = self.buffer.filter, False
            self._counted = self._newest, 0
        y = min(self._y, self._height - 1)
        if self._anchor is not None and not self._is_settled:
            # By another filter other lines are around: they may fill the screen.
            y = self._settled(self._here(), y)
        if not self._is_settled and self.buffer.is_settled:
            self._y, self._is_settled = y, True
        if self._anchor is None:
            return ending_with(self._sheet, self._sheet.last(), self._height)
        return around(self._sheet, self._here(), y, self._height)

    def _look(self) -> None:
        self._sheet.look = Look(
            self._width, self.times, self.is_wrapped, self.shows_service, self.unmasked, self.sought
        )

    # Where the reader is.

    @property
    def is_following(self) -> bool:
        """Whether the newest line is kept in sight."""
        return self._anchor is None

    @property
    def selected(self) -> Entry | None:
        """The entry that the reader is on; the newest one while following; None of an empty log."""
        visible = self.buffer.visible
        if not visible or self._anchor is None:
            return visible[-1] if visible else None
        return visible[min(self._sheet.index_of(self._anchor.of), len(visible) - 1)]

    @property
    def gap(self) -> Gap | None:
        """The gap that the reader is on."""
        entry = self.selected
        return entry.gap if entry is not None else None

    @property
    def wants_older(self) -> bool:
        """Whether the reader went up to where the first row there is can be seen."""
        return not self.is_following and self._screen.is_at_top

    @property
    def day(self) -> str:
        """The date of what stands at the top of the screen, "" when it is that of the newest line."""
        visible = self.buffer.visible
        if not visible:
            return ""
        date = day(visible[min(self._screen.top, len(visible) - 1)].at, self.times)
        return date if date != day(visible[-1].at, self.times) else ""

    @property
    def waiting(self) -> int:
        """How many lines came below since following ended; 0 while following."""
        visible = self.buffer.visible
        if self._anchor is None or not visible:
            return 0
        line, total = self._counted
        first = self._sheet.index_of(line) if line is not None else 0
        for index in range(first, len(visible)):
            entry = visible[index]
            known = number_of(entry, line) if line is not None and index == first else 0
            total += entry.lines - known
        self._counted = _newest(visible) or line, total
        return total

    def _here(self) -> Spot:
        anchor, visible = self._anchor, self.buffer.visible
        if anchor is None:
            return self._sheet.last()
        index = min(self._sheet.index_of(anchor.of), len(visible) - 1)
        entry = visible[index]
        head = self._sheet.head(index)
        part = 0
        if isinstance(anchor.of, LogLine) and not (anchor.is_head and anchor.of is entry.line):
            number = number_of(entry, anchor.of)
            part = number if number < self._sheet.typesetter.parts(entry) else 0
        elif isinstance(anchor.of, Gap) and entry.gap is None:
            return head
        if part == 0 and not anchor.is_head:
            return head
        date = head.row if not part else 0
        return Spot(index, part, min(len(self._sheet.rows((index, part))) - 1, anchor.row + date))

    def _stand(self, spot: Spot, y: int) -> None:
        """Stand there from here on, as near to y as leaves no room unused."""
        entry = self.buffer.visible[spot.place]
        if self._anchor is None:
            self.buffer.hold()
            self._newest = _newest(self.buffer.visible)
            self._counted = self._newest, 0
        self._stops_soon = False
        line = line_of(entry, spot.part)
        date = self._sheet.has_date((spot.place, spot.part))
        self._anchor = Anchor(line if line is not None else of(entry), not spot.part, spot.row - date)
        self._y = self._settled(spot, y)

    def _settled(self, spot: Spot, y: int) -> int:
        most = self._height - 1
        above, below = -self._sheet.walk(spot, -most)[1], self._sheet.walk(spot, most)[1]
        return max(min(y, most, above), min(above, most - below), 0)

    @property
    def place(self) -> Place:
        """Where the reader is, to return to."""
        return Place(self._anchor, self._y, self.sought)

    def return_to(self, place: Place) -> None:
        """Stand there again, what a search opened folded."""
        self._fold_opened()
        if place.anchor is None:
            self.follow()
        else:
            self._anchor, self._y = place.anchor, place.y
        self.sought = place.sought

    def follow(self) -> None:
        """Keep the newest line in sight from here on."""
        self._anchor, self._stops_soon = None, False
        self.buffer.let_go()

    def stop(self) -> None:
        """Stop following, on the newest line."""
        self._stops_soon = not self.buffer.visible
        if self.buffer.visible:
            self._leave_end()

    def _fold_opened(self) -> None:
        if self._opened is not None:
            self._opened.set_open(False)
            self._opened = None
            self._sheet.changes += 1

    def _leave_end(self) -> None:
        """Stop following, everything where it is."""
        self._look()
        if self._anchor is None:
            self._stand(self._sheet.last(), self._height - 1)


def _newest(visible: Sequence[Entry]) -> LogLine | None:
    return next((entry.last for entry in reversed(visible) if entry.last is not None), None)
