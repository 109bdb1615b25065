"""An app that keeps its manners in any terminal: slow, small in colours, suspended, pasted into, or gone.

It knows nothing of what it shows; `SutazApp` is one.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Sequence
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input

from sutaz_tui.process.signals import on_ending
from sutaz_tui.tui.terminal.ascii_lines import AsciiLines, in_ascii
from sutaz_tui.tui.terminal.capabilities import Terminal
from sutaz_tui.tui.terminal.driver import ASK_BRACKETS, OwnDriver, TerminalDriver
from sutaz_tui.tui.terminal.key_turns import KeyTurns
from sutaz_tui.tui.terminal.themes import themes

# A shutdown that takes longer than this is cut short: the terminal is given back and the process ends.
LEAVE_WITHIN = 1.5
BEAT = 5.0
"""Seconds after which a page in a browser hears something; it says itself when nothing came for longer."""
GONE = 128 + signal.SIGHUP


class TerminalApp(App[int]):
    """Draws for `terminal`; `stay` runs it and gives the exit code.

    Subclasses may say what to do when it is `suspended` and `resumed` and when something was `pasted` that no field
    took. `crash` is the error that ended it, None when none did; nothing of it is printed here.
    """

    def __init__(self, terminal: Terminal | None = None) -> None:
        self.terminal = terminal or Terminal()
        self._ascii = [AsciiLines()] if self.terminal.ascii_only else []
        self._frames_held = contextlib.ExitStack()
        self._is_holding = False
        self._has_missed = False
        self._deadline: threading.Timer | None = None
        self._is_staying = False
        self._is_gone = False
        self._turns = KeyTurns(self)
        self._window_title = ""
        driver: type[OwnDriver] = TerminalDriver
        if self.terminal.is_web:
            from sutaz_tui.tui.terminal.web_driver import WebPageDriver

            driver = WebPageDriver
        super().__init__(driver_class=driver, ansi_color=True if self.terminal.is_ansi else None)
        # Nothing moves by itself, and every step of a movement would cost a frame of the line.
        self.animation_level = "none"
        for theme in themes():
            self.register_theme(theme)
        self.theme = self.terminal.theme(self.theme)

    # What a subclass may fill in.

    def suspended(self) -> None:
        """The reader goes back to the shell for a while."""

    def resumed(self) -> None:
        """The reader is back; the screen is being repainted."""

    def pasted(self, characters: int) -> None:
        """So many characters were pasted where there is no field: they were ignored."""

    # Coming and leaving.

    @property
    def crash(self) -> Exception | None:
        """The error that ended the app."""
        return self._exception

    async def stay(self) -> int:
        """Run until the reader, a signal or the terminal ends it.

        0 when the reader left, 128 + n for signal n, 129 when the terminal vanished, 1 after an error.
        """
        on_ending(asyncio.get_running_loop(), self.leave)
        self._is_staying = True
        try:
            result = await self.run_async(mouse=False)
        finally:
            self._is_staying = False
            # With the terminal gone nothing that is tidied up after us may take longer either.
            if self._deadline is not None and not self._is_gone:
                self._deadline.cancel()
        return 1 if self.crash is not None else result or self.return_code or 0

    def leave(self, code: int = 0) -> None:
        """End with this exit code."""
        self._leave_in_time(code)
        self.exit(code)

    def exit(
        self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """End, within a bounded time whatever still hangs."""
        self._leave_in_time(result or return_code)
        super().exit(result, return_code, message)

    def vanished(self) -> None:
        """The terminal is gone; called by the driver's threads."""
        self._is_gone = True
        self._leave_in_time(GONE)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.leave, GONE)

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do this beside everything else; an error in it ends the app, where asyncio alone would say nothing."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and isinstance(error := task.exception(), Exception):
                self._handle_exception(error)

        task = asyncio.create_task(work)
        task.add_done_callback(ended)
        return task

    def _leave_in_time(self, code: int) -> None:
        if not self._is_staying or self._deadline is not None:
            return

        def end() -> None:
            if (driver := self.driver) is not None:
                driver.restore()
            # Children die with their pipes.
            os._exit(code)

        self._deadline = threading.Timer(LEAVE_WITHIN, end)
        self._deadline.daemon = True
        self._deadline.start()

    def _fatal_error(self) -> None:
        # Textual would render the traceback with the values of all local variables, and print it.
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    # Drawing.

    @property
    def driver(self) -> OwnDriver | None:
        """The way to the terminal, None when there is none (before the start, in tests without one)."""
        return self._driver if isinstance(self._driver, OwnDriver) else None

    @property
    def is_backed_up(self) -> bool:
        """Whether the terminal has not taken yet what was drawn last: a frame more would only make it later."""
        return self.driver is not None and self.driver.is_backed_up

    def repaint(self) -> None:
        """Draw every cell anew, whatever stands on the screen."""
        if self.screen_stack:
            self.refresh(layout=True)
            self.screen.refresh()

    def send(self, sequence: str) -> None:
        """Write an escape sequence to the terminal, behind what is drawn."""
        if self.driver is not None:
            self.driver.write(sequence)

    def set_window_title(self, title: str) -> None:
        """Show a title on the terminal's window, until it is given back."""
        if title != self._window_title and self.driver is not None:
            self._window_title = title
            self.driver.set_title(in_ascii(title) if self.terminal.ascii_only else title)

    def set_mouse(self, is_on: bool) -> None:
        """Switch the mouse on or off; while it is off the terminal itself selects text with it."""
        if self.driver is not None:
            self.driver.set_mouse(is_on)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line passes before it is drawn."""
        return [*super().get_line_filters(), *self._ascii]

    def post_display_hook(self) -> None:
        """Hold further frames until the terminal has taken this one: changes gather meanwhile, and keys are heard."""
        if self._is_holding or not self.is_backed_up:
            return
        self._is_holding = True
        self._frames_held.enter_context(self.batch_update())
        if not self.is_backed_up:
            # It was taken between the two looks, and nobody will tell.
            self._release_frames()

    def drained(self) -> None:
        """The terminal has taken everything; called by the driver's writer thread."""
        if self._is_holding and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._release_frames)

    def _release_frames(self) -> None:
        if not self._is_holding or self.is_backed_up:
            return
        self._is_holding = False
        self._frames_held.close()
        if self.screen_stack:
            if self._has_missed:
                self.screen.refresh()
            self.screen.check_idle()
        self._has_missed = False

    def _display(self, screen: "Screen[object]", renderable: RenderableType | None) -> None:
        # A frame drawn while frames are held (a resize draws at once) is lost: all is to be drawn again afterwards.
        self._has_missed = self._has_missed or (self._is_holding and renderable is not None)
        super()._display(screen, renderable)

    # What the terminal tells.

    def on_mount(self) -> None:
        """Listen for the shell's suspending and resuming, and ask the terminal whether it brackets what is pasted."""
        # Apple's terminal writes the last letter of a question that it does not know (Textual 8.2.8).
        if os.environ.get("TERM_PROGRAM") != "Apple_Terminal":
            self.send(ASK_BRACKETS)
        if self.terminal.is_web and (driver := self.driver) is not None:
            # The page hears that its board lives, though nothing changed.
            self.set_interval(BEAT, lambda: None if self.is_backed_up else self.send(""))
            self.call_after_refresh(driver.listen)
        self.app_suspend_signal.subscribe(self, lambda _: self.suspended(), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self._resume())

    def _resume(self) -> None:
        self.resumed()
        self.repaint()

    async def on_event(self, event: events.Event) -> None:
        """Give keys to whoever has the focus, each when the one before has been acted on."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._turns.takes(event):
            await super().on_event(event)
            self._turns.handed_on(event)

    @property
    def is_typing(self) -> bool:
        """Whether what is typed goes into a field; read by the driver's thread too."""
        return bool(self.screen_stack) and isinstance(self.focused, Input)

    def on_app_focus(self) -> None:
        """Another program may have drawn over the screen meanwhile."""
        self.repaint()

    def on_paste(self, event: events.Paste) -> None:
        """What was pasted outside a field is text, never keys."""
        event.stop()
        self.pasted(len(event.text))
