"""A tab as far as it is about screens: it passes on to the one that is open, and knows none by name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import GLYPHS, Snapshot, Status
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.typed import TypedLines
from sutaz_tui.tui.in_app import InApp
from sutaz_tui.tui.keymap import ONLY_NOW, action_of
from sutaz_tui.tui.keys import named
from sutaz_tui.tui.screens.base import BaseScreen
from sutaz_tui.tui.window_title import sign_of, window_title
from sutaz_tui.wiring.clients import SharedClients
from widgets.foot import Foot
from widgets.past_line import past_words
from widgets.tabs_line import TabMark

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.tui.screens.board.screen import BoardScreen

LOOKS = {GLYPHS[status]: status.label for status in (Status.DOWN, Status.DEGRADED, Status.UNKNOWN)}
REFUSED = "this is the past: nothing runs, asks or marks; Esc goes to now"


class OneTab(InApp):
    """What all parts of a tab stand on: what it watches, and the screens above the board; `title` is what its tab says,
    `opened_as` the name that it was opened by, "" for none."""

    config: Config
    engine: Engine
    stack: "Demo | None"
    clients: SharedClients
    kept: StateFolder
    known: KnownMarks
    keymap_checked: Mapping[str, str]
    board: "BoardScreen"
    past: Snapshot | None = None
    notes: tuple[str, ...] = ()
    _unsaid = "", 0.0
    title: str
    opened_as: str
    mark: TabMark

    @cached_property
    def typed_lines(self) -> TypedLines:
        """What was typed after `:`, `/` and `&`."""
        if self.stack is not None:
            # A demo's next run is another config: a file of its lines is never read again.
            return TypedLines({}, self.config.secrets.mask, lambda *_: None)
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
        stack = self.screen_stack
        is_covered = not stack or stack[-1] is not self.here
        return "" if self.is_typing or is_covered else self.here.key_owner.focus_name

    def show(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to the screens where they are in view; nothing while the app ends, which closes them first."""
        self._mark(snapshot)
        if self.is_in_view and not self.screen_stack:
            return
        self.known.keep()
        if not self.is_in_view:
            return
        self.app.set_window_title(window_title(snapshot, self.title))
        if self.past is not None:
            self._tell_past(snapshot)
            return
        for screen in dict.fromkeys((self.board, self.here)):
            screen.show(snapshot)

    def tick(self) -> None:
        """A second has passed."""
        snapshot = self.engine.snapshot()
        self._mark(snapshot)
        if not self.is_in_view:
            pass
        elif self.past is not None:
            self._tell_past(snapshot)
        else:
            for screen in dict.fromkeys((self.board, self.here)):
                screen.tick(snapshot)
        self.known.merge()

    def _mark(self, snapshot: Snapshot) -> None:
        sign = sign_of(snapshot)
        look = next((look for start, look in LOOKS.items() if sign.startswith(start)), "")
        if self.mark != (mark := TabMark(self.mark.title, sign, look)):
            self.mark = mark
            self.app.tell_tabs()

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
        self._offer_keys()

    def show_now(self) -> None:
        """Show again how all is now."""
        self.past = None
        self.show(self.engine.snapshot())
        for screen in dict.fromkeys((self.board, self.here)):
            screen.tell_past("")
        self._offer_keys()

    def _offer_keys(self) -> None:
        """Let the feet name no key that does nothing here."""
        for screen in dict.fromkeys((self.board, self.here)):
            for foot in screen.query(Foot):
                foot.is_offered = partial(self._is_offered, screen)
                foot.refresh()

    def _is_offered(self, screen: BaseScreen, written: str) -> bool:
        focus = screen.key_owner.focus_name
        action = action_of(focus, (named(written) or named(written.partition("/")[0]),), self.keymap_checked)
        return action is None or not self.why_not(action.name)

    def _tell_past(self, now: Snapshot) -> None:
        assert self.past is not None
        words = past_words(self.past, now, self.size.width)
        self.board.tell_past(words)
        if self.here.is_of_moment:
            self.here.tell_past(words)

    def screen_resumed(self) -> None:
        """What was covered meanwhile may show another moment than the one that is shown now."""
        if self.past is not None:
            self.show_past(self.past)
        elif self.screen_stack:
            self.here.tell_past("")
            self._offer_keys()

    def why_not(self, name: str) -> str:
        """Why a call (without arguments) does nothing: the past is shown, where nothing runs, asks or marks; "" where it
        does."""
        return REFUSED if self.past is not None and name in ONLY_NOW else ""

    def refuses(self, call: str) -> bool:
        """Whether a call does nothing, which is said."""
        if words := self.why_not(call.partition("(")[0]):
            self.say(words)
        return bool(words)

    def to_board(self) -> None:
        """Leave every screen above the board."""
        while self.is_in_view and len(self.screen_stack) > 1:
            self.pop_screen()

    def say(self, words: str, seconds: float = 4.0) -> None:
        """Say something at the foot of whatever is open; of a tab that is not in view, when it comes there."""
        if not self.is_in_view:
            self._unsaid = words, seconds
            return
        for foot in self.feet:
            foot.say(words, seconds)

    def say_unsaid(self) -> None:
        """Say now what there was to say while it was not in view, the last of it."""
        words, seconds = self._unsaid
        self._unsaid = "", 0.0
        if words:
            self.say(words, seconds)

    @property
    def feet(self) -> Iterable[Foot]:
        """The line at the foot of whatever is open."""
        return self.screen_stack[-1].query(Foot) if self.screen_stack else ()

    # What keys ask for. Names are those of the rows' calls.

    async def action_back(self) -> None:
        """One step out; on the board twice within 2 s quits."""
        if not await self._step_out():
            self.app.quit_at_second("q")

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

    def action_keys_help(self) -> None:
        """What the keys do here."""
        from sutaz_tui.tui.screens.help import HelpScreen

        focus = self.here.key_owner.focus_name
        self.push_screen(HelpScreen(focus, self.keymap_checked, self.notes, self.app.also, self.why_not))
