"""Whose turn it is: who runs beside whom, whichever run they belong to."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from sutaz_tui.model import CheckClass

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check


class Turns:
    """Turns for all runs against one stack.

    Light checks run side by side up to a bound, those that write to one service or share a budget one after another.
    A heavy one runs alone: what runs beside it would be measured with it. It lets all light ones that wait go first.
    """

    def __init__(self, concurrency: int) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._services: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._budgets: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._heavy = asyncio.Lock()
        self._lights = 0
        self._no_lights = asyncio.Event()
        self._no_heavy = asyncio.Event()
        self._no_heavy.set()

    @asynccontextmanager
    async def turn(self, check: "Check") -> AsyncIterator[None]:
        """The check's turn."""
        if check.check_class is not CheckClass.HEAVY:
            async with self._beside_others(check):
                yield
            return
        async with self._heavy:
            # Another light one may have come before this task woke up.
            while self._lights:
                await self._no_lights.wait()
            self._no_heavy.clear()
            try:
                yield
            finally:
                self._no_heavy.set()

    @asynccontextmanager
    async def _beside_others(self, check: "Check") -> AsyncIterator[None]:
        self._lights += 1
        self._no_lights.clear()
        try:
            async with AsyncExitStack() as held:
                if check.budget:
                    await held.enter_async_context(self._budgets[check.budget])
                if check.check_class is not CheckClass.READS and check.service:
                    await held.enter_async_context(self._services[check.service])
                await held.enter_async_context(self._slots)
                await self._no_heavy.wait()
                yield
        finally:
            self._lights -= 1
            if not self._lights:
                self._no_lights.set()
