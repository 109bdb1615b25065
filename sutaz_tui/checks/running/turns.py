"""Whose turn it is: who runs beside whom, whichever run they belong to."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from sutaz_tui.model import CheckClass

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

LOADS = {
    CheckClass.READS: 0,
    CheckClass.WRITES: 0,
    CheckClass.LEAVES: 1,
    CheckClass.ATTACK: 1,
    CheckClass.HEAVY: 2,
}
"""How much a class loads the stack: 0 next to nothing, 1 some (each login costs it a tenth of a second), 2 all it bears."""
HEAVIEST = 2


class Turns:
    """Turns for all runs against one stack.

    Checks that load it alike run side by side up to a bound, those that write to one service or share a budget one
    after another; a heavy one runs alone. What loads it more lets all go first that wait and load it less, and never
    runs beside them: they would be measured with it.
    """

    def __init__(self, concurrency: int) -> None:
        # Each of one load only: to hold one while waiting for others to end must not hold those up.
        self._slots = {
            load: asyncio.Semaphore(1 if load == HEAVIEST else concurrency) for load in LOADS.values()
        }
        self._alone: defaultdict[tuple[int, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked: Counter[int] = Counter()
        self._inside: Counter[int] = Counter()
        self._begun: Counter[int] = Counter()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def turn(self, check: "Check") -> AsyncIterator[Callable[[], int]]:
        """The check's turn; what it yields tells how many others loaded the stack while it ran, so far."""
        load = LOADS[check.check_class]
        self._asked[load] += 1
        try:
            async with AsyncExitStack() as held:
                if check.budget:
                    await held.enter_async_context(self._alone[load, f"budget {check.budget}"])
                if check.check_class is not CheckClass.READS and check.service:
                    await held.enter_async_context(self._alone[load, check.service])
                await held.enter_async_context(self._slots[load])
                while not self._may_run(load):
                    self._changed.clear()
                    await self._changed.wait()
                self._inside[load] += 1
                self._begun[load] += 1
                before, others = self._begun[load], self._inside[load] - 1
                try:
                    yield lambda: others + self._begun[load] - before if load else 0
                finally:
                    self._inside[load] -= 1
        finally:
            self._asked[load] -= 1
            self._changed.set()

    def _may_run(self, load: int) -> bool:
        is_alone = not any(self._inside[other] for other in LOADS.values() if other != load)
        return is_alone and not any(self._asked[other] for other in range(load))
