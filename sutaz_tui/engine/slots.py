"""Whose turn it is to ask: as many at once as there are slots, the oldest due first.

A silent service holds its slot until its deadline. In one queue for all, a thousand of them would keep two hundred
that answer in milliseconds waiting for minutes.
"""

import asyncio
import heapq
import itertools
import math

from msgspec import Struct

LATE = 2.0
"""Seconds from which an ask that waits for its slot is one that we are behind with."""


class Turn(Struct, eq=False):
    """One ask: since when it is due (monotonic seconds), and whether its service kept silent when it was asked last."""

    due: float
    was_silent: bool = False
    given: asyncio.Future[None] | None = None


class Slots:
    """Hands out `count` slots; asks of services that kept silent last time hold at most half of them."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._free_for_silent = max(1, count // 2)
        self._waiting: set[Turn] = set()
        self._queues: dict[bool, list[tuple[float, int, Turn]]] = {False: [], True: []}
        self._numbers = itertools.count()

    def take_free(self, turn: Turn) -> bool:
        """Take a slot where one is free and nobody waits; False where `take` must wait for it."""
        if self._waiting or not self._free or (turn.was_silent and not self._free_for_silent):
            return False
        self._use(turn)
        return True

    async def take(self, turn: Turn) -> None:
        """Wait for a slot; it must be given back by `release`, as one of `take_free`."""
        turn.given = asyncio.get_running_loop().create_future()
        self._waiting.add(turn)
        self._push(turn, turn.due)
        self._give()
        try:
            await turn.given
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.discard(turn)
            else:
                # It was given in the same moment.
                self.release(turn)
            raise

    def release(self, turn: Turn) -> None:
        """Give the slot of this turn to the next."""
        self._free += 1
        self._free_for_silent += turn.was_silent
        self._give()

    def hurry(self, turn: Turn) -> None:
        """Let a turn that still waits be the next of its kind: a person asks for it."""
        if turn in self._waiting:
            self._push(turn, -math.inf)

    def late(self, now: float) -> int:
        """How many asks wait for longer than LATE."""
        return sum(now - turn.due > LATE for turn in self._waiting)

    def _push(self, turn: Turn, due: float) -> None:
        heapq.heappush(self._queues[turn.was_silent], (due, next(self._numbers), turn))

    def _give(self) -> None:
        while self._free and (queue := self._first()):
            _, _, turn = heapq.heappop(queue)
            self._waiting.discard(turn)
            self._use(turn)
            assert turn.given is not None
            turn.given.set_result(None)

    def _use(self, turn: Turn) -> None:
        self._free -= 1
        self._free_for_silent -= turn.was_silent

    def _first(self) -> list[tuple[float, int, Turn]]:
        """The queue whose first turn is the oldest that may be given a slot; an empty one for none."""
        for queue in self._queues.values():
            while queue and queue[0][2] not in self._waiting:
                heapq.heappop(queue)
        quick, silent = self._queues[False], self._queues[True]
        if not silent or not self._free_for_silent:
            return quick
        return min(quick, silent, key=lambda queue: queue[0]) if quick else silent
