"""Waiting for something outside to become true, with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(look: Callable[[], Value], what: str, within: float = 10.0) -> Value:
    """Looks again and again until `look` returns something true; returns that.

    Raises AssertionError with `what` after `within` seconds. Blocks: not for use on an event loop.
    """
    deadline = time.monotonic() + within
    between_looks = threading.Event()
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        between_looks.wait(0.02)
    return seen
