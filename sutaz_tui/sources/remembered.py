"""An answer that changes rarely, kept for a while so that its question is asked rarely too."""

import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """One answer, which serves for `seconds`; only a good one does. `value` is the last good one, `before` until then."""

    def __init__(self, seconds: float, before: T) -> None:
        self._seconds = seconds
        self._until = -math.inf
        self.value = before

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, asked anew where it is too old; whatever `ask` raises is asked again the next time."""
        if time.monotonic() >= self._until:
            self.value = await ask()
            self._until = time.monotonic() + self._seconds
        return self.value
