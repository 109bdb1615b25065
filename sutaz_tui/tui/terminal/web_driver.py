"""Textual's driver for a page that textual-serve shows, made to hold where the page is slow, hostile or gone.

What it does otherwise (seen in Textual 8.2.8, textual/drivers/web_driver.py): a closed input leaves an app that nobody
sees running; a write waits for the page, and the whole app with it; a page may call itself a million columns wide; its
own handlers of signals end the app without a deadline; the mouse is on.
"""

import asyncio
import os
import time
from contextlib import suppress
from io import TextIOWrapper
from threading import Event
from typing import Any, cast

from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.web_driver import WebDriver, _ExitInput
from textual.message import Message

from sutaz_tui.process.signals import on_ending
from sutaz_tui.tui.terminal.driver import Listener, Output, OwnDriver

WIDEST, HIGHEST = 500, 200
"""Cells of a page; a screen of 4K with small letters has fewer."""

MOST, WINDOW = 10_000, 10.0
"""Keys and moves of the mouse in so many seconds, and those that the board has not come to: ten times a person's."""


class PageOutput(Output):
    """The pipe to textual-serve, in its packets: a letter, four bytes of length, the text."""

    def write(self, text: str) -> int:
        """Write, unless nobody reads any more."""
        data = text.encode("utf-8", "replace")
        self.put(b"D" + len(data).to_bytes(4, "big") + data)
        return len(text)


class WebPageDriver(OwnDriver, WebDriver):
    """The driver of `TerminalApp` in a browser."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        asked = os.environ.get("COLUMNS", ""), os.environ.get("ROWS", "")
        super().__init__(app, debug=debug, mouse=mouse, size=size or bounded(*asked))
        self._listener = cast("Listener", app)
        self._output = PageOutput(self.fileno, self._listener.vanished, self._listener.drained)
        self._is_drawn = Event()
        self._since, self._heard = time.monotonic(), 0
        self._writer = WriterThread(cast("TextIOWrapper[Any]", self._output))

    def write(self, data: str) -> None:
        """Write in the background."""
        if self._writer.is_alive():
            self._queued += 1
            self._writer.write(data)

    def set_mouse(self, is_on: bool) -> None:
        """Ask the page to report the mouse, or not to."""
        (self._enable_mouse_support if is_on else self._disable_mouse_support)()

    def start_application_mode(self) -> None:
        """Take the page."""
        self._writer.start()
        super().start_application_mode()
        self._disable_mouse_support()
        on_ending(asyncio.get_running_loop(), self._listener.leave)

    def listen(self) -> None:
        """From here on the page is heard."""
        self._is_drawn.set()

    def stop_application_mode(self) -> None:
        """Leave it, which closes its line."""
        self._writer.stop()
        # Nobody may be there any more.
        with suppress(OSError):
            super().stop_application_mode()

    def restore(self) -> None:
        """The last thing before an end that cannot wait: have the line closed."""
        with suppress(OSError):
            os.set_blocking(self.fileno, False)
            self.write_meta({"type": "exit"})

    def run_input_thread(self) -> None:
        """Read until the page, or textual-serve, is gone.

        A new size that comes before the first frame is lost to the first size, or holds up the app for ever (Textual 8.2.8).
        """
        while not self._is_drawn.wait(1) and not self.exit_event.is_set():
            pass
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._listener.vanished()

    def send_message(self, message: Message) -> None:
        """Hand a key on; a page that sends far more than anybody types is heard no more: it would take core and memory."""
        now = time.monotonic()
        if now - self._since > WINDOW:
            self._since, self._heard = now, 0
        self._heard += 1
        if max(self._heard, self._app.message_queue_size) > MOST:
            raise _ExitInput
        super().send_message(message)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """What textual-serve says of the page."""
        if packet_type == "quit":
            self._listener.vanished()
            return
        if packet_type == "resize":
            width, height = bounded(payload.get("width"), payload.get("height"))
            payload = {**payload, "width": width, "height": height}
        super().on_meta(packet_type, payload)


def bounded(width: object, height: object) -> tuple[int, int]:
    """A size as a page may have it, in cells; that of a terminal where it is none."""
    try:
        wanted = int(str(width)), int(str(height))
    except ValueError:
        wanted = 80, 24
    return max(1, min(wanted[0], WIDEST)), max(1, min(wanted[1], HIGHEST))
