"""What of the board is found, filtered and sorted: as the rows of every table are."""

from sutaz_tui.model import Service, Snapshot
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Arrangement, TableRow
from sutaz_tui.tui.screens.board.log_below import LogBelow
from sutaz_tui.tui.screens.board.rows import COLUMNS, SORTED, rows
from sutaz_tui.tui.wanted import Wanted, understood
from widgets.map_layout import Shape
from widgets.service_map import ServiceMap


class ArrangedBoard(LogBelow):
    """A map of services that the reader arranges."""

    map: ServiceMap
    services: tuple[Service, ...]

    def __init__(self) -> None:
        super().__init__()
        self.arrangement = Arrangement()
        self._needle: Wanted | None = None

    @property
    def shown(self) -> Snapshot | None:
        """The picture that is shown."""
        raise NotImplementedError

    def arranged(self, filtered: str) -> None:
        """Other services are shown; `filtered` says which, "" for all."""
        raise NotImplementedError

    def _rows(self) -> list[TableRow]:
        snapshot = self.shown
        states = snapshot.services if snapshot is not None else (None,) * len(self.services)
        return rows(zip(self.services, states, strict=True), snapshot.at if snapshot is not None else None)

    def find(self, text: str) -> None:
        """Select the first match from here on."""
        self._needle, problem = understood(text)
        self.say(problem)
        if self._needle is not None:
            self.action_find_again(0)

    def action_find_again(self, by: int) -> None:
        """Select the next or previous match, or the one so many further on, round the end; 0: here or the next."""
        if (needle := self._needle) is None:
            self.say("nothing to find yet: / finds")
            return
        all_rows = self._rows()
        ids = [row.key for row in all_rows]
        here = ids.index(self.map.selected) if self.map.selected in ids else 0
        one = -1 if by < 0 else 1
        order = [(here + one * n) % len(ids) for n in range(0 if by == 0 else 1, len(ids) + 1)]
        found = [ids[n] for n in dict.fromkeys(order) if needle(all_rows[n].said(COLUMNS))]
        if found:
            self.map.select(found[max(0, abs(by) - 1) % len(found)])
        self.say(needle.problem or ("" if found else f"nothing matches {one_line(needle.typed, 40)}"))

    def filter(self, text: str) -> None:
        """Show only what matches; an empty text shows all."""
        sought, problem = understood(text)
        self.arrangement.wanted = sought
        self._arrange_rows()
        self.say(problem or (sought.problem if sought is not None else ""))
        self.arranged(f"& {one_line(text, 20)}  {self.map.counted}" if sought is not None else "")

    def action_sort(self, by: int) -> None:
        """Sort the rows by the column to the right or left, as they are now: nothing moves by itself."""
        self.arrangement.step(by, len(SORTED))
        self._sort()

    def action_invert(self) -> None:
        """Turn the order round."""
        self.arrangement.is_inverted = not self.arrangement.is_inverted
        self._sort()

    def _sort(self) -> None:
        if self.map.shape is not Shape.ROWS:
            self.arrangement.column, self.arrangement.is_inverted = None, False
            self.say("there are rows to sort from 120 columns on")
            return
        self._arrange_rows()
        self.give_places()
        self.say(self.arrangement.words(SORTED))

    def _arrange_rows(self) -> None:
        arrangement = self.arrangement
        if arrangement.wanted is None and not arrangement.is_sorted:
            self.map.list_only(None)
        else:
            arranged = arrangement.arranged(self._rows(), COLUMNS)
            self.map.list_only([row.key for row in arranged], arrangement.is_sorted)
