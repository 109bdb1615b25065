"""The overlay of all categories: a letter runs one, `?` and a letter lists what it would send. It never closes by itself."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from widgets.text_view import TextView

Lines = Sequence[tuple[str, str]]


class OverlayScreen(ModalScreen[str]):
    """Answers the letter that was pressed: a category's, `f`, `*` or `.`; "" when it was left.

    `lines` are what it shows, `keys` the letters it takes, `sends` what a category would send.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,t", "leave", "leave")]

    def __init__(self, lines: Lines, keys: frozenset[str], sends: Callable[[str], Lines]) -> None:
        super().__init__()
        self._lines = lines
        self._keys = keys
        self._sends = sends
        self._is_asking = False
        self.view = TextView(id="overlay")

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show(list(self._lines))
        self.view.focus()

    def on_key(self, event: events.Key) -> None:
        key = event.character or ""
        if key == "?":
            self._is_asking = not self._is_asking
            hint = [("press a letter to see what it would send; nothing is sent", "heading")]
            self.view.show([*hint, *list(self._lines)[1:]] if self._is_asking else list(self._lines))
            event.stop()
        elif key in self._keys:
            event.stop()
            if self._is_asking:
                self._is_asking = False
                self.view.show(list(self._sends(key)))
            else:
                self.dismiss(key)

    def action_leave(self) -> None:
        """Leave without running anything."""
        self.dismiss("")
