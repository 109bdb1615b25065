"""The map in one line: how each group stands, for when a log needs the room."""

from collections.abc import Mapping, Sequence

from sutaz_tui.model import GLYPHS, Snapshot, Status
from sutaz_tui.text.sanitise import one_line
from widgets.map_tally import Tally
from widgets.piece_line import PieceLine
from widgets.pieces import Piece, plain
from widgets.width import width_of

# Letters kept of a group's title, and blanks between two groups: where there is no room, the next pair.
FORMS = ((30, 3), (30, 2), (30, 1), (10, 1), (5, 1), (3, 1))


class GroupTotals(PieceLine):
    """Shows, group by group, what is in trouble and how many of how many are up."""

    def __init__(self, titles: Mapping[str, str], glyphs: Mapping[Status, str] = GLYPHS) -> None:
        super().__init__(id="totals")
        self._titles = titles
        self._glyphs = glyphs
        self._tally = Tally()
        self._groups: tuple[str, ...] = ()

    def show(self, snapshot: Snapshot) -> None:
        """Show the groups of a snapshot."""
        self._tally = Tally()
        for state in snapshot.services:
            self._tally.change(None, state)
        self._groups = tuple(dict.fromkeys(state.service.group for state in snapshot.services))
        self.renew()

    def pieces_at(self, width: int) -> Sequence[Piece]:
        """The line at a width."""
        line: list[Piece] = []
        for letters, blanks in FORMS:
            line = []
            for group in self._groups:
                title = one_line(self._titles.get(group, group), letters).upper()
                line += [("", " " * (blanks if line else 1)), ("heading", title), *self._counts(group)]
            if width_of(plain(line)) <= width:
                break
        return line

    def _counts(self, group: str) -> list[Piece]:
        """What a heading of the map says behind its title, without the air."""
        found: list[Piece] = []
        for look, text in self._tally.heading(group, "", 0, self._glyphs)[1:]:
            if text.strip():
                found += [("", " "), (look if look != "heading" else "", text.strip())]
        return found
