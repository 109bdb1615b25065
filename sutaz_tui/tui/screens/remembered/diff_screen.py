"""What differs between a moment of the past and now, as a table."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.state.history.diff import Diff
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.text.units import ago, first_of
from sutaz_tui.tui.keymap import DIFF
from sutaz_tui.tui.screens.base import Moment, bindings
from sutaz_tui.tui.screens.lists import ListScreen
from widgets.foot import Foot
from widgets.past_line import moment_words
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

FOOT = " Enter the service   l its log then   / find   & filter   < > sort   y copy   q back   ? help"
COLUMNS = (
    Column("service", "SERVICE", most=18),
    Column("what", "WHAT", most=22),
    Column("then", "THEN", share=1),
    Column("now", "NOW", share=1),
)


class DiffScreen(ListScreen):
    """Shows a diff; `since` says of what moment it is, where that is no moment of the clock."""

    focus_name = DIFF
    is_of_moment = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(DIFF)

    def __init__(
        self,
        found: Diff,
        since: str,
        titles: Mapping[str, str],
        open_row: Callable[[str, datetime | None], Awaitable[object]],
    ) -> None:
        super().__init__()
        self._found = found
        self._since = since
        self._titles = titles
        self._open_row = open_row
        self.heading = TextView(id="view-head")
        self._table = TableView(COLUMNS)
        self.told = TextView(id="view-told")
        self.foot = Foot(FOOT)

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self._table
        yield self.told
        yield self.foot

    @property
    def pane(self) -> TableView:
        """The table."""
        return self._table

    def on_mount(self) -> None:
        self.heading.styles.height = 1
        self._table.show(
            [
                TableRow(
                    f"{number}",
                    {
                        "service": self._titles.get(one.service, one.service),
                        "what": one.what,
                        "then": one.then,
                        "now": one.now,
                    },
                    one.look,
                    GLYPHS.get(one.look, ""),
                    link=one.service,
                )
                for number, one in enumerate(self._found.differences)
            ]
        )
        if self._found.unwatched:
            names = first_of((one_line(self._titles[id], 20) for id in self._found.unwatched), 4)
            self.told.show([(f" not watched then: {names}", "unknown")])
            self.told.styles.height = 1
        self.arranged()
        self.focus_keys()

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        self.heading.show(self._heading())

    def _heading(self) -> list[Line]:
        found = self._found
        old = ago((found.now - found.then).total_seconds())
        differs = self._table.counted if found.differences else "nothing"
        is_known = found.differences or len(found.unwatched) < len(self._titles)
        filtered = f"& {one_line(self.filtered_by, 30)}" if self.filtered_by else ""
        parts = [
            f"DIFF  {moment_words(found.then, found.now)} ({old} ago) to now",
            one_line(self._since, 60),
            f"{differs} differ{'s' if differs in ('1', 'nothing') else ''}"
            if is_known
            else "nobody watched then",
            filtered,
        ]
        return [(" " + "   ".join(filter(None, parts)), "heading")]

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        return (f"{self._heading()[0][0]}\n{self._table.text}\n{self.told.text}",)

    @property
    def moment(self) -> Moment | None:
        """The earlier moment, of the row's service."""
        row = self._table.selected
        id = row.link if row is not None else ""
        return Moment(id, self._found.then, f"{self._titles.get(id, id)} before what differs")

    @property
    def copied_line(self) -> str:
        """The row."""
        return self._table.copied_line

    async def action_enter(self) -> None:
        """The service of the row, as it is now."""
        row = self._table.selected
        if row is not None and row.link in self._titles:
            await self._open_row(row.link, None)
