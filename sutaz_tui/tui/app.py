"""The app: begins the tabs of all configs that are open, hands keys down to the one in view, and leaves cleanly."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial, reduce
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.dom import DOMNode

from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.errors import SutazError
from sutaz_tui.process.garbage import look_from_now
from sutaz_tui.process.heap import give_back
from sutaz_tui.process.limits import refusal
from sutaz_tui.sources.event_loop import EventLoop
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.masking import Secrets
from sutaz_tui.text.sanitise import hide
from sutaz_tui.tui.in_app import InApp
from sutaz_tui.tui.keymap import EVERYWHERE
from sutaz_tui.tui.opened import Opened, first_fault
from sutaz_tui.tui.screens.base import BaseScreen, bindings
from sutaz_tui.tui.screens.log.actions import load_log
from sutaz_tui.tui.tabbed_app import TabbedApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from sutaz_tui.tui.terminal.compositor import FORGET_EVERY, forget_drawn
from widgets.foot import Foot
from widgets.service_map import ServiceMap

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo

TICK = 1.0
WRITTEN_WITHIN = 2.0
QUIT_WITHIN = 2.0
AGAIN = "{} again quits"


class SutazApp(TabbedApp):
    """Begins its tabs and closes them, and hands keys down to the one in view."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE)

    def __init__(
        self,
        config: Config | None = None,
        engine: Engine | None = None,
        stack: "Demo | None" = None,
        kept: StateFolder | None = None,
        terminal: Terminal | None = None,
        every: Sequence[Opened] = (),
        in_view: int = 0,
    ) -> None:
        super().__init__(terminal)
        self.writer = Writer(self._told_by_writer, self._in_loop)
        self.open_tabs(every or (Opened(config=config, engine=engine, kept=kept),), in_view, stack)
        self.reloaded: list[Opened] = []
        self._armed = ("", 0.0, 0)
        self._presses = 0
        self._has_mouse = False
        self._in_turn: asyncio.Task[None] | None = None

    # Coming and leaving

    def get_default_screen(self) -> BaseScreen:
        """The board itself: a screen below it would be laid out, styled and drawn first, for nobody."""
        return self.tab.board

    def on_mount(self) -> None:
        for tab in self.tabs:
            # Before it is a mode the first one's screen is not waited for.
            self.add_mode(tab.mode, partial(getattr, tab, "board"))
        self._dress()
        self.tab.recall()
        self.tab.come_into_view()
        # The first frame is painted before any client library is imported or any connection opened.
        self.call_after_refresh(self._begin)
        self.set_interval(TICK, self._tick)
        self.set_interval(FORGET_EVERY, forget_drawn)

    async def _begin(self) -> None:
        look_from_now()
        give_back()
        self._in_turn = self.keep(self._begin_others())

    async def _begin_others(self) -> None:
        """Begin the tab in view, then the others, one behind the other: two threads that import one library block each other."""
        first = self.tab
        await first.begin()
        # By now another may be in view, of which all was read when it came there.
        for tab in [tab for tab in self.tabs if tab is not first]:
            tab.recall()
            await tab.begin()
        await asyncio.to_thread(load_log)

    async def on_unmount(self) -> None:
        if self._in_turn is not None:
            self._in_turn.cancel()
        await asyncio.gather(*(tab.close() for tab in self.tabs))

    def _tick(self) -> None:
        for tab in self.tabs:
            tab.tick()

    def _in_loop(self, act: Callable[[], object]) -> None:
        """Do it in the app's own thread; nothing once the app has ended."""
        # The loop may be closed between the look and the call.
        with suppress(RuntimeError):
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(act)

    def _told_by_writer(self, words: str) -> None:
        if self.is_running:
            self.tab.say(words, 8)

    def suspended(self) -> None:
        for tab in self.tabs:
            tab.pause()

    def resumed(self) -> None:
        for tab in self.tabs:
            tab.resume()

    # What Textual hands over

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            # A key comes by again when nobody below took it.
            if not event.is_forwarded:
                self._presses += 1
                self._disarm()
            for tab in self.tabs:
                tab.pressed()
        await super().on_event(event)

    async def on_key(self, event: events.Key) -> None:
        await self.tab.take_key(event)

    def on_base_screen_resumed(self, _: BaseScreen.Resumed) -> None:
        self.tab.screen_resumed()
        self.tell_tabs()

    def on_service_map_selected(self, message: ServiceMap.Selected) -> None:
        self.tab.service_selected(message.service_id)

    def pasted(self, characters: int) -> None:
        self.tab.say(f"a paste of {characters} characters was ignored: it is not keys; / or : open a field")

    async def run_action(
        self,
        action: str | tuple[str, str, tuple[object, ...]],
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key or a command asks; in the past nothing that runs, asks or marks."""
        if isinstance(action, str) and self.tab.refuses(action):
            return True
        return await super().run_action(action, default_namespace, namespaces)

    # What keys ask for, of whatever tab. Names are those of the rows' calls.

    async def action_back(self) -> None:
        """One step out, in the tab's own way: Textual has an action of this name."""
        await self.tab.action_back()

    async def action_reload(self) -> None:
        """Open the boards of the configs as they are by now; where that in view is at fault, say so and stay."""
        if self.tab.again is None:
            self.tab.say("this board has no file to read again")
            return
        read = []
        for tab in self.tabs:
            one = tab.opened
            try:
                if tab.again is not None:
                    one.config = await asyncio.to_thread(tab.again)
            except SutazError as error:
                if tab is self.tab:
                    self.tab.say(f"config kept as it was: {first_fault(error)}", 15)
                    return
                one.fault = str(error)
            read.append(one)
        self.reloaded = read
        self.leave()

    def reopen(self, tab: InApp, instead: Opened) -> None:
        """Open the boards once more, one of them of something else."""
        self.reloaded = [one.opened for one in self.tabs]
        at = next(number for number, one in enumerate(self.tabs) if one is tab)
        instead.standing, self.reloaded[at] = self.reloaded[at].standing, instead
        self.leave()

    def quit_at_second(self, key: str) -> None:
        """Quit where this was the last key too, less than 2 s ago, else say that it does."""
        before, at, press = self._armed
        now = asyncio.get_running_loop().time()
        if (before, press) == (key, self._presses - 1) and now - at <= QUIT_WITHIN:
            self.exit(0)
        self._armed = key, now, self._presses
        self.tab.say(AGAIN.format(key), QUIT_WITHIN)

    def _disarm(self) -> None:
        """At the key behind the one that said so, it is no longer said; where it is the same one, it quits or says so anew."""
        key, _, press = self._armed
        if key and press == self._presses - 1:
            for foot in self.screen.query(Foot):
                foot.hush(AGAIN.format(key))

    def action_leave(self) -> None:
        """Quit."""
        self.exit(0)

    def action_mouse(self) -> None:
        """Mouse on or off."""
        self._has_mouse = not self._has_mouse
        self.set_mouse(self._has_mouse)
        self.tab.say(
            "mouse on: a click selects; F2 off" if self._has_mouse else "mouse off: the terminal selects text"
        )

    def action_repaint(self) -> None:
        """Paint the screen anew."""
        self.repaint()


def run_board(every: Sequence[Opened], stack: "Demo | None", terminal: Terminal) -> int:
    """Open the boards of these configs and stay until they are left; the exit code."""
    if stack is not None:
        stack.start()
    in_view = 0
    while every:
        known = [one.config.secrets for one in every if one.config is not None]
        secrets = reduce(Secrets.and_those_of, known) if known else Secrets()
        hide(secrets)
        app = SutazApp(stack=stack, terminal=terminal, every=every, in_view=in_view)
        code = asyncio.Runner(loop_factory=EventLoop).run(app.stay())
        told = app.writer.flush(WRITTEN_WITHIN)
        for tab in app.tabs:
            tab.let_go()
        every, in_view = app.reloaded if code == 0 else (), app.in_view
    if stack is not None and stack.has_died:
        told.append(f"the simulated stack ended by itself: {stack.last_words}")
    if app.crash is not None:
        from sutaz_tui.config.files import state_folder_if_any
        from sutaz_tui.output import crash

        told.append(refusal(app.crash) or crash.words(app.crash, state_folder_if_any(), secrets))
    # A terminal that vanished takes no words.
    with suppress(OSError):
        for words in told:
            print(words, file=sys.stderr)
    return code
