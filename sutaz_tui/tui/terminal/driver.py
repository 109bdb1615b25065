"""Textual's driver for Linux terminals, made to hold where a terminal is slow, odd or gone.

What it does otherwise (seen in Textual 8.2.8, textual/drivers/linux_driver.py): a closed input is a closed
terminal (Textual reads it again and again, at 90 % of a core); a byte that is no UTF-8 is a character that cannot
be shown (Textual ends with a traceback); a write that fails ends the app (Textual's writer dies, and the loop waits
for ever once its queue of 30 is full); output goes to the terminal also when standard error does not.
"""

import os
import select
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any, Protocol, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.terminal.capabilities import Terminal
from sutaz_tui.tui.terminal.paste_guard import WINDOW, Pasted, PasteGuard

LOOK = 0.1
# Kitty keys, alternate screen, cursor, focus, bracketed paste, line wrap, mouse: all as a shell expects them.
RESTORE = b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"


# The title of the window, kept by the terminal while ours stands there (XTWINOPS).
KEEP_TITLE, TITLE_BACK = "\x1b[22;0t", "\x1b[23;0t"
# Terminals that show no title, and may draw what is meant for it.
WITHOUT_TITLE = ("linux", "cons25", "vt")

# Whether the terminal brackets what is pasted: the question, its answers, and the proof itself.
ASK_BRACKETS = "\x1b[?2004$p"
BRACKETS_ALREADY, BRACKETS = "\x1b[?2004;1$y", "\x1b[?2004;2$y"
PASTE_BEGINS = "\x1b[200~"


class Listener(Protocol):
    """What the driver tells; called in the driver's threads."""

    terminal: Terminal

    @property
    def is_typing(self) -> bool:
        """Whether what is typed goes into a field."""

    def vanished(self) -> None:
        """The terminal is gone."""

    def leave(self, code: int = 0) -> None:
        """End with this exit code."""

    def drained(self) -> None:
        """All that was written has reached the terminal."""


class Output:
    """The terminal as the file that Textual's writer thread writes to; once the terminal is gone it takes everything."""

    def __init__(self, fileno: int, vanished: Callable[[], None], drained: Callable[[], None]) -> None:
        # Another program on the same terminal may have left it non-blocking.
        os.set_blocking(fileno, True)
        self._fileno = fileno
        self._file = os.fdopen(fileno, "wb", closefd=False)
        self._vanished = vanished
        self._drained = drained
        self._taken = 0
        self._is_gone = False
        self.written = 0

    def write(self, text: str) -> int:
        """Write, unless the terminal is gone."""
        self.put(text.encode("utf-8", "replace"))
        return len(text)

    def put(self, data: bytes) -> None:
        """Write bytes, unless the terminal is gone."""
        self._do(lambda: self._file.write(data))
        self._taken += 1

    def flush(self) -> None:
        """Wait until the terminal took it all."""
        self._do(self._file.flush)
        self.written = self._taken
        self._drained()

    def fileno(self) -> int:
        """The terminal's number."""
        return self._fileno

    def _do(self, act: Callable[[], object]) -> None:
        if self._is_gone:
            return
        try:
            act()
        except OSError:
            self._is_gone = True
            self._vanished()


class OwnDriver(Driver):
    """What `TerminalApp` uses of its driver, whatever is at the other end."""

    _output: Output
    _queued = 0

    @property
    def is_backed_up(self) -> bool:
        """Whether something that was written has not reached the other end yet."""
        return self._queued != self._output.written

    def set_title(self, title: str) -> None:
        """Show a title, where there is a place for one."""

    def set_mouse(self, is_on: bool) -> None:
        """Have the mouse reported, or not."""
        raise NotImplementedError

    def listen(self) -> None:
        """The first frame is drawn: what was typed and told until now may come."""

    def restore(self) -> None:
        """Let go without waiting for anything; from any thread, as the last thing before the end."""
        raise NotImplementedError


class TerminalDriver(OwnDriver, LinuxDriver):
    """The driver of `TerminalApp` in a terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._listener = cast("Listener", app)
        assert sys.__stdout__ is not None
        self._output = Output(sys.__stdout__.fileno(), self._listener.vanished, self._listener.drained)
        self._file = cast("TextIOWrapper[Any]", self._output)
        self._title = ""
        self._has_title = self._is_ours = False

    def write(self, data: str) -> None:
        """Write in the background; dropped while the terminal is somebody else's."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            self._queued += 1
            super().write(data)

    def set_title(self, title: str) -> None:
        """Show a title on the terminal's window until it is given back."""
        if self._listener.terminal.name.startswith(WITHOUT_TITLE):
            return
        self._title = one_line(title, 60)
        if not self._is_ours:
            # It was given back: a last snapshot must not take its title again.
            return
        if not self._has_title:
            self._has_title = True
            self.write(KEEP_TITLE)
        self.write(f"\x1b]2;{self._title}\x07")

    def start_application_mode(self) -> None:
        """Take the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._is_ours = True

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._is_ours = False
        if self._has_title:
            self._has_title = False
            self.write(TITLE_BACK)
        super().stop_application_mode()

    def set_mouse(self, is_on: bool) -> None:
        """Ask the terminal to report the mouse, or not to; it stays so when the app is suspended and resumed."""
        if is_on:
            self._mouse = True
            self._enable_mouse_support()
        elif self._mouse:
            self._disable_mouse_support()
            self.write("\x1b[?1016l")
            self._mouse = False

    def resume_application_mode(self) -> None:
        """Take the terminal again; when it vanished meanwhile, leave."""
        super().resume_application_mode()
        if self._title:
            self.set_title(self._title)
        try:
            os.tcgetpgrp(self.fileno)
        except OSError:
            self._listener.vanished()

    def restore(self) -> None:
        """Give the terminal back without waiting for anything; from any thread, as the last thing before the end."""
        try:
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            os.set_blocking(self._output.fileno(), False)
            os.write(self._output.fileno(), RESTORE + TITLE_BACK.encode() * self._has_title)
            os.set_blocking(self._output.fileno(), True)
        except (OSError, termios.error):
            # Nobody is there to see it.
            return

    def run_input_thread(self) -> None:
        """Read keys until told to stop or the terminal is gone."""
        parser = XTermParser()
        decode = getincrementaldecoder("utf-8")("replace").decode
        guard: PasteGuard[events.Key] = PasteGuard(lambda: self._listener.is_typing)
        if self._listener.terminal.between == "tmux":
            # It brackets for whatever stands behind it, and most versions do not tell.
            guard.trust()
        said = ""
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            text = ""
            if poll.poll(1000 * (WINDOW / 2 if guard.is_waiting else LOOK)):
                data = self._read()
                if not data:
                    self._listener.vanished()
                    return
                text = decode(data)
                said = said[-len(BRACKETS) :] + text
                if any(proof in said for proof in (PASTE_BEGINS, BRACKETS, BRACKETS_ALREADY)):
                    guard.trust()
            messages = [*(parser.feed(text) if text else ()), *parser.tick()]
            keys = [message for message in messages if isinstance(message, events.Key)]
            for message in messages:
                if not isinstance(message, events.Key):
                    self.process_message(message)
            for key in guard.take(time.monotonic(), keys):
                self.process_message(events.Paste(key.text) if isinstance(key, Pasted) else key)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""
