"""How far long work is, on standard error where that is a terminal: one line that is written over, and gone at the end."""

import sys
import time
from contextlib import suppress

from sutaz_tui.text.bar import bar
from sutaz_tui.text.cells import cut, width_of
from sutaz_tui.text.sanitise import one_line

PAUSE = 0.1
WIDTH = 79


class Progress:
    """Counts to `total`; nothing is written where standard error is no terminal."""

    def __init__(self, total: int, words: str = "") -> None:
        self.total = total
        self.words = words
        self._done = 0
        self._shown = 0
        self._at = float("-inf")
        self._is_seen = sys.stderr is not None and sys.stderr.isatty()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self._is_seen and (now - self._at >= PAUSE or self._done == self.total):
            self._at = now
            self._write(one_line(f"{bar(self._done, self.total, 20)} {self.words}", WIDTH))

    def end(self) -> None:
        """Take the line away, for what is printed next."""
        if self._shown:
            self._write("")
            self._shown = 0

    def _write(self, text: str) -> None:
        text = cut(text, WIDTH)
        # A terminal that vanished takes no words.
        with suppress(OSError):
            sys.stderr.write(f"\r{text}{' ' * max(0, self._shown - width_of(text))}" + ("" if text else "\r"))
            sys.stderr.flush()
        self._shown = width_of(text)
