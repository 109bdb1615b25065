"""What the keys do in the focus that was left, made from the key table."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sutaz_tui.keys import help_lines
from widgets.text_view import TextView

SIGNS = """\
✓ + up   ! degraded: answers, but not as it should   ✗ X down   ? unknown: could not be asked, or stale
- off: optional and not deployed, or known   ~ seen by an earlier run, not yet confirmed
(3) 41s: the value is 41 s old   <PG: because of PostgreSQL   1/2: one of two asks failed"""


class HelpScreen(ModalScreen[None]):
    """The keys of one focus, and the signs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,question_mark,f1", "dismiss", "close"),
        Binding("j,down", "scroll(1)", "down"),
        Binding("k,up", "scroll(-1)", "up"),
        Binding("space,ctrl+d,pagedown", "scroll(10)", "down"),
        Binding("ctrl+u,pageup", "scroll(-10)", "up"),
    ]

    def __init__(self, where: str, keymap: Mapping[str, str], problems: Sequence[str] = ()) -> None:
        super().__init__()
        self.view = TextView(wraps=True)
        rows = help_lines(where, keymap)
        self._lines = [
            (f"the keys of the {where}      q closes", "heading"),
            *((f" {problem}", "degraded") for problem in problems),
            *((f" {keys:<20} {words:<58} {id}", "") for keys, words, id in rows),
            ("", ""),
            ("the signs", "heading"),
            *((f" {line}", "") for line in SIGNS.splitlines()),
        ]

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show(self._lines)
        self.view.focus()

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.view.scroll_by(by)
