"""What a reader is told who was away: the program slept with the machine or was stopped, or nobody pressed a key."""

import asyncio
from datetime import timedelta
from functools import cached_property

from sutaz_tui.clock import Clock, SystemClock
from sutaz_tui.model import Snapshot
from sutaz_tui.text.units import ago
from sutaz_tui.tui.asking import AskActions

SLEPT = 60.0
"""A second that took so many was none: nothing ran meanwhile."""
IDLE = 3600.0
POLLED_WITHIN = 5.0
"""Seconds that the polls after a sleep get before changes are counted."""
SAID_FOR = 15.0


class Away:
    """For how long nobody looked, by a clock that goes on while the machine sleeps; what is told is not told again."""

    def __init__(self, now: float) -> None:
        self._ticked = self._pressed = now

    def ticked(self, now: float) -> float:
        """A second has passed: how long the program slept, and how long nobody had looked before; 0 where it did not."""
        slept, self._ticked = now - self._ticked, now
        if slept < SLEPT:
            return 0.0
        idle, self._pressed = now - self._pressed, now
        return idle if idle >= IDLE else slept

    def pressed(self, now: float) -> float:
        """A key was pressed: how long there was none, 0 where that is less than an hour."""
        idle, self._pressed = now - self._pressed, now
        return idle if idle >= IDLE else 0.0


def away_words(seconds: float, snapshot: Snapshot) -> str:
    """How long somebody was away, and how much changed meanwhile as far as this program saw it."""
    left = snapshot.at - timedelta(seconds=seconds)
    count = sum(change.at > left for state in snapshot.services for change in state.history)
    return f"you were away {ago(seconds)}: {count or 'no'} change{'' if count == 1 else 's'}"


class AwayActions(AskActions):
    """Tells who comes back how long that was and what changed."""

    clock: Clock = SystemClock()

    @cached_property
    def away(self) -> Away:
        """For how long nobody looked, by the machine's own clock."""
        return Away(self.clock.monotonic())

    def tick(self) -> None:
        """A second has passed."""
        super().tick()
        if slept := self.away.ticked(self.clock.monotonic()):
            self.keep(self._tell_away(slept, POLLED_WITHIN))

    def key_pressed(self) -> None:
        """Somebody is there."""
        if idle := self.away.pressed(self.clock.monotonic()):
            self.keep(self._tell_away(idle))

    async def _tell_away(self, seconds: float, after: float = 0.0) -> None:
        if after:
            await self.clock.wait(asyncio.Event(), after)
        words = away_words(seconds + after, self.engine.snapshot())
        shows = "; H shows them" if self.memory is not None and "no change" not in words else ""
        # Behind what the key itself says.
        self.call_after_refresh(self.say, words + shows, SAID_FOR)
