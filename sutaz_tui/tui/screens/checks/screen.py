"""The checks of one scope: their results as a table, the evidence of the selected one below."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import TableRow
from sutaz_tui.tui.keymap import CHECKS
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.checks.evidence import Evidence
from sutaz_tui.tui.screens.lists import ListScreen
from widgets.check_words import COLUMNS, RUNNING
from widgets.foot import Foot
from widgets.table_view import TableView
from widgets.text_view import TextView

TITLE_RULE_AND_FOOT = 3
LIST_LEAST = 3
CANCEL = " x cancel "
FAILED = " f failed  F until green "
FAILED_LOOKS = ("down", "degraded")
FOOT = " . again  l log  y copy  q back  j/k move  a all read-only  & filter  / find  < > sort  ? help"


class ChecksScreen(ListScreen):
    """Shows what is told of the checks of a scope: its `head`, `rows`, and the `evidence` of one check."""

    focus_name = CHECKS
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKS)

    def __init__(
        self,
        scope: str,
        head: Callable[[], str],
        rows: Callable[[], list[TableRow]],
        evidence: Callable[[], Evidence],
    ) -> None:
        super().__init__()
        self.scope = scope
        self._head = head
        self._rows = rows
        self._evidence = evidence
        self.title_line = TextView(id="checks-title")
        self.list = TableView(COLUMNS)
        self.view = TextView(wraps=True, id="evidence")
        self.foot = Foot(FOOT)
        self._has_place = False

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.list
        yield self.view
        yield self.foot

    def on_mount(self) -> None:
        self.focus_keys()
        self._show()

    def on_screen_resume(self) -> None:
        # What ended while a question stood above was not shown.
        self._show()
        self.open_first_red()

    @property
    def pane(self) -> TableView:
        """The list."""
        return self.list

    def checks_changed(self, have_ended: bool) -> None:
        """Show how the checks stand now; once the first run has ended, with the first red one selected."""
        self._show()
        if have_ended:
            self.open_first_red()

    def on_resize(self) -> None:
        self._give_places()

    def _give_places(self) -> None:
        """Give the list the lines that it fills, at most half of them; what is left is for the evidence."""
        room = self.size.height - TITLE_RULE_AND_FOOT
        self.list.styles.height = max(LIST_LEAST, min(len(self.list.rows) + 1, room // 2))

    def _show(self) -> None:
        self.list.show(self._rows())
        self._give_places()
        self.arranged()
        self._show_evidence()
        is_running = any(row.values.get("outcome") == RUNNING for row in self.list.rows)
        has_failed = any(row.look in FAILED_LOOKS for row in self.list.rows)
        self.foot.set_keys((CANCEL if is_running else "") + (FAILED if has_failed else "") + FOOT)

    def arranged(self) -> None:
        """Say in the title which rows are left."""
        self.title_line.show([(self._title(), "heading")])

    def _title(self) -> str:
        by = f"   & {one_line(self.filtered_by, 30)}   {self.list.counted}" if self.filtered_by else ""
        return self._head() + by

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        return ("\n".join([self._title(), "", self.list.text, "", self.view.text]),)

    @property
    def check_id(self) -> str:
        """The id of the selected check."""
        return self.list.selected.key if self.list.selected is not None else ""

    @property
    def copied_line(self) -> str:
        """The line that repeats the selected check's question."""
        return self._evidence().copied_line(self.check_id)

    def open_first_red(self) -> None:
        """Select the first red one, unless the reader has a place already: who looks at one is not led to another."""
        red = (row.key for row in self.list.rows if row.look in FAILED_LOOKS)
        if not self._has_place and (first := next(red, "")):
            self._has_place = self.list.select(first)

    def on_table_view_selected(self, message: TableView.Selected) -> None:
        message.stop()
        self.view.scroll_home(animate=False)
        self._show_evidence()

    def _show_evidence(self) -> None:
        self.view.show(self._evidence().lines(self.check_id))

    def action_move(self, by: int) -> None:
        """Move the selection by so many checks."""
        self._has_place = True
        super().action_move(by)

    def action_go_to_row(self, number: int) -> None:
        """Select the check of this number."""
        self._has_place = True
        super().action_go_to_row(number)

    def action_half_page(self, by: int) -> None:
        """Scroll the evidence by half a page."""
        self.view.half_page(by)
