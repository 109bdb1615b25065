"""The checks of one scope: their results above, the evidence of the selected one below."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from sutaz_tui.tui.bindings import bindings
from widgets.foot import Foot
from widgets.result_list import ResultList, Row
from widgets.text_view import TextView

FOOT = (
    " j/k move  . again  f failed  F until green  a all reads  x cancel  y copy line  l log  q back  ? help"
)
Lines = Sequence[tuple[str, str]]


class ChecksScreen(Screen[None]):
    """Shows what the session of the checks tells: `head`, `rows` and the `evidence` of one check."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("checks")

    def __init__(
        self,
        scope: str,
        head: Callable[[], str],
        rows: Callable[[], list[Row]],
        evidence: Callable[[str], Lines],
    ) -> None:
        super().__init__()
        self.scope = scope
        self._head = head
        self._rows = rows
        self._evidence = evidence
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
        self.list.focus()
        self.show()

    def on_screen_resume(self) -> None:
        # What ended while a question stood above was not shown.
        self.show()
        if not self._is_moved:
            self.open_first_red()

    def show(self) -> None:
        """Show how the checks stand now."""
        self.title_line.show([(self._head(), "heading")])
        self.list.show(self._rows())
        self._show_evidence()

    @property
    def text(self) -> str:
        """What is shown, as plain lines."""
        rows = (f"{word:<8} {text}" for _, word, _, text in self._rows())
        return "\n".join([self._head(), "", *rows, "", self.view.text])

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
        self.view.scroll_by(by)
