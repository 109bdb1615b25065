"""The smallest Textual app: what a first frame costs before there is anything of ours in it."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static


class MinimalApp(App[None]):
    """One line of text; q ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "quit")]

    def compose(self) -> ComposeResult:
        yield Static("minimal app")


if __name__ == "__main__":
    MinimalApp().run()
