"""The app: opens the board, feeds it snapshots, passes keys to the engine, and leaves cleanly."""

import asyncio
import getpass
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType

from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Snapshot
from sutaz_tui.screens.board import BoardScreen
from sutaz_tui.screens.help import HelpScreen
from sutaz_tui.wiring import build
from widgets.service_map import ServiceMap

if TYPE_CHECKING:
    from sutaz_tui.demo import Demo

TERMINAL_LOOK = 1.0


class SutazApp(App[int]):
    """Shows what the engine tells."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "quit", show=False, priority=True)]

    def __init__(self, config: Config, engine: Engine | None = None, stack: "Demo | None" = None) -> None:
        super().__init__()
        self.config = config
        self.stack = stack
        badges = ("DEMO",) if stack is not None else ()
        self.engine = engine or build(config)
        self.board = BoardScreen(config, f"{_user()}@{socket.gethostname()}", badges)
        self._showing: asyncio.Task[None] | None = None

    def on_mount(self) -> None:
        if self.config.theme in self.available_themes:
            self.theme = self.config.theme
        self.push_screen(self.board)
        # The first frame is painted before any client library is imported or any connection opened.
        self.call_after_refresh(self._begin)
        self.set_interval(TERMINAL_LOOK, _leave_without_terminal)

    async def _begin(self) -> None:
        if self.stack is not None:
            await self.stack.listening()
        await self.engine.start()
        self._showing = asyncio.create_task(self._show())

    async def _show(self) -> None:
        async for snapshot in self.engine.snapshots():
            self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to the screens."""
        self.board.show(snapshot)

    async def on_unmount(self) -> None:
        if self._showing is not None:
            self._showing.cancel()
        await self.engine.stop()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.engine.key_pressed()
        await super().on_event(event)

    def on_service_map_selected(self, message: ServiceMap.Selected) -> None:
        self.engine.select(message.service_id)

    def action_ask_selected(self) -> None:
        """Ask the selected service at once."""
        self.engine.ask_now(self.board.map.selected)

    def action_ask_all(self) -> None:
        """Ask every service at once."""
        self.engine.ask_all()

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(HelpScreen())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _leave_without_terminal() -> None:
    """End when the terminal is gone: with SIGHUP ignored Textual would spin on its closed input for ever."""
    try:
        os.tcgetpgrp(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    except OSError:
        # Children die with their pipes, and there is no terminal left to restore.
        os._exit(129)


def run_board(config: Config, stack: "Demo | None") -> int:
    """Open the board and stay until it is left; the exit code."""
    if stack is not None:
        stack.start()
    app = SutazApp(config, stack=stack)

    async def main() -> int | None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, app.exit, 128 + number)
        return await app.run_async()

    return asyncio.Runner().run(main()) or app.return_code or 0
