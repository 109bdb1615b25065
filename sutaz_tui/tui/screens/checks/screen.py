"""The checks of one scope: their results above, the evidence of the selected one below."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.tui.keymap import CHECKS
from sutaz_tui.tui.screens.base import BaseScreen, bindings
from widgets.foot import Foot
from widgets.result_list import ResultList, Row
from widgets.text_view import TextView

FOOT = (
    " j/k move  . again  f failed  F until green  a all reads  x cancel  y copy line  l log  q back  ? help"
)
Lines = Sequence[tuple[str, str]]


class ChecksScreen(BaseScreen):
    """Shows what the session of the checks tells: `head`, `rows`, the `evidence` of one check and its line to `copy`."""

    focus_name = CHECKS
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHECKS)

    def __init__(
        self,
        scope: str,
        head: Callable[[], str],
        rows: Callable[[], list[Row]],
        evidence: Callable[[str], Lines],
        copy: Callable[[str], str],
    ) -> None:
        super().__init__()
        self.scope = scope
        self._head = head
        self._rows = rows
        self._evidence = evidence
        self._copy = copy
        self.title_line = TextView(id="checks-title")
        self.list = ResultList()
        self.view = TextView(wraps=True, id="evidence")
        self.foot = Foot(FOOT)
        self._is_moved = False

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.list
        yield self.view
        yield self.foot

    def on_mount(self) -> None:
        self.focus_keys()
        self._show()

    def focus_keys(self) -> None:
        """Give the keys to the list."""
        self.set_focus(self.list)

    def on_screen_resume(self) -> None:
        # What ended while a question stood above was not shown.
        self._show()
        if not self._is_moved:
            self.open_first_red()

    def checks_changed(self, have_ended: bool) -> None:
        """Show how the checks stand now; once a run has ended, with the first red one selected."""
        self._show()
        if have_ended:
            self.open_first_red()

    def _show(self) -> None:
        self.title_line.show([(self._head(), "heading")])
        self.list.show(self._rows())
        self._show_evidence()

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        rows = (f"{word:<8} {text}" for _, word, _, text in self._rows())
        return ("\n".join([self._head(), "", *rows, "", self.view.text]),)

    @property
    def check_id(self) -> str:  # type: ignore[override]
        """The id of the selected check."""
        return self.list.selected

    @property
    def copied_line(self) -> str:
        """The line that repeats the selected check's question."""
        return self._copy(self.check_id)

    def open_first_red(self) -> None:
        """Select the first red one, once a run has ended."""
        red = next((row[0] for row in self._rows() if row[1] in ("FAIL", "ERROR", "blocked")), "")
        if red:
            self.list.select(red)

    def on_result_list_selected(self, message: ResultList.Selected) -> None:
        message.stop()
        self.view.scroll_home(animate=False)
        self._show_evidence()

    def _show_evidence(self) -> None:
        self.view.show(self._evidence(self.list.selected))

    def action_move(self, by: int) -> None:
        """Move the selection by so many checks."""
        self._is_moved = True
        self.list.move(by)

    def action_go_to_row(self, number: int) -> None:
        """Select the check of this number."""
        self._is_moved = True
        self.list.go_to_row(number)

    def action_scroll_evidence(self, by: int) -> None:
        """Scroll the evidence by so many lines."""
        self.view.move(by)
