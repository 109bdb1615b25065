"""The line that is typed into at the bottom: to find, to filter, or a command."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widgets import Input

from sutaz_tui.text.sanitise import sanitise

LONGEST = 500


class Prompt(Input):
    """A field of one line; Enter hands in, Esc gives up. Pasted line breaks are blanks.

    Whose screen it is calls `entered` with the line, and `typed` with each change; what is applied while it is typed is
    given up by `given_up`, or where there is none by handing in nothing. `sign` is the key that opened it, `recalled` are
    the lines that were handed in before, newest last: Up, and ctrl+r for those that hold what is typed.
    """

    DEFAULT_CSS = """
    Prompt { dock: bottom; height: 1; border: none; padding: 0 1; background: $surface; }
    Prompt:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "give up", show=False),
        Binding("tab", "cursor_right", "complete", show=False),
        Binding("up", "recall(-1)", "the line before", show=False),
        Binding("down", "recall(1)", "the line after", show=False),
        Binding("ctrl+r", "recall_like", "an earlier line with this text", show=False),
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
        completion: Suggester | None = None,
        given_up: Callable[[], None] | None = None,
        sign: str = "",
    ) -> None:
        super().__init__(
            sanitise(value),
            placeholder=sanitise(words),
            suggester=completion,
            max_length=LONGEST,
            # What is recalled is replaced by what is typed, unless it is edited.
            select_on_focus=bool(value),
        )
        self.entered = entered
        self.typed = typed
        self.given_up = given_up
        self.sign = sign
        self.recalled: Sequence[str] = ()
        # Where in them it stands, what was typed before that, and what the last recall put there.
        self._at = 0
        self._own = ""
        self._put: str | None = None
        # A blinking cursor costs 3 KB/s over SSH.
        self.cursor_blink = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The field, its sign in the first cell."""
        strips = super().render_lines(crop)
        if not self.sign or crop.x or crop.y or not strips:
            return strips
        first = Strip([Segment(self.sign, self.rich_style)])
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

    def action_recall(self, by: int) -> None:
        """Put the line before or after in the field; behind the newest what was typed."""
        self._recall(by, "")

    def action_recall_like(self) -> None:
        """Put an earlier line in the field that holds what was typed; again: one before that."""
        self._begin()
        self._recall(-1, self._own.casefold())

    def _begin(self) -> None:
        """What is in the field is the reader's own, unless the last recall put it there."""
        if self.value != self._put:
            self._at, self._own = len(self.recalled), self.value

    def _recall(self, by: int, wanted: str) -> None:
        self._begin()
        at = self._at + by
        while 0 <= at < len(self.recalled) and wanted not in self.recalled[at].casefold():
            at += by
        if not 0 <= at <= len(self.recalled):
            return
        self._at = at
        self._put = self.value = sanitise(self.recalled[at]) if at < len(self.recalled) else self._own
        self.cursor_position = len(self.value)
