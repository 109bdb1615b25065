"""Logins that the stack refused: none is sent a second time, so that asking never locks anybody's account."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection

from sutaz_tui.errors import Denied
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.units import ago

REFUSED = (401, 403)
HELD = 1800.0
"""Seconds for which a refused login is not sent again: longer than anything here repeats by itself."""


class Logins:
    """The door of every login that must work, one for all runs of one config.

    Until a login was accepted once they go one after another: of many at once only the first can be refused.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: dict[str, tuple[float, HttpAnswer]] = {}
        self._accepted: set[str] = set()
        self._first = asyncio.Lock()

    async def send(
        self, who: str, once: Callable[[], Awaitable[HttpAnswer]], wanted: Collection[int] = ()
    ) -> HttpAnswer:
        """The answer to one login of `who`; Denied, and nothing is sent, where it was refused before.

        A status that is `wanted` is no refusal.
        """
        if who in self._accepted:
            return await self._sent(who, once, wanted)
        async with self._first:
            return await self._sent(who, once, wanted)

    async def _sent(
        self, who: str, once: Callable[[], Awaitable[HttpAnswer]], wanted: Collection[int]
    ) -> HttpAnswer:
        if who in self._refused:
            at, answer = self._refused[who]
            if (left := at + HELD - self._clock()) > 0:
                raise Denied(answer.source, refused_words(answer.status, left))
        answer = await once()
        if answer.status in REFUSED and answer.status not in wanted:
            self._refused[who] = self._clock(), answer
            self._accepted.discard(who)
        elif answer.status < 400:
            self._refused.pop(who, None)
            self._accepted.add(who)
        return answer

    def forget(self) -> None:
        """Let every login be sent again, since the stack is another one."""
        self._refused.clear()
        self._accepted.clear()


def refused_words(status: int, left: float) -> str:
    """That a login was refused and for how many seconds more it is not sent again."""
    return f"login refused ({status}); not sent again for {ago(left)}, lest it lock the account: check its password"
