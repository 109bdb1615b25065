"""A question that a view wants asked while somebody looks at it: at an interval, with a deadline, back-off and its age."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Generic, TypeVar

from sutaz_tui.clock import Clock
from sutaz_tui.errors import SourceError
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

TIMES_ITS_COST = 20
"""The interval is at least so many times what the last answer took: looking stays a twentieth of a core of the server."""
UNWATCHED_AFTER = 900.0
"""Seconds without a key after which nobody is taken to look."""
BACK_OFF_MOST = 60.0
DEADLINE = 10.0


class LiveQuery(Generic[T]):
    """Asks `ask` (given its deadline in seconds; raises SourceError) every `interval` seconds from `start` to `stop`.

    `answer` is the last good one, None before the first; `asked_at` when it came (aware UTC); `trouble` why the newest
    question got none, "" when it did. `changed` is called after each question and when it pauses; `key_pressed` tells it
    that somebody looks. `slower` is the least interval (seconds) that an answer itself asks for, `sooner` the interval of one
    that is not whole yet, or whose next question waits for a change, 0 for none; `waited` the seconds of an answer in which
    the server only waited, which cost nothing.
    """

    def __init__(
        self,
        ask: Callable[[float], Awaitable[T]],
        interval: float,
        clock: Clock,
        changed: Callable[[], None],
        deadline: float = DEADLINE,
        slower: Callable[[T], float] = lambda _: 0.0,
        sooner: Callable[[T], float] = lambda _: 0.0,
        waited: Callable[[T], float] = lambda _: 0.0,
    ) -> None:
        self.answer: T | None = None
        self.asked_at: datetime | None = None
        self.trouble = ""
        self.is_paused = False
        self._ask = ask
        self._slower = slower
        self._sooner = sooner
        self._waited = waited
        self._own_interval = interval
        self._clock = clock
        self._changed = changed
        self._last_key = clock.monotonic()
        self._deadline = deadline
        self._took = 0.0
        self._failures = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def interval(self) -> float:
        """Seconds between two questions now."""
        told = self._slower(self.answer) if self.answer is not None else 0.0
        own = self._own_interval
        if self.answer is not None and not self._failures:
            own = self._sooner(self.answer) or own
        least = max(own, told, TIMES_ITS_COST * self._took)
        return max(least, min(BACK_OFF_MOST, least * 2**self._failures)) if self._failures else least

    def age(self) -> float | None:
        """Seconds since the last good answer, None before the first."""
        return None if self.asked_at is None else (self._clock.now() - self.asked_at).total_seconds()

    def start(self) -> None:
        """Ask from now on; nothing where it does so already."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="live query")

    def stop(self) -> None:
        """Ask nothing more, and drop the question that is under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def ask_now(self) -> None:
        """Ask at once."""
        self._failures = 0
        self._wake.set()

    def key_pressed(self) -> None:
        """Somebody looks: go on where it paused."""
        self._last_key = self._clock.monotonic()
        if self.is_paused:
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self._once()
            self._changed()
            await self._clock.wait(self._wake, self.interval)
            if not self._wake.is_set() and self._clock.monotonic() - self._last_key >= UNWATCHED_AFTER:
                self.is_paused = True
                self._changed()
                await self._wake.wait()
                self.is_paused = False

    async def _once(self) -> None:
        began, waited = self._clock.monotonic(), 0.0
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._ask(self._deadline)
        except SourceError as error:
            self._failed(error.words)
        except TimeoutError:
            self._failed(f"no answer within {self._deadline:g} s")
        except Exception as error:  # a fault of ours must be seen in the view, and the loop goes on
            self._failed(one_line(f"internal error of sutaz-tui: {str(error) or type(error).__name__}", 120))
        else:
            self.answer, self.asked_at, self.trouble = answer, self._clock.now(), ""
            self._failures, waited = 0, self._waited(answer)
        self._took = max(0.0, self._clock.monotonic() - began - waited)

    def _failed(self, words: str) -> None:
        self.trouble = words
        self._failures += 1
