"""The question before anything is sent that changes the stack: what, how many, to which host. No unless a word is typed."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from widgets.text_view import TextView


class QuestionScreen(ModalScreen[bool]):
    """Answers True only when exactly the wanted word was typed; Enter alone, y and Esc are No."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "no", "no")]

    def __init__(self, lines: list[str], word: str) -> None:
        super().__init__()
        self._lines = lines
        self._word = word
        self.view = TextView(wraps=True)
        self.field = Input(placeholder=f"No.  To run it type  {word}  and press Enter", max_length=60)
        self.field.cursor_blink = False

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield self.view
            yield self.field

    def on_mount(self) -> None:
        self.view.show([(line, "") for line in self._lines])
        self.field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() == self._word)

    def action_no(self) -> None:
        """No."""
        self.dismiss(False)
