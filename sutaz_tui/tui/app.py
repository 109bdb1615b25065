"""The app: opens the board, feeds it snapshots, passes requests to the engine, and leaves cleanly."""

import asyncio
import getpass
import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType

from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Snapshot
from sutaz_tui.process import time_zone
from sutaz_tui.process.garbage import look_from_now
from sutaz_tui.process.limits import refusal
from sutaz_tui.sources.event_loop import EventLoop
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.sanitise import hide
from sutaz_tui.tui.bindings import bindings
from sutaz_tui.tui.counts import CountActions
from sutaz_tui.tui.keys import BOARD, EVERYWHERE, check_keymap
from sutaz_tui.tui.screens.board.screen import BoardScreen
from sutaz_tui.tui.screens.log.actions import load_log
from sutaz_tui.tui.screens.service import ServiceScreen
from sutaz_tui.tui.terminal.app import TerminalApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.engine import build
from widgets.foot import Foot
from widgets.prompt import Prompt
from widgets.service_map import ServiceMap
from widgets.service_words import plain_line

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo

TICK = 1.0
QUIT_WITHIN = 2.0
WRITTEN_WITHIN = 2.0
FOOT = " j/k move  Enter why  l log  c cause  ! trouble  r ask  / find  : command  ? help"
SLOWEST = 8.0


class SutazApp(CountActions, TerminalApp):
    """Shows what the engine tells, and hands it what the keys ask."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE)

    def __init__(
        self,
        config: Config,
        engine: Engine | None = None,
        stack: "Demo | None" = None,
        kept: StateFolder | None = None,
        terminal: Terminal | None = None,
    ) -> None:
        super().__init__(terminal)
        self.config = config
        self.stack = stack
        self.clients = SharedClients(config)
        self.engine = engine or build(config, clients=self.clients)
        self.kept = kept or StateFolder(config)
        self.keymap_checked, problems = check_keymap(config.keymap)
        notes = (*self.terminal.notes, time_zone.settle(), *self.kept.notes, *config.warnings, *problems)
        self._notes = tuple(note for note in notes if note)
        host = f"{_user()}@{platform.node()}"
        needed_by = self.engine.store.dependencies.needed_by
        self.board = BoardScreen(config, self.engine.services, needed_by, host, FOOT, self._badges())
        self.board.log_height = config.logs.height
        self._showing: asyncio.Task[None] | None = None
        self._quit_pressed = 0.0
        self._has_mouse = False
        self.writer = Writer(self._told_by_writer, self._in_loop)
        self.known = KnownMarks(self.engine, self.kept.known, self.writer, _user())
        if config.theme in self.available_themes:
            self.theme = self.terminal.theme(config.theme)

    def get_default_screen(self) -> BoardScreen:
        """The board itself: a screen below it would be laid out, styled and drawn first, for nobody."""
        return self.board

    def _badges(self) -> tuple[str, ...]:
        badges = ["DEMO"] if self.stack is not None else []
        tls = [service.tls for service in self.config.services] + [
            source.tls for source in self.config.sources.values()
        ]
        if any(one is not None and one.verify == "insecure" for one in tls):
            badges.append("TLS NOT VERIFIED")
        return tuple(badges)

    def on_mount(self) -> None:
        self.set_keymap(self.keymap_checked)
        if self.stack is None and (picture := self.kept.load_picture()) is not None:
            self.engine.store.remember(*picture)
        self.known.load()
        self.board.show(self.engine.snapshot())
        # The first frame is painted before any client library is imported or any connection opened.
        self.call_after_refresh(self._begin)
        self.set_interval(TICK, self._tick)

    async def _begin(self) -> None:
        look_from_now()
        if notes := self._notes:
            more = f"  (+{len(notes) - 1} more: ?)" if len(notes) > 1 else ""
            self.say(notes[0] + more, 8)
        if self.stack is not None:
            await self.stack.listening()
        await self.engine.start()
        self._showing = self.keep(self._show())
        await self.engine.loaded()
        await self.checks.open()
        await asyncio.to_thread(load_log)

    async def _show(self) -> None:
        async for snapshot in self.engine.snapshots():
            self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to the screens; nothing while the app ends, which closes them first."""
        if not self.screen_stack:
            return
        self.board.show(snapshot)
        self.known.keep()
        if isinstance(self.screen, ServiceScreen):
            self.screen.show(snapshot.at)
        elif (screen := self.log_screen) is not None:
            screen.show()

    def _tick(self) -> None:
        self.board.tick(self.engine.snapshot())
        self.known.merge()

    def _in_loop(self, act: Callable[[], object]) -> None:
        """Do it in the app's own thread; nothing once the app has ended."""
        # The loop may be closed between the look and the call.
        with suppress(RuntimeError):
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(act)

    def _told_by_writer(self, words: str) -> None:
        if self.is_running:
            self.say(words, 8)

    async def on_unmount(self) -> None:
        if self._showing is not None:
            self._showing.cancel()
        snapshot = self.engine.snapshot()
        if self.stack is None:
            self.kept.save_picture(snapshot, self.writer)
        await self.close_logs()
        if "checks" in self.__dict__:
            await self.checks.aclose()
        await self.engine.stop()
        await self.clients.aclose()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.engine.key_pressed()
            if self.stop_waiting():
                return
        await super().on_event(event)

    def pasted(self, characters: int) -> None:
        self.say(f"a paste of {characters} characters was ignored: it is not keys; / or : open a field")

    def suspended(self) -> None:
        self.engine.poller.pause()

    def resumed(self) -> None:
        self.engine.poller.resume()

    def on_service_map_selected(self, message: ServiceMap.Selected) -> None:
        self.engine.select(message.service_id)

    def say(self, words: str, seconds: float = 4.0) -> None:
        """Say something at the foot of the screen that is open."""
        for foot in self.screen.query(Foot):
            foot.say(words, seconds)

    @property
    def selected(self) -> str:
        """The id of the service that keys speak of."""
        return self.screen.service_id if isinstance(self.screen, ServiceScreen) else self.board.map.selected

    # What keys ask for. Names are those of the key table's calls.

    async def action_back(self) -> None:
        """One step out; on the board twice within 2 s quits."""
        if self.is_in_log:
            await self.log_back()
            return
        if len(self.screen_stack) > 1:
            self.pop_screen()
            return
        if self.board.is_filtered:
            self.board.filter("")
            self.say("all services")
        elif not self.board.leave_causes():
            now = asyncio.get_running_loop().time()
            if now - self._quit_pressed <= QUIT_WITHIN:
                self.exit(0)
            self._quit_pressed = now
            self.say("q again quits", QUIT_WITHIN)

    def action_leave(self) -> None:
        """Quit."""
        self.exit(0)

    def action_cancel(self) -> None:
        """Cancel what is typed, offered or runs, else quit."""
        if self.drop_count():
            self.say("cancelled")
        elif self.screen.query(Prompt):
            self.close_prompts()
        elif self.checks.runs.is_running:
            self.action_drop()
        else:
            self.exit(0)

    def action_keys_help(self) -> None:
        """What the keys do here."""
        from sutaz_tui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.focus or BOARD, self.keymap_checked, self._notes))

    def action_open(self) -> None:
        """Open the selected service whole."""
        ids = [service.id for service in self.engine.services]
        titles = {service.id: service.title for service in self.engine.services}
        now = self.engine.clock.now
        self.push_screen(
            ServiceScreen(self.board.map.selected, ids, titles, self.board.state, self.board.needed_by, now)
        )

    def action_ask(self) -> None:
        """Ask the selected service at once."""
        self.engine.ask_now(self.selected)
        self.say(f"asking {self.selected}")

    def action_ask_all(self) -> None:
        """Ask every service at once."""
        self.engine.ask_all()
        self.say("asking every service")

    def action_slower(self) -> None:
        """Ask everything half as often."""
        self._set_slower(min(SLOWEST, self.engine.rhythm.slower * 2))

    def action_usual(self) -> None:
        """Ask as often as the config says."""
        self._set_slower(1.0)

    def _set_slower(self, factor: float) -> None:
        self.engine.rhythm.slower = factor
        self.engine.poller.reconsider()
        self.board.head.set_badge("slower", f"1/{factor:g} AS OFTEN" if factor > 1 else "")
        self.say(
            f"asking 1/{factor:g} as often; + back to the config's"
            if factor > 1
            else "asking as the config says"
        )

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

    def action_find(self) -> None:
        """Find a service."""
        self.board.open_prompt(Prompt("find", "find: name, word or summary"))

    def action_filter(self) -> None:
        """Show only what matches."""
        self.board.open_prompt(Prompt("filter", "show only (!text: all but)"))

    def action_command(self) -> None:
        """Type a command."""
        from sutaz_tui.tui.commands import command_words

        groups = [group.id for group in self.config.groups]
        words = command_words(self.engine.services, groups, sorted(self.available_themes))
        prompt = Prompt("command", "command, service or group; Tab completes", completions=words)
        if (screen := self.log_screen) is not None:
            screen.open_prompt(prompt)
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.board.open_prompt(prompt)

    def close_prompts(self) -> None:
        """Give the keys back to who had them before a line was typed."""
        (self.log_screen or self.board).close_prompts()

    def action_palette(self) -> None:
        """Choose a command from a list."""
        from textual.command import CommandPalette

        from sutaz_tui.tui.palette import Commands

        self.push_screen(CommandPalette(providers=[Commands], placeholder="command"))

    async def action_run_command(self, word: str) -> None:
        """Do what a command says."""
        from sutaz_tui.tui.commands import understand

        order = understand(word, self.engine.services, self.available_themes)
        match order.verb:
            case "run":
                namespace = (
                    self.board if hasattr(self.board, f"action_{order.object.partition('(')[0]}") else self
                )
                await self.run_action(order.object, namespace)
            case "log":
                await self.run_in_log(order.object)
            case "logs":
                await self.open_logs(order.object)
            case "log-height":
                self.set_log_height(int(order.object))
            case "select":
                self.board.map.select(order.object)
            case "theme":
                self.theme = order.object
            case "find":
                self.board.find(order.object)
            case "filter":
                self.board.filter(order.object)
            case _:
                self.say(order.object)

    def action_known(self) -> None:
        """Mark the selected trouble as known, or unmark it."""
        if (state := self.board.state(self.selected)) is None:
            return
        question, words = self.known.toggle(state)
        if question:
            self.board.open_prompt(Prompt("known-reason", question))
        else:
            self.say(words)

    def _shown(self) -> str:
        opened = self.screen if isinstance(self.screen, ServiceScreen) else self.checks_screen
        return self.board.as_text() if opened is None else opened.text

    def _line(self) -> str:
        if isinstance(self.screen, ServiceScreen):
            return self.config.secrets.mask(self.screen.copied_line)
        if (screen := self.checks_screen) is not None:
            return self.config.secrets.mask(self.checks.copied_line(screen.list.selected))
        state = self.board.state(self.selected)
        return self.config.secrets.mask(plain_line(state)) if state is not None else ""

    def on_prompt_typed(self, message: Prompt.Typed) -> None:
        if message.purpose == "filter":
            self.board.filter(message.text)
        else:
            self.log_typed(message.purpose, message.text)

    def on_prompt_given_up(self, message: Prompt.GivenUp) -> None:
        if message.purpose == "filter":
            self.board.filter("")
        else:
            self.log_given_up(message.purpose)
        self.close_prompts()

    async def on_prompt_entered(self, message: Prompt.Entered) -> None:
        text = message.text.strip()
        self.close_prompts()
        match message.purpose:
            case "find":
                self.board.find(text)
            case "filter":
                self.board.filter(text)
            case "command":
                await self.action_run_command(text)
            case "log-find" | "log-filter" | "log-time":
                self.log_entered(message.purpose, text)
            case "known-reason" if text:
                self.board.open_prompt(Prompt("known-until", self.known.because(text)))
            case "known-until":
                self.say(self.known.until(text), 8)
            case _:
                self.say("not marked: a reason is needed")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def run_board(config: Config, stack: "Demo | None", terminal: Terminal) -> int:
    """Open the board and stay until it is left; the exit code."""
    hide(config.secrets)
    if stack is not None:
        stack.start()
    app = SutazApp(config, stack=stack, terminal=terminal)
    code = asyncio.Runner(loop_factory=EventLoop).run(app.stay())
    told = app.writer.flush(WRITTEN_WITHIN)
    if stack is not None and stack.has_died:
        told.append(f"the simulated stack ended by itself: {stack.last_words}")
    if app.crash is not None:
        from sutaz_tui.config.files import state_folder_if_any
        from sutaz_tui.output import crash

        told.append(refusal(app.crash) or crash.words(app.crash, state_folder_if_any(), config.secrets))
    # A terminal that vanished takes no words.
    with suppress(OSError):
        for words in told:
            print(words, file=sys.stderr)
    return code
