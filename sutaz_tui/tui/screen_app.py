"""The app as far as it is about screens: it passes on to the one that is open, and knows none by name."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from textual.dom import DOMNode

from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Snapshot
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.typed import TypedLines
from sutaz_tui.state.writer import Writer
from sutaz_tui.tui.keymap import ONLY_NOW
from sutaz_tui.tui.screens.base import BaseScreen
from sutaz_tui.tui.terminal.app import TerminalApp
from sutaz_tui.tui.window_title import window_title
from sutaz_tui.wiring.clients import SharedClients
from widgets.foot import Foot
from widgets.past_line import past_words

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.tui.screens.board.screen import BoardScreen

QUIT_WITHIN = 2.0
REFUSED = "this is the past: nothing runs, asks or marks; Esc goes to now"


class ScreenApp(TerminalApp):
    """What all parts of the app stand on: what it watches, and the screens above the board."""

    config: Config
    engine: Engine
    stack: "Demo | None"
    clients: SharedClients
    writer: Writer
    kept: StateFolder
    known: KnownMarks
    keymap_checked: Mapping[str, str]
    board: "BoardScreen"
    past: Snapshot | None = None
    notes: tuple[str, ...] = ()
    _armed = ("", 0.0, 0)
    _presses = 0
    _has_mouse = False

    @cached_property
    def typed_lines(self) -> TypedLines:
        """What was typed after `:`, `/` and `&`."""
        return self.kept.typed_lines(self.writer)

    @property
    def here(self) -> BaseScreen:
        """The screen that is open, whatever list or question stands over it."""
        ours = (screen for screen in reversed(self.screen_stack) if isinstance(screen, BaseScreen))
        # While the app ends there is none.
        return next(ours, self.board)

    @property
    def selected(self) -> str:
        """The id of the service that keys speak of."""
        return self.here.service_id or self.board.service_id

    @property
    def focus_name(self) -> str:
        """Whose keys are in force; "" while something stands above that takes them all."""
        return "" if self.is_typing or self.screen is not self.here else self.here.key_owner.focus_name

    def show(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to the screens; nothing while the app ends, which closes them first."""
        if self.screen_stack:
            self.known.keep()
            self.set_window_title(window_title(snapshot, self.config.env))
            if self.past is not None:
                self._tell_past(snapshot)
                return
            for screen in dict.fromkeys((self.board, self.here)):
                screen.show(snapshot)

    def tick(self) -> None:
        """A second has passed."""
        snapshot = self.engine.snapshot()
        if self.past is not None:
            self._tell_past(snapshot)
        else:
            for screen in dict.fromkeys((self.board, self.here)):
                screen.tick(snapshot)
        self.known.merge()

    # The past: the screens get its snapshot in place of the live one

    @property
    def shown_at(self) -> datetime:
        """The moment that is shown."""
        return self.past.at if self.past is not None else self.engine.clock.now()

    def show_past(self, snapshot: Snapshot) -> None:
        """Show how all was at a moment, from here on."""
        self.past = snapshot
        for screen in dict.fromkeys((self.board, self.here)):
            screen.show(snapshot)
        self._tell_past(self.engine.snapshot())

    def show_now(self) -> None:
        """Show again how all is now."""
        self.past = None
        self.show(self.engine.snapshot())
        for screen in dict.fromkeys((self.board, self.here)):
            screen.tell_past("")

    def _tell_past(self, now: Snapshot) -> None:
        assert self.past is not None
        words = past_words(self.past, now, self.size.width)
        self.board.tell_past(words)
        if self.here.is_of_moment:
            self.here.tell_past(words)

    def on_base_screen_resumed(self) -> None:
        """What was covered meanwhile may show another moment than the one that is shown now."""
        if self.past is not None:
            self.show_past(self.past)
        elif self.screen_stack:
            self.here.tell_past("")

    async def run_action(
        self,
        action: str | tuple[str, str, tuple[object, ...]],
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key or a command asks; in the past nothing that runs, asks or marks."""
        if self.past is not None and isinstance(action, str) and action.partition("(")[0] in ONLY_NOW:
            self.say(REFUSED)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def to_board(self) -> None:
        """Leave every screen above the board."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def say(self, words: str, seconds: float = 4.0) -> None:
        """Say something at the foot of whatever is open."""
        for foot in self.screen.query(Foot):
            foot.say(words, seconds)

    # What keys ask for. Names are those of the rows' calls.

    async def action_back(self) -> None:
        """One step out; on the board twice within 2 s quits."""
        if not await self._step_out():
            self.quit_at_second("q")

    async def action_out(self) -> None:
        """Now instead of the past, else one step out; on the board there is none."""
        if self.past is not None and self.here.is_of_moment and self.here.key_owner is self.here:
            self.show_now()
        else:
            await self._step_out()

    async def _step_out(self) -> bool:
        if await self.here.back():
            return True
        if len(self.screen_stack) > 1:
            self.pop_screen()
            return True
        if self.past is not None:
            self.show_now()
            return True
        return False

    def quit_at_second(self, key: str) -> None:
        """Quit where this was the last key too, less than 2 s ago, else say that it does."""
        before, at, press = self._armed
        now = asyncio.get_running_loop().time()
        if (before, press) == (key, self._presses - 1) and now - at <= QUIT_WITHIN:
            self.exit(0)
        self._armed = key, now, self._presses
        self.say(f"{key} again quits", QUIT_WITHIN)

    def action_leave(self) -> None:
        """Quit."""
        self.exit(0)

    def action_keys_help(self) -> None:
        """What the keys do here."""
        from sutaz_tui.tui.screens.help import HelpScreen

        focus = self.here.key_owner.focus_name
        self.push_screen(HelpScreen(focus, self.keymap_checked, self.notes))

    def action_mouse(self) -> None:
        """Mouse on or off."""
        self._has_mouse = not self._has_mouse
        self.set_mouse(self._has_mouse)
        self.say(
            "mouse on: a click selects; F2 off" if self._has_mouse else "mouse off: the terminal selects text"
        )

    def action_repaint(self) -> None:
        """Paint the screen anew."""
        self.repaint()
