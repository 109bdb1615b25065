"""The tab of a config that cannot be shown: it says why, and the others go on."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.suggester import SuggestFromList

from sutaz_tui.text.cells import wrapped
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.commands import understand
from sutaz_tui.tui.in_app import InApp
from sutaz_tui.tui.keymap import COMMANDS, EVERYWHERE, action_of
from sutaz_tui.tui.opened import Opened
from sutaz_tui.tui.screens.base import BaseScreen
from widgets.foot import Foot
from widgets.prompt import Prompt
from widgets.tabs_line import TabMark
from widgets.text_view import TextView

if TYPE_CHECKING:
    from sutaz_tui.tui.app import SutazApp

KEYS = "( ) other configs  :reload reads it again  q q quit"
_WORDS = ("env-next", "env-previous", "reload", "repaint", "mouse", "suspend", "quit", "q")
"""The words of `:` that need no services."""


class FaultScreen(BaseScreen):
    """Every problem of a config."""

    focus_name = ""
    is_of_moment = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, title: str, fault: str) -> None:
        super().__init__()
        self.lines = [
            f"{one_line(title, 40)} cannot be watched: its config is at fault",
            "",
            *fault.splitlines(),
        ]
        self.view = TextView()

    def compose(self) -> ComposeResult:
        if self.tabs_line is not None:
            yield self.tabs_line
        yield self.view
        yield Foot(KEYS)

    def on_resize(self, event: events.Resize) -> None:
        rows = [
            part
            for line in self.lines
            for part in wrapped(one_line(line, 1000), event.size.width - 2) or [""]
        ]
        self.view.show([(f" {row}", "") for row in rows])


class FailedTab(InApp):
    """Takes the place of a config that was named and cannot be read."""

    config = None

    def __init__(self, app: "SutazApp", mode: str, opened: Opened) -> None:
        super().__init__(app, mode)
        self.title, self.again, self.fault = opened.title, opened.again, opened.fault
        self.theme = app.theme
        self.keymap_checked: dict[str, str] = {}
        self.board = FaultScreen(opened.title, opened.fault)
        self.mark = TabMark(one_line(opened.title, 20).upper(), "? config", "unknown")

    @property
    def here(self) -> BaseScreen:
        """The screen that is open."""
        return self.board

    def say(self, words: str, seconds: float = 4.0) -> None:
        """Say something at the foot."""
        self.board.say(words, seconds)

    @property
    def opened(self) -> Opened:
        """The same once more."""
        return Opened(self.title, self.again, fault=self.fault)

    def recall(self) -> None:
        """Nothing is kept of it."""

    async def begin(self) -> None:
        """Nobody is asked."""

    def come_into_view(self) -> None:
        """Its name stands in the terminal's title."""
        self.app.set_window_title(f"? {self.title.upper()}")

    def go_out_of_view(self) -> None:
        """Nothing was asked for."""

    async def close(self) -> None:
        """There is nothing to let go of."""

    def let_go(self) -> None:
        """Nothing was held."""

    def tick(self) -> None:
        """Nothing grows older."""

    def pressed(self) -> None:
        """Nobody is asked, so nobody is asked more often."""

    def pause(self) -> None:
        """Nobody is asked."""

    def resume(self) -> None:
        """Nobody is asked."""

    def service_selected(self, service_id: str) -> None:
        """It has none."""

    def screen_resumed(self) -> None:
        """There is one screen."""

    def refuses(self, call: str) -> bool:
        """It shows no past."""
        del call
        return False

    async def take_key(self, event: events.Key) -> None:
        """What is no key of the program's says so."""
        if not self.is_typing and not action_of(EVERYWHERE, event.aliases, {}):
            self.board.hint(KEYS)

    # What keys ask for. Names are those of the rows' calls.

    async def action_back(self) -> None:
        """There is no step out; twice within 2 s quits."""
        self.app.quit_at_second("q")

    def action_out(self) -> None:
        """There is no step out."""

    def action_cancel(self) -> None:
        """Give up what is typed; twice within 2 s quits."""
        if self.board.query(Prompt):
            self.board.close_prompts()
        else:
            self.app.quit_at_second("ctrl+c")

    def action_keys_help(self) -> None:
        """What the keys do here."""
        self.say(KEYS)

    def action_command(self) -> None:
        """Type a command."""
        words = [*_WORDS, *(f"env {title}" for title in self.app.titles)]
        self.board.open_prompt(
            Prompt(
                "command; Tab completes",
                self.action_run_command,
                completion=SuggestFromList(words, case_sensitive=False),
                sign=":",
            )
        )

    async def action_run_command(self, typed: str) -> None:
        """Do what a typed line says."""
        order = understand(typed, (), (), self.app.titles)
        if order.verb == "env":
            await self.app.show_titled(order.object)
        elif order.verb == "run" and order.object in _WORDS:
            await self.run_action(COMMANDS[order.object].action.call)
        else:
            self.say(order.object if order.verb == "say" else f"not of a config at fault: {KEYS}")
