"""What the keys do in the focus that was left, made from the key table."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sutaz_tui.tui.keymap import help_lines
from widgets.text_view import Line, TextView

IDS_FROM = 96

SIGNS = """\
✓ +   up; the number is the answer's time in milliseconds
!     degraded: it answers, but not as it should: slow, 307 (a status code),
      <PG (because of PostgreSQL), lies (says well of what is down), 1/2 (one of
      two asks failed)
✗ X   down
?     unknown: it could not be asked, or the answer is stale
-     off: optional and not deployed; or known: marked by a person (M)
~     seen by an earlier run, not yet confirmed
(3) 41s   not fresh: the value is 41 s old
behind: 340 due   this program does not keep up; raise limits.asks"""


class HelpScreen(ModalScreen[None]):
    """The keys of one focus, and the signs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,question_mark,f1", "dismiss", "close"),
        Binding("Q,ctrl+q", "app.leave", "quit"),
        Binding("j,down", "scroll(1)", "down"),
        Binding("k,up", "scroll(-1)", "up"),
        Binding("space,ctrl+d,pagedown", "scroll(10)", "down"),
        Binding("ctrl+u,pageup", "scroll(-10)", "up"),
    ]

    def __init__(self, where: str, keymap: Mapping[str, str], problems: Sequence[str] = ()) -> None:
        super().__init__()
        self.view = TextView(wraps=True)
        self._where = where
        self._rows = help_lines(where, keymap)
        self._problems = problems

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.view.show(self._lines(event.size.width))

    def _lines(self, width: int) -> list[Line]:
        has_room = width >= IDS_FROM
        rows = self._rows
        lines: list[Line] = [(f"the keys of the {self._where}      q closes", "heading")]
        lines += [(f" {problem}", "degraded") for problem in self._problems]
        lines += [(f" {keys:<19} {words:<54} {id if has_room else ''}", "") for keys, words, id in rows]
        lines += [("", ""), ("the signs", "heading"), *((f" {line}", "") for line in SIGNS.splitlines())]
        if not has_room:
            lines += [("", ""), ("the ids of the keys, for keymap: in the config", "heading")]
            lines += [(f" {keys:<19} {id}", "") for keys, _, id in rows]
        return lines

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.view.move(by)
