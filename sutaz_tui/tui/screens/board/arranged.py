"""What of the board is found, filtered and sorted: as the rows of every table are."""

from sutaz_tui.model import Service, Snapshot
from sutaz_tui.state.left import Left
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Arrangement, TableRow
from sutaz_tui.tui.screens.board.log_below import LogBelow
from sutaz_tui.tui.screens.board.rows import COLUMNS, SORTED, rows
from sutaz_tui.tui.wanted import Wanted, understood
from widgets.map_layout import ROWS_FROM
from widgets.service_map import ServiceMap


class ArrangedBoard(LogBelow):
    """A map of services that the reader arranges."""

    map: ServiceMap
    services: tuple[Service, ...]

    def __init__(self) -> None:
        super().__init__()
        self.arrangement = Arrangement()
        self._needle: Wanted | None = None
        self._listed: set[str] = set()
        self.left = Left()

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

    @property
    def place(self) -> object:
        """The selected service, and what was sought."""
        return self.map.selected, self._needle

    def return_to(self, place: object) -> None:
        """Select it again."""
        assert isinstance(place, tuple)
        selected, self._needle = place
        self.map.select(selected)

    def seek(self, text: str) -> str:
        """Select the first match from here on; what to say."""
        sought, problem = understood(text)
        if sought is None:
            return problem
        self._needle = sought
        return self._select_found(sought, 0)

    def action_find_again(self, by: int) -> None:
        """Select the next or previous match, or the one so many further on, round the end; 0: here or the next."""
        needle = self._needle
        self.say("nothing to find yet: / finds" if needle is None else self._select_found(needle, by))

    def _select_found(self, needle: Wanted, by: int) -> str:
        all_rows = self._rows()
        ids = [row.key for row in all_rows]
        here = ids.index(self.map.selected) if self.map.selected in ids else 0
        one = -1 if by < 0 else 1
        order = [(here + one * n) % len(ids) for n in range(0 if by == 0 else 1, len(ids) + 1)]
        found = [ids[n] for n in dict.fromkeys(order) if needle(all_rows[n].said(COLUMNS))]
        if found:
            self.map.select(found[max(0, abs(by) - 1) % len(found)])
        return needle.problem or ("" if found else f"nothing matches {one_line(needle.typed, 40)}")

    def filter(self, text: str) -> None:
        """Show only what matches; an empty text shows all."""
        sought, problem = understood(text)
        self.arrangement.wanted = sought
        self._arrange_rows()
        self.map.select_listed()
        self.say(problem or (sought.problem if sought is not None else ""))
        self._tell_filter()

    def begin_as_left(self) -> None:
        """Select and filter as when the board was left."""
        self.map.select(self.left.selected)
        if self.left.filter:
            self.filter(self.left.filter)
            self.say(f"filter {one_line(self.left.filter, 40)} is from last time; Esc shows all", 8)

    @property
    def filtered_by(self) -> str:
        """What the rows are filtered by, as it was typed; "" for all."""
        wanted = self.arrangement.wanted
        return wanted.typed if isinstance(wanted, Wanted) else ""

    def judge_again(self) -> None:
        """Let the filter hide and show what matches no longer or does now; the selection stays where it is."""
        wanted = self.arrangement.wanted
        if wanted is not None and self._let_through() != self._listed:
            self._arrange_rows()
            self._tell_filter()

    def _let_through(self) -> set[str]:
        wanted = self.arrangement.wanted
        return {row.key for row in self._rows() if wanted is None or wanted(row.said(COLUMNS))}

    def _tell_filter(self) -> None:
        wanted = self.arrangement.wanted
        said = f"& {one_line(wanted.typed, 20)}  {self.map.counted}" if isinstance(wanted, Wanted) else ""
        self.arranged(said)

    def action_sort(self, by: int) -> None:
        """Sort the rows by the column to the right or left, as they are now: nothing moves by itself."""
        self.arrangement.step(by, len(SORTED))
        self._sort()

    def action_invert(self) -> None:
        """Turn the order round."""
        self.arrangement.is_inverted = not self.arrangement.is_inverted
        self._sort()

    def _sort(self) -> None:
        if self.size.width < ROWS_FROM:
            self.arrangement.column, self.arrangement.is_inverted = None, False
            self.say(f"there are rows to sort from {ROWS_FROM} columns on")
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
            self._listed = {row.key for row in arranged}
            self.map.list_only([row.key for row in arranged], arrangement.is_sorted)
