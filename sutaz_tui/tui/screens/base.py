"""What every screen of ours tells of itself: the app passes keys, snapshots and ticks on and knows none by name."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from sutaz_tui.model import Snapshot
from sutaz_tui.tui.keymap import ROWS
from sutaz_tui.tui.keys import COUNT
from sutaz_tui.tui.terminal.compositor import SpanCompositor, forget_closed
from widgets.foot import SAID_FOR, Foot
from widgets.past_line import PastLine
from widgets.prompt import Prompt
from widgets.tabs_line import TabMark, TabsLine

if TYPE_CHECKING:
    # Nothing of a log is loaded before one is opened.
    from sutaz_tui.state.typed import TypedLines
    from sutaz_tui.tui.screens.log.panel import LogPanel


def bindings(focus: str) -> list[BindingType]:
    """The bindings of a focus, each with its action's id so that `keymap:` can change it."""
    return [
        Binding(
            ",".join(action.keys),
            action.call,
            action.words,
            id=action.id,
            show=False,
            priority=action.id == "cancel",
        )
        for action in ROWS[focus]
        if action.keys and action.call != COUNT
    ]


class Moment(Struct, frozen=True):
    """What a row tells of the past: of which service ("" for none), when, and in what words."""

    service_id: str
    at: datetime
    words: str


class BaseScreen(Screen[None]):
    """A screen as the app knows it. Its keys are the rows of `focus_name`; what the rows call are its own actions.

    `scope` names the checks on it, "" for none; `log_panel` is the log on it.
    `is_of_moment`: it shows a snapshot, now's or a past one; not so what tells of a whole time, or a log.
    """

    class Resumed(Message):
        """It is on top, perhaps again, and wants to be told what is shown now."""

    focus_name: ClassVar[str]
    is_of_moment: ClassVar[bool] = True
    log_panel: "LogPanel | None" = None
    scope = ""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SpanCompositor()
        self.tabs_line: TabsLine | None = None

    @property
    def key_owner(self) -> "BaseScreen | LogPanel":
        """Who has the keys: the screen, or the panel on it. Its `focus_name`, `find` and `filter` are those of a screen."""
        return self

    @property
    def service_id(self) -> str:
        """The id of the service that keys speak of, "" for none."""
        return ""

    @property
    def opened_view(self) -> str:
        """The id of the view of that service that is shown, "" for none."""
        return ""

    @property
    def log_id(self) -> str:
        """Whose log the selected row has: a service's id or `container SOURCE NAME`, "" for that of `service_id`."""
        return ""

    @property
    def check_id(self) -> str:
        """The id of the check that keys speak of, "" for none."""
        return ""

    # What the app hands down

    def on_screen_resume(self) -> None:
        # What lay above it has gone.
        forget_closed()
        self.post_message(self.Resumed())

    def show(self, snapshot: Snapshot) -> None:
        """Show how the stack is, or was."""

    def tell_past(self, words: str) -> None:
        """Say above all else which moment of the past is shown; "" for now."""
        line = next(iter(self.query(PastLine)), None)
        if not words and line is not None:
            line.remove()
        elif words:
            if line is None:
                self.mount(line := PastLine(), before=0)
            line.show(words)

    def tell_tabs(self, marks: Sequence[TabMark], in_view: int) -> None:
        """Say above all else which configs are open and how they stand."""
        if self.tabs_line is not None:
            self.tabs_line.show(marks, in_view)
        else:
            self.tabs_line = TabsLine(marks, in_view)
            if self.is_mounted:
                self.mount(self.tabs_line, before=0)

    def tick(self, snapshot: Snapshot) -> None:
        """Let ages grow: a second has passed."""

    def key_pressed(self) -> None:
        """Somebody looks."""

    def checks_changed(self, have_ended: bool) -> None:
        """Show how the checks stand now."""

    # What it is asked for

    def ask_now(self) -> bool:
        """Ask at once what is shown; False where the service itself is to be asked."""
        return False

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain text in pieces, between which other work may be done."""
        return ()

    @property
    def moment(self) -> Moment | None:
        """What the selected row tells of the past; None where the screen tells of now."""
        return None

    @property
    def copied_line(self) -> str:
        """The line of what is selected; the app masks it."""
        return ""

    async def back(self) -> bool:
        """One step out within the screen; False where there is none and the app leaves it."""
        return False

    async def put_log(self, panel: "LogPanel") -> bool:
        """Show a log; False where this screen has no place for one."""
        del panel
        return False

    async def step_log(self) -> bool:
        """Go into the log that stands here, or out of it; False where none does and the app opens one."""
        return False

    @property
    def place(self) -> object:
        """Where the reader is in a list, and what was sought there, to return to."""
        return None

    def return_to(self, place: object) -> None:
        """Go back to a place."""

    def seek(self, text: str) -> str:
        """Go to the next row that has a text; what to say, "" for nothing."""
        del text
        return "there is no list here"

    def find(self, text: str) -> None:
        """Go to the next row that has a text, and say where there is none."""
        if words := self.seek(text):
            self.say(words)

    def filter(self, text: str) -> None:
        """Show only rows with a text, "" for all."""
        del text
        self.say("there is no list here")

    # The line at its foot

    def say(self, words: str, seconds: float = SAID_FOR) -> None:
        """Say something at the foot."""
        for foot in self.query(Foot):
            foot.say(words, seconds)

    def hint(self, words: str) -> None:
        """Say at the foot why a key did nothing, unless something weightier stands there."""
        for foot in self.query(Foot):
            foot.hint(words)

    def focus_keys(self) -> None:
        """Give the keys to who has them on this screen."""

    def open_prompt(self, prompt: Prompt) -> None:
        """Let the reader type a line at the foot, in place of what is said there."""
        for foot in self.query(Foot):
            foot.hush()
        if (typed := self._typed_lines) is not None:
            prompt.recalled = typed.of(prompt.sign)
        self.mount(prompt)
        # At once: what is typed behind the key is meant for the field.
        self.set_focus(prompt)

    @property
    def _typed_lines(self) -> "TypedLines | None":
        return getattr(self.app, "typed_lines", None)

    def close_prompts(self) -> None:
        """Give the keys back to who had them."""
        # First: a field that goes away with the focus leaves it to whoever stands next.
        self.focus_keys()
        for prompt in self.query(Prompt):
            prompt.remove()

    def action_find(self) -> None:
        """Type what to find: the first match from here on is gone to at once; giving up leads back here."""
        place = self.place

        def typed(text: str) -> None:
            self.return_to(place)
            self.seek(text)

        def entered(text: str) -> None:
            self.return_to(place)
            self.find(text)

        self.open_prompt(Prompt("find: text, /regex/, ! before it: without", entered, typed, sign="/"))

    def action_filter(self) -> None:
        """Type what to show."""
        self.open_prompt(
            Prompt("show only: text, /regex/, ! before it: all but", self.filter, self.filter, sign="&")
        )

    def on_prompt_typed(self, message: Prompt.Typed) -> None:
        if message.prompt.typed is not None:
            message.prompt.typed(message.text)

    async def on_prompt_given_up(self, message: Prompt.GivenUp) -> None:
        self.close_prompts()
        prompt = message.prompt
        if prompt.given_up is not None:
            prompt.given_up()
        elif prompt.typed is not None:
            await _done(prompt.entered, "")

    async def on_prompt_entered(self, message: Prompt.Entered) -> None:
        self.close_prompts()
        if (typed := self._typed_lines) is not None:
            typed.add(message.prompt.sign, message.text.strip())
        await _done(message.prompt.entered, message.text.strip())


async def _done(entered: Callable[[str], Awaitable[None] | None], text: str) -> None:
    if (work := entered(text)) is not None:
        await work
