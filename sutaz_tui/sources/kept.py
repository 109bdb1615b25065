"""The connection that a client keeps between two questions: when a new one is due, and who hears that it was ended."""

import time
from collections.abc import Callable

RENEWED_AFTER = 600.0
"""Seconds after which a connection is opened anew: only a login shows that a password was changed."""


class Keeping:
    """What a client knows of the connections that it keeps, one after another; `tell` hears of an end at once."""

    def __init__(self, tell: Callable[[], object]) -> None:
        self._tell = tell
        self._opened = 0.0
        self._answers = 0
        self._is_brief = False

    def opened(self) -> None:
        """A new connection is kept from now on."""
        self._opened, self._answers = time.monotonic(), 0

    def answered(self) -> None:
        """It answered once more."""
        self._answers += 1

    @property
    def is_old(self) -> bool:
        """Whether the next question opens another one."""
        return time.monotonic() - self._opened > RENEWED_AFTER

    def ended(self) -> None:
        """Its server ended it between two questions: a restart, unless it ends every one of them that soon."""
        was_brief, self._is_brief = self._is_brief, self._answers < 2
        if self._answers and not (was_brief and self._is_brief):
            self._tell()


def nobody() -> None:
    """Who hears of an end where only the next question is of interest."""
