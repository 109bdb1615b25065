"""The app: opens the board, feeds it snapshots, passes requests to the engine, and leaves cleanly."""

import asyncio
import getpass
import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events
from textual.binding import BindingType

from sutaz_tui.config import Config
from sutaz_tui.config.notifiers import is_of_board
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.store import Store
from sutaz_tui.errors import ConfigError, SutazError
from sutaz_tui.process import time_zone
from sutaz_tui.process.garbage import look_from_now
from sutaz_tui.process.limits import refusal
from sutaz_tui.sources.event_loop import EventLoop
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.left import Left
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.sanitise import hide, one_line
from sutaz_tui.tui.attached import AttachedActions
from sutaz_tui.tui.keymap import EVERYWHERE, check_keymap, renamed
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.board.screen import BoardScreen
from sutaz_tui.tui.screens.log.actions import load_log
from sutaz_tui.tui.terminal.capabilities import Terminal
from sutaz_tui.tui.terminal.themes import theme_fault
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.engine import build, build_attached
from widgets.prompt import Prompt
from widgets.service_map import ServiceMap
from widgets.sparkline import ASCII, BLOCKS

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo

    # At run time these would bring SQLite before the first frame.
    from sutaz_tui.state.history.recorder import Recorder

TICK = 1.0
WRITTEN_WITHIN = 2.0


class SutazApp(AttachedActions):
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
        again: Callable[[], Config] | None = None,
        before: Store | None = None,
    ) -> None:
        super().__init__(terminal)
        self._again = again
        self._before = before
        self.reloaded: Config | None = None
        self.config = config
        self.stack = stack
        self.clients = SharedClients(config)
        self.engine = engine or (
            build(config, clients=self.clients) if stack is not None else build_attached(config, self.clients)
        )
        self.engine.said = self.told_of_recorder
        self.kept = kept or StateFolder(config)
        self.keymap_checked, faults = check_keymap(config.keymap)
        own = [f"keymap: {words}" for words in faults.values()] + renamed(config.keymap)
        if fault := theme_fault(config.theme):
            own.append(f"theme: {fault}")
        else:
            self.theme = self.terminal.theme(config.theme)
        notes = (*self.terminal.notes, time_zone.settle(), *self.kept.notes, *config.warnings, *own)
        self.notes = tuple(note for note in notes if note)
        host = f"{_user()}@{platform.node()}"
        needed_by = self.engine.store.dependencies.needed_by
        signs = BLOCKS if self.terminal.has_blocks else ASCII
        self.board = BoardScreen(config, self.engine.services, needed_by, host, self._badges(), signs)
        self.board.log_height = config.logs.height
        self._showing: asyncio.Task[None] | None = None
        self._recording: asyncio.Task[None] | None = None
        self._left_at: datetime | None = None
        self.writer = Writer(self._told_by_writer, self._in_loop)
        self.known = KnownMarks(self.engine, self.kept.known, self.writer, _user())
        self.recorder: Recorder | None = None

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
            self._left_at = picture[1]
        self.known.load()
        if self._before is not None:
            # It was open until a moment ago: nothing was missed.
            self._left_at = None
            self.engine.store.carry(self._before)
        if self.stack is None:
            self._begin_as_left()
        self.board.show(self.engine.snapshot())
        # The first frame is painted before any client library is imported or any connection opened.
        self.call_after_refresh(self._begin)
        self.set_interval(TICK, self.tick)

    def _begin_as_left(self) -> None:
        """Begin with what was filtered, selected and chosen when the board was left."""
        left = self.kept.load_left().over(self.config.theme, self.config.logs.height)
        if left.theme in self.available_themes:
            self.chosen_theme = left.theme
            self.theme = self.terminal.theme(left.theme)
        if left.log_height:
            self.board.log_height, self.board.is_height_chosen = left.log_height, True
        self.board.left = left

    def _left(self) -> Left:
        height, over = self.board.log_height, (self.config.theme, self.config.logs.height)
        return Left(
            self.board.filtered_by,
            self.board.service_id,
            self.board.is_zoomed,
            self.chosen_theme,
            height if height != self.config.logs.height else 0,
            over,
        )

    async def _begin(self) -> None:
        look_from_now()
        if notes := self.notes:
            more = f"  (+{len(notes) - 1} more: ?)" if len(notes) > 1 else ""
            self.say(notes[0] + more, 8)
        if self.stack is not None:
            await self.stack.listening()
            from sutaz_tui.demo.control import HINT

            # What is wrong here is said first.
            if not self.notes:
                self.say(HINT, 12)
        elif fault := await asyncio.to_thread(self._recall):
            self.notes = (*self.notes, fault)
            self.say(fault, 8)
        if self._before is not None:
            # What is remembered in the file was added to it: what was seen itself is all there is.
            self.engine.store.carry(self._before)
            self._before = None
            self.say("the config was read again")
        opened = self.engine.clock.now()
        await self.engine.start()
        self._showing = self.keep(self._show())
        if self.recorder is not None:
            self._recording = self.keep(self.recorder.run())
        await self.engine.loaded()
        await self.checks.open()
        if self.stack is None:
            self.keep(self.checks.follow(self.memory.path if self.memory is not None else None))
        await self._tell_what_was_missed(opened)
        if self.recorder is not None and self.config.checks.every:
            recorder = self.recorder
            timed = self.checks.timed(
                lambda: recorder.is_writing, lambda words: recorder.note("checks", words)
            )
            self.keep(timed.run())
        if any(map(is_of_board, self.config.notify)) and self.stack is None:
            self.keep(self._notify())
        await asyncio.to_thread(load_log)

    async def _notify(self) -> None:
        """Tell people of what is news, where that is for boards to do."""
        from sutaz_tui.state.notify.notifying import Notifying, Watching

        path = self.memory.path if self.memory is not None else None
        watching = Watching(results=lambda: self.checks.runs.results, ring=self.send)
        await Notifying(self.config, self.engine, path, True, self.told_of_recorder, watching).run()

    def _recall(self) -> str:
        """What is remembered of the stack, and who goes on with it; "" or why that cannot be read."""
        from sutaz_tui.state.history.memory import Memory

        self.memory = Memory(self.config, "the board", self.kept.folder_if_any)
        self.recorder = self.memory.recorder(self.engine, self.writer)
        return self.memory.recall(self.engine.store)

    async def _tell_what_was_missed(self, opened: datetime) -> None:
        """Say what happened from when this board was left to when it was opened, where a recorder saw it."""
        if self.memory is not None and self._left_at is not None:
            needed_by = self.engine.store.dependencies.needed_by
            red = await self.checks.turned_red(self._left_at)
            words = await asyncio.to_thread(self.memory.since, self._left_at, opened, needed_by, red)
            if words:
                self.board.since_left = words
                self.show(self.engine.snapshot())
                self.say(f"{words}   H", 10)

    async def _show(self) -> None:
        async for snapshot in self.engine.snapshots():
            self.show(snapshot)

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
        if self._recording is not None and self.recorder is not None:
            self._recording.cancel()
            self.recorder.close()
        snapshot = self.engine.snapshot()
        if self.stack is None:
            self.kept.save_picture(snapshot, self.writer)
            self.kept.save_left(self._left(), self.writer)
        await self.close_logs()
        if "checks" in self.__dict__:
            await self.checks.aclose()
        await self.engine.stop()
        await self.clients.aclose()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            # A key comes by again when nobody below took it.
            self._presses += not event.is_forwarded
            self.engine.key_pressed()
            self.key_pressed()
            self.here.key_pressed()
        await super().on_event(event)

    def pasted(self, characters: int) -> None:
        self.say(f"a paste of {characters} characters was ignored: it is not keys; / or : open a field")

    def suspended(self) -> None:
        self.engine.poller.pause()

    def resumed(self) -> None:
        self.engine.poller.resume()

    def on_service_map_selected(self, message: ServiceMap.Selected) -> None:
        if self.past is None:
            self.engine.select(message.service_id)

    # What keys ask for. Names are those of the rows' calls.

    async def action_reload(self) -> None:
        """Open the board of the config as it is by now; where that is at fault, say so and stay."""
        if self._again is None:
            self.say("this board has no file to read again")
            return
        try:
            config = await asyncio.to_thread(self._again)
        except SutazError as error:
            problems = error.problems if isinstance(error, ConfigError) else []
            first = str(replace(problems[0], file=Path(problems[0].file).name)) if problems else str(error)
            count = f" (+{len(problems) - 1} more: sutaz-tui config check)" if len(problems) > 1 else ""
            self.say(f"config kept as it was: {one_line(first, 200)}{count}", 15)
            return
        self.reloaded = config
        self.leave()

    def action_cancel(self) -> None:
        """Cancel what is typed, offered or runs; where nothing is, twice within 2 s quits."""
        if self.drop_count():
            self.say("cancelled")
        elif self.screen.query(Prompt):
            self.here.close_prompts()
        elif (panel := self.log_panel) is not None and panel.session.drop_request():
            self.say("cancelled")
        elif self.checks.runs.is_running or self.is_repeating:
            self.action_drop()
        else:
            self.quit_at_second("ctrl+c")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def run_board(
    config: Config, stack: "Demo | None", terminal: Terminal, again: Callable[[], Config] | None = None
) -> int:
    """Open the board and stay until it is left; the exit code. `again` reads the config once more."""
    if stack is not None:
        stack.start()
    reopened: Config | None = config
    before: Store | None = None
    while reopened is not None:
        config = reopened
        hide(config.secrets)
        app = SutazApp(config, stack=stack, terminal=terminal, again=again, before=before)
        code = asyncio.Runner(loop_factory=EventLoop).run(app.stay())
        told = app.writer.flush(WRITTEN_WITHIN)
        if app.recorder is not None:
            app.recorder.let_go()
        reopened, before = app.reloaded if code == 0 else None, app.engine.store
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
