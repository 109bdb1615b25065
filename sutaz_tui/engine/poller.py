"""One loop a service: wait, ask, put the answer into the store, for ever; a loop that breaks is itself a visible fault."""

import asyncio
import math
import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sutaz_tui.engine.clock import Clock
from sutaz_tui.engine.pace import SECOND_ASK, Rhythm, next_back_off
from sutaz_tui.engine.store import Store
from sutaz_tui.model import Answer, Change, ChangeKind, Reading, Status
from sutaz_tui.text import one_line

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.probes.base import Probe

# The first asks of a start are spread over this many seconds, so that they do not knock all at once.
SPREAD = 0.25
JITTER = 0.1
# A client may swallow one cancellation (asyncio.wait_for before Python 3.12, when its answer comes at that moment):
# its loop is told again, and one that never listens does not hold up the exit.
CANCELLATIONS = 10
CANCELLED_WITHIN = 0.1
# Asks fall due on this grid of seconds: those that share a wake-up cost a thousand services half the CPU.
GRID = 0.1


class _Loop(Struct):
    """What one service's loop waits for."""

    probe: "Probe"
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_wanted: bool = False
    back_off: float = 0.0
    asked_at: float = 0.0


class Poller:
    """Asks every service in its own rhythm, at most `asks` questions at once."""

    def __init__(
        self, store: Store, rhythm: Rhythm, clock: Clock, asks: int, seed: int | None = None
    ) -> None:
        self._store = store
        self._rhythm = rhythm
        self._clock = clock
        self._slots = asyncio.Semaphore(asks)
        self._loops: dict[str, _Loop] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(seed)
        self.is_paused = False
        self._resumed_at = -math.inf
        self.listeners: list[Callable[[str, Answer], None]] = []

    def add(self, probe: "Probe") -> None:
        """Start the loop of one service."""
        loop = self._loops[probe.id] = _Loop(probe)
        self._tasks.add(asyncio.create_task(self._run(loop), name=f"poll {probe.id}"))

    def ask_now(self, service_id: str) -> None:
        """Ask one service at once, ending its back-off."""
        if loop := self._loops.get(service_id):
            loop.is_wanted = True
            loop.back_off = 0.0
            loop.wake.set()

    def ask_all(self) -> None:
        """Ask every service at once."""
        for id in self._loops:
            self.ask_now(id)

    def reconsider(self) -> None:
        """Let every loop look at its interval anew, since the rhythm changed."""
        for loop in self._loops.values():
            loop.wake.set()

    def pause(self) -> None:
        """Ask nothing more until `resume`."""
        self.is_paused = True
        self.reconsider()

    def resume(self) -> None:
        """Ask again; what was asked before is asked anew, for it was we who kept it waiting."""
        self.is_paused = False
        self._resumed_at = self._clock.monotonic()
        self.reconsider()

    async def stop(self) -> None:
        """Drop all questions and close the probes."""
        await drop(self._tasks)
        await asyncio.gather(*(loop.probe.aclose() for loop in self._loops.values()), return_exceptions=True)

    async def ask_once(self, probe: "Probe") -> None:
        """Ask one service for one round: a first failure is asked again after a second."""
        if await self._ask(probe):
            await self._clock.wait(asyncio.Event(), SECOND_ASK)
            await self._ask(probe)

    async def _run(self, loop: _Loop) -> None:
        probe = loop.probe
        await self._clock.wait(loop.wake, self._random.uniform(0, min(SPREAD, probe.interval / 20)))
        while True:
            loop.is_wanted = False
            loop.wake.clear()
            loop.asked_at = self._clock.monotonic()
            again = await self._ask(probe, loop)
            if again:
                await self._clock.wait(loop.wake, SECOND_ASK)
                while self.is_paused and not loop.is_wanted:
                    loop.wake.clear()
                    await self._clock.wait(loop.wake, 3600.0)
            else:
                await self._until_due(loop, 1 + self._random.uniform(-JITTER, JITTER))

    async def _until_due(self, loop: _Loop, jitter: float) -> None:
        while not loop.is_wanted:
            interval = self._interval(loop)
            self._store.records[loop.probe.id].set_interval(interval)
            due = round((loop.asked_at + interval * jitter) / GRID) * GRID
            left = due - self._clock.monotonic()
            if self.is_paused:
                left = max(left, 3600.0)
            elif left <= 0:
                return
            loop.wake.clear()
            await self._clock.wait(loop.wake, left)

    def _interval(self, loop: _Loop) -> float:
        record = self._store.records[loop.probe.id]
        failing_for = None
        if record.status is Status.DOWN and record.since is not None:
            failing_for = (self._clock.now() - record.since).total_seconds()
        return self._rhythm.interval(loop.probe.id, loop.probe.interval, failing_for, loop.back_off)

    async def _ask(self, probe: "Probe", loop: _Loop | None = None) -> bool:
        async with self._slots:
            began = self._clock.monotonic()
            try:
                answer = await probe.ask()
            except Exception as error:  # a fault of ours must be seen on the board, and the loop goes on
                answer = self._fault(probe, error)
        if self.is_paused or began < self._resumed_at:
            return True
        if loop is not None:
            own = next((reading for reading in answer.readings if reading.service_id == probe.id), None)
            backs_off = own is not None and own.backs_off
            loop.back_off = next_back_off(loop.back_off, probe.interval) if backs_off else 0.0
        self._revive(answer)
        return self._store.put(probe.id, answer)

    def _revive(self, answer: Answer) -> None:
        """A sign of life from another source ends a back-off."""
        for claim in answer.claims:
            other = self._loops.get(claim.service_id)
            if other is None or not other.back_off or claim.status is not Status.UP:
                continue
            before = self._store.records[claim.service_id].claims.get(claim.by)
            if before is not None and before.status is not Status.UP:
                self.ask_now(claim.service_id)

    def _fault(self, probe: "Probe", error: Exception) -> Answer:
        at = self._clock.now()
        what = one_line(f"{type(error).__name__}: {error}", 120)
        words = f"a fault of sutaz-tui itself while asking {probe.service.title}: {what}; please report it"
        reading = Reading(
            probe.id, probe.kind, Status.UNKNOWN, "could not be asked: a fault of sutaz-tui itself", at,
            word="fault", error=words, rule="a fault of our own is unknown",
        )  # fmt: skip
        return Answer((reading,), changes=(Change(at, probe.id, ChangeKind.FAULT, words),))


async def drop(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks until they end."""
    left = set(tasks)
    for _ in range(CANCELLATIONS):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=CANCELLED_WITHIN)
