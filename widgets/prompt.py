"""The line that is typed into at the bottom: to find, to filter, or a command."""

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.suggester import SuggestFromList
from textual.widgets import Input

from sutaz_tui.text.sanitise import sanitise

LONGEST = 500


class Prompt(Input):
    """A field of one line; Enter hands in, Esc gives up. Pasted line breaks are blanks.

    Whose screen it is calls `entered` with the line, and `typed` with each change; what is applied while it is typed is
    given up by `given_up`, or where there is none by handing in nothing. `sign` is the key that opened it.
    """

    DEFAULT_CSS = """
    Prompt { dock: bottom; height: 1; border: none; padding: 0 1; background: $surface; }
    Prompt:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "give up", show=False),
        Binding("tab", "cursor_right", "complete", show=False),
    ]

    class Entered(Message):
        """The reader handed in a line."""

        def __init__(self, prompt: "Prompt", text: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.text = text

    class GivenUp(Message):
        """The reader left the field."""

        def __init__(self, prompt: "Prompt") -> None:
            super().__init__()
            self.prompt = prompt

    class Typed(Message):
        """The line changed."""

        def __init__(self, prompt: "Prompt", text: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.text = text

    def __init__(
        self,
        words: str,
        entered: Callable[[str], Awaitable[None] | None],
        typed: Callable[[str], None] | None = None,
        value: str = "",
        completions: Iterable[str] = (),
        given_up: Callable[[], None] | None = None,
        sign: str = "",
    ) -> None:
        names = [sanitise(name) for name in completions]
        suggester = SuggestFromList(names, case_sensitive=False) if names else None
        super().__init__(
            sanitise(value),
            placeholder=sanitise(words),
            suggester=suggester,
            max_length=LONGEST,
            # What is recalled is replaced by what is typed, unless it is edited.
            select_on_focus=bool(value),
        )
        self.entered = entered
        self.typed = typed
        self.given_up = given_up
        self._sign = sign
        # A blinking cursor costs 3 KB/s over SSH.
        self.cursor_blink = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The field, its sign in the first cell."""
        strips = super().render_lines(crop)
        if not self._sign or crop.x or crop.y or not strips:
            return strips
        first = Strip([Segment(self._sign, self.rich_style)])
        return [Strip.join([first, strips[0].crop(1, strips[0].cell_length)]), *strips[1:]]

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered(self, event.value))

    def action_give_up(self) -> None:
        """Leave the field."""
        self.post_message(self.GivenUp(self))
