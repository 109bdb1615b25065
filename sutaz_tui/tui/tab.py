"""A tab: one config with all that watches it, its board, and how it is begun and left."""

import asyncio
import getpass
import os
import platform
from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.config.notifiers import is_of_board
from sutaz_tui.model import GLYPHS, Status
from sutaz_tui.process import time_zone
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.left import Left
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.attached import AttachedActions
from sutaz_tui.tui.keymap import check_keymap, renamed
from sutaz_tui.tui.opened import Opened
from sutaz_tui.tui.screens.board.screen import BoardScreen
from sutaz_tui.tui.standing import Standing, stand_again, standing_of
from sutaz_tui.tui.terminal.themes import theme_fault
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.engine import build, build_attached
from widgets.foot import SAID_FOR
from widgets.prompt import Prompt
from widgets.sparkline import ASCII, BLOCKS
from widgets.tabs_line import TabMark

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo

    # At run time these would bring SQLite before the first frame.
    from sutaz_tui.state.history.recorder import Recorder
    from sutaz_tui.tui.app import SutazApp


class Tab(AttachedActions):
    """Shows what the engine of one config tells, and hands it what the keys ask.

    `title` is what its tab says. Its state, marks and history are the config's own; it is polled whether it is in view or not.
    """

    def __init__(
        self,
        app: "SutazApp",
        mode: str,
        opened: Opened,
        config: Config,
        stack: "Demo | None" = None,
    ) -> None:
        super().__init__(app, mode)
        self.title = opened.title or config.env
        self.mark = TabMark(one_line(self.title, 20).upper(), GLYPHS[Status.UNKNOWN], "unknown")
        self.again = opened.again
        self._before, self._said = opened.before, opened.said
        self._standing = opened.standing
        self.unwritten = opened.unwritten
        self.opened_as = opened.title
        self.config = config
        self.stack = stack
        self.clients = SharedClients(config)
        self.engine = opened.engine or (
            build(config, clients=self.clients) if stack is not None else build_attached(config, self.clients)
        )
        self.engine.said = self.told_of_recorder
        self.kept = opened.kept or StateFolder(config)
        self.keymap_checked, faults = check_keymap(config.keymap)
        own = [f"keymap: {words}" for words in faults.values()] + renamed(config.keymap)
        fault = theme_fault(config.theme)
        if fault:
            own.append(f"theme: {fault}")
        self.theme = app.theme if fault else config.theme
        notes = (*self.terminal.notes, time_zone.settle(), *self.kept.notes, *config.warnings, *own)
        self.notes = tuple(note for note in notes if note)
        host = f"{_user()}@{platform.node()}"
        needed_by = self.engine.store.dependencies.needed_by
        signs = BLOCKS if self.terminal.has_blocks else ASCII
        self.board = BoardScreen(config, self.engine.services, needed_by, host, self._badges(), signs)
        self.board.log_height = config.logs.height
        self.board.held = self.held
        self._showing: asyncio.Task[None] | None = None
        self._recording: asyncio.Task[None] | None = None
        self._left_at: datetime | None = None
        self._was_in_view = self._is_recalled = False
        self._watched = ""
        self.known = KnownMarks(self.engine, self.kept.known, self.writer, _user())
        self.recorder: Recorder | None = None

    def _badges(self) -> tuple[str, ...]:
        badges = ["DEMO"] if self.stack is not None else []
        if self.held:
            badges.append("DOCKER ALONE")
        tls = [service.tls for service in self.config.services] + [
            source.tls for source in self.config.sources.values()
        ]
        if any(one is not None and one.verify == "insecure" for one in tls):
            badges.append("TLS NOT VERIFIED")
        return tuple(badges)

    # Coming

    def recall(self) -> None:
        """Begin with what is kept in files, once: the last picture, the marks, and how the board was left."""
        if self._is_recalled:
            return
        self._is_recalled = True
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

    def _begin_as_left(self) -> None:
        """Begin with what was filtered, selected and chosen when the board was left."""
        left = self.kept.load_left().over(self.config.theme, self.config.logs.height)
        if left.theme in self.themes:
            self.chosen_theme = left.theme
            self.choose_theme(left.theme)
        if left.log_height:
            self.board.log_height, self.board.is_height_chosen = left.log_height, True
        self.board.left = left

    def come_into_view(self) -> None:
        """Its screens are what the reader sees from here on."""
        self._was_in_view = True
        if self.past is None:
            self.engine.select(self._watched)
            self.show(self.engine.snapshot())
        if self.has_checks:
            self.checks_changed()
        # Behind the first frame of it.
        self.call_after_refresh(self.say_unsaid)
        if self._standing is not None:
            self.call_after_refresh(stand_again, self, self._standing)
            self._standing = None

    def go_out_of_view(self) -> None:
        """Another tab comes into view: it is polled as if nothing were selected."""
        self.drop_count()
        self._watched = self.engine.rhythm.selected
        self.engine.select("")

    async def begin(self) -> None:
        """Poll, record and load what only keys need; returns when all is there."""
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
            self.say(self._said or "the config was read again", 15 if self._said else SAID_FOR)
        opened = self.engine.clock.now()
        await self.engine.start()
        self._showing = self.keep(self._show())
        if self.recorder is not None:
            self._recording = self.keep(self.recorder.run())
        await self.engine.loaded()
        await self.checks.open()
        if self.stack is None:
            self.keep(self.checks.follow(self.look_whose))
        await self._tell_whose()
        await self._tell_what_was_missed(opened)
        if self.recorder is not None and self.config.checks.every:
            recorder = self.recorder
            timed = self.checks.timed(
                lambda: recorder.is_writing, lambda words: recorder.note("checks", words)
            )
            self.keep(timed.run())
        if any(map(is_of_board, self.config.notify)) and self.stack is None:
            self.keep(self._notify())

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
            words = await asyncio.to_thread(
                self.memory.since, self._left_at, opened, needed_by, red, self.engine.link
            )
            if words:
                self.board.since_left = words
                self.show(self.engine.snapshot())
                self.say(f"{words}   H", 10)

    async def _tell_whose(self) -> None:
        """Say where the history of the recorder that polls for us cannot be read."""
        whose = await asyncio.to_thread(self.look_whose)
        if whose is not None and whose.fault:
            self.notes = (*self.notes, whose.fault)
            self.say(whose.fault, 10)

    async def _show(self) -> None:
        async for snapshot in self.engine.snapshots():
            self.show(snapshot)

    @property
    def standing(self) -> Standing | None:
        """Where the reader is; None where it never was in view."""
        return standing_of(self) if self._was_in_view else self._standing

    @property
    def opened(self) -> Opened:
        """The same once more, as it is known by now."""
        return Opened(
            self.opened_as,
            self.again,
            self.config,
            before=self.engine.store,
            unwritten=self.unwritten,
            standing=self.standing,
        )

    # Going

    def _left(self) -> Left:
        if not self._was_in_view:
            return self.board.left
        height, over = self.board.log_height, (self.config.theme, self.config.logs.height)
        return Left(
            self.board.filtered_by,
            self.board.service_id,
            self.board.is_zoomed,
            self.chosen_theme,
            height if height != self.config.logs.height else 0,
            over,
        )

    async def close(self) -> None:
        """Keep how it was left, and let go of everything."""
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

    def let_go(self) -> None:
        """Let another program write the history: all was written."""
        if self.recorder is not None:
            self.recorder.let_go()

    # What the app hands down

    def pressed(self) -> None:
        """A key came by: somebody looks, at this tab or another."""
        self.engine.key_pressed()
        if self.is_in_view:
            self.key_pressed()
            self.here.key_pressed()

    def pause(self) -> None:
        """Ask nobody for a while."""
        self.engine.poller.pause()

    def resume(self) -> None:
        """Go on."""
        self.engine.poller.resume()

    @property
    def is_own_history(self) -> bool:
        return self._read_of is not None and bool(self._read_of.fault)

    def service_selected(self, service_id: str) -> None:
        """The cursor stands on a service."""
        if self.past is None and service_id == self.board.service_id:
            self.engine.select(service_id)

    def action_cancel(self) -> None:
        """Cancel what is typed, offered or runs; where nothing is, twice within 2 s quits."""
        if self.drop_count():
            self.say("cancelled")
        elif self.app.screen.query(Prompt):
            self.here.close_prompts()
        elif (panel := self.log_panel) is not None and panel.session.drop_request():
            self.say("cancelled")
        elif self.checks.runs.is_running or self.is_repeating:
            self.action_drop()
        else:
            self.app.quit_at_second("ctrl+c")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
