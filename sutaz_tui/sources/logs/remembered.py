"""What sources answered a moment ago: one question serves all who ask for the log of a service."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sutaz_tui.errors import SourceError
from sutaz_tui.sources.failures import let_go

T = TypeVar("T")

REMEMBERED = 30.0
"""Seconds that an answer on what there is serves all who ask."""

FAILED_FOR = 3.0
"""Seconds that an error serves all who ask: who asks again after it wants to know."""


class Remembered:
    """Answers of sources on what there is, kept for a moment."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, Any]] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """An answer for all who ask within REMEMBERED, or the error that came instead, within FAILED_FOR."""
        async with self._turns[key]:
            asked, answer = self._answers.get(key, (-math.inf, None))
            if time.monotonic() - asked >= (FAILED_FOR if isinstance(answer, SourceError) else REMEMBERED):
                try:
                    answer = await ask()
                except SourceError as error:
                    let_go(error)
                    answer = error
                self._answers[key] = (time.monotonic(), answer)
            if isinstance(answer, SourceError):
                try:
                    raise answer.with_traceback(None)
                finally:
                    del answer  # see failures.py
            found: T = answer
            return found
