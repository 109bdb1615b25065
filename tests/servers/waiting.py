"""Waiting for something outside to become true, with a deadline that knows how slow the machine is."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_PIECE = 400_000
_QUIET = 0.0065
"""Seconds that adding up so many numbers takes on a quiet machine."""

_LOOKS = 3
_seen: list[tuple[float, float]] = []


def slowness() -> float:
    """How many times longer a piece of work takes now than on a quiet machine, at least 1: the worst of the last looks."""
    if not _seen or time.monotonic() - _seen[-1][0] > 1:
        began = time.perf_counter()
        sum(range(_PIECE))
        _seen.append((time.monotonic(), (time.perf_counter() - began) / _QUIET))
        del _seen[:-_LOOKS]
    return max(1.0, *(found for _, found in _seen))


def patient(seconds: float) -> float:
    """What would be a deadline of so many seconds on a quiet machine, for this one as it is now."""
    return seconds * slowness()


class Deadline:
    """Over after so many seconds of a quiet machine; how slow this one is, is measured when they have passed."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._began = time.monotonic()

    def is_over(self) -> bool:
        """Whether nothing is to be waited for any longer."""
        passed = time.monotonic() - self._began
        return passed > self._within and passed > patient(self._within)


def eventually(look: Callable[[], Value], what: str, within: float = 10.0) -> Value:
    """Looks again and again until `look` returns something true; returns that.

    Raises AssertionError with `what` after `within` seconds of a quiet machine. Blocks: not for use on an event loop.
    """
    deadline = Deadline(within)
    between_looks = threading.Event()
    while not (seen := look()):
        assert not deadline.is_over(), f"not within {within} s: {what}"
        between_looks.wait(0.02)
    return seen
