"""One loop a service: wait, ask, put the answer into the store, for ever; a loop that breaks is itself a visible fault."""

import asyncio
import math
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sutaz_tui.clock import Clock
from sutaz_tui.engine.pace import FLOOR, SECOND_ASK, Rhythm, next_back_off
from sutaz_tui.engine.slots import Slots, Turn
from sutaz_tui.engine.store import Store
from sutaz_tui.model import (
    NAME_SERVER,
    TROUBLE,
    Answer,
    Change,
    ChangeKind,
    Claim,
    Reading,
    Service,
    Status,
)
from sutaz_tui.text.sanitise import one_line

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
TOGETHER = "*"
"""In place of an id, for services that are asked together."""


class _Loop(Struct):
    """What one service's loop waits for: the moment it is `due`, a wish, and then its `turn`; monotonic seconds.

    `is_told`: something happened to it since it was asked. `answers_since`: it was down and answers, but is not well yet.
    """

    probe: "Probe"
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_wanted: bool = False
    is_told: bool = False
    back_off: float = 0.0
    due: float = 0.0
    asked_at: float = 0.0
    was_silent: bool = False
    is_refused: bool = False
    answers_since: float | None = None
    turn: Turn | None = None


class Poller:
    """Asks every service in its own rhythm, at most `asks` questions at once."""

    def __init__(
        self, store: Store, rhythm: Rhythm, clock: Clock, asks: int, seed: int | None = None
    ) -> None:
        self._store = store
        self._rhythm = rhythm
        self._clock = clock
        self._slots = Slots(asks)
        store.behind = lambda: self._slots.late(clock.monotonic())
        # By each service that it asks for: one loop may ask for thousands.
        self._loops: dict[str, _Loop] = {}
        self._all: list[_Loop] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(seed)
        self.is_paused = False
        self._resumed_at = -math.inf

    def add(self, probe: "Probe") -> None:
        """Start the loop of one service, or of those that are asked together."""
        loop = _Loop(probe)
        self._all.append(loop)
        self._loops.update(dict.fromkeys(probe.whose, loop))
        self._tasks.add(asyncio.create_task(self._run(loop), name=f"poll {probe.id}"))
        probe.listen(self.hear)

    def ask_now(self, service_id: str) -> None:
        """Ask one service at once, ending its back-off and before all that wait for a slot."""
        if loop := self._loops.get(service_id):
            self._want(loop)
            if loop.turn is not None:
                self._slots.hurry(loop.turn)

    def hear(self, service_id: str) -> None:
        """Something happened to this service between two asks: it is asked at once, a second after its last at soonest."""
        if (loop := self._loops.get(service_id)) and self._may_ask(service_id):
            loop.is_told = True
            loop.wake.set()

    def ask_all(self) -> None:
        """Ask every service at once."""
        for loop in self._all:
            self._want(loop)

    def _want(self, loop: _Loop) -> None:
        loop.is_wanted = True
        loop.back_off = 0.0
        loop.wake.set()

    def reconsider(self) -> None:
        """Let every loop look at its interval anew, since the rhythm changed."""
        for loop in self._all:
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
        await asyncio.gather(*(loop.probe.aclose() for loop in self._all), return_exceptions=True)

    async def clear(self) -> None:
        """Stop, and have no services any more; others may be added."""
        await self.stop()
        self._tasks.clear()
        self._loops.clear()
        self._all.clear()

    async def ask_once(self, probe: "Probe") -> None:
        """Ask one service for one round: a first failure is asked again after a second."""
        loop = _Loop(probe, due=self._clock.monotonic())
        if await self._ask(loop):
            await self._clock.wait(asyncio.Event(), SECOND_ASK)
            loop.due = self._clock.monotonic()
            await self._ask(loop)

    async def _run(self, loop: _Loop) -> None:
        probe = loop.probe
        await self._clock.wait(loop.wake, self._random.uniform(0, min(SPREAD, probe.interval / 20)))
        loop.due = self._clock.monotonic()
        while True:
            loop.is_wanted = loop.is_told = False
            loop.wake.clear()
            try:
                again = await self._ask(loop)
            except (
                Exception
            ):  # its memory is at fault too: the row grows old, which is seen, and is asked again
                again, loop.asked_at = False, self._clock.monotonic()
            if again:
                await self._clock.wait(loop.wake, SECOND_ASK)
                loop.due = self._clock.monotonic()
                while self.is_paused and not loop.is_wanted:
                    loop.wake.clear()
                    await self._clock.wait(loop.wake, 3600.0)
            else:
                await self._until_due(loop, 1 + self._random.uniform(-JITTER, JITTER))

    async def _until_due(self, loop: _Loop, jitter: float) -> None:
        answered_at = self._clock.monotonic()
        while not loop.is_wanted:
            interval = self._interval(loop)
            for id in loop.probe.whose:
                self._store.records[id].set_interval(interval)
            wait = FLOOR if loop.is_told else interval * jitter
            due = round((loop.asked_at + wait) / GRID) * GRID
            left = due - self._clock.monotonic()
            if self.is_paused:
                left = max(left, 3600.0)
            elif left <= 0:
                # While it was being asked it was not due again.
                loop.due = max(due, answered_at)
                return
            loop.wake.clear()
            await self._clock.wait(loop.wake, left)
        loop.due = self._clock.monotonic()

    def _interval(self, loop: _Loop) -> float:
        if len(loop.probe.whose) > 1:
            # For one of thousands, that fails or is looked at, not all of them are asked more often.
            return self._rhythm.interval(TOGETHER, loop.probe.interval, None, loop.back_off)
        failing_for = self._lasts(loop, Status.DOWN)
        if failing_for is None and loop.answers_since is not None:
            failing_for = self._clock.monotonic() - loop.answers_since
        return self._rhythm.interval(loop.probe.id, loop.probe.interval, failing_for, loop.back_off)

    def _lasts(self, loop: _Loop, *statuses: Status) -> float | None:
        """How long its status is one of these, seconds; None when it is not."""
        record = self._store.records[loop.probe.id]
        if record.status not in statuses or record.since is None:
            return None
        return (self._clock.now() - record.since).total_seconds()

    async def _ask(self, loop: _Loop) -> bool:
        """Ask and put the answer into the store; whether to ask again after a second."""
        try:
            return await self._take(loop)
        except Exception as error:  # a fault of ours must be seen on the board, and the loop goes on
            return self._store.put(loop.probe.id, self._fault(loop.probe, error))

    async def _take(self, loop: _Loop) -> bool:
        probe = loop.probe
        turn = await self._turn(loop)
        began = loop.asked_at = self._clock.monotonic()
        try:
            answer = await probe.ask()
        finally:
            self._slots.release(turn)
        if self.is_paused or began < self._resumed_at:
            return True
        own = next((reading for reading in answer.readings if reading.service_id == probe.id), None)
        loop.was_silent = own is not None and _is_silence(own)
        loop.is_refused = own is not None and own.is_refused
        record = self._store.records[probe.id]
        was = {id: self._store.records[id].status for id in probe.whose}
        told = [claim for claim in answer.claims if self._is_news(claim)]
        again = self._store.put(probe.id, answer)
        if record.status in (Status.UP, Status.ABSENT):
            loop.answers_since = None
        elif was[probe.id] is Status.DOWN and record.status is not Status.DOWN:
            # One that starts is without a leader, or still loads, for a moment: its end is awaited as the failure's was.
            loop.answers_since = self._clock.monotonic()
        before, loop.back_off = loop.back_off, 0.0
        # Who waits for a failure's end is answered soon in its first minute; a login may lock its user at any time.
        if own is not None and own.backs_off:
            lasts = self._lasts(loop, Status.DOWN, Status.UNKNOWN)
            if own.is_refused or not self._rhythm.is_new_failure(lasts):
                loop.back_off = next_back_off(before, probe.interval, own.is_refused)
        for claim in told:
            self._ask_soon(claim.service_id)
        if again:
            # How its container is says why.
            self._ask_soon(record.service.docker, Status.UP, Status.DEGRADED)
        for id, before_it in was.items():
            if before_it in TROUBLE and self._store.records[id].status is Status.UP:
                self._ask_around(self._store.records[id].service)
        return again

    async def _turn(self, loop: _Loop) -> Turn:
        """Wait for a slot; how long that takes is our delay, which makes no answer stale."""
        turn = Turn(loop.due, loop.was_silent)
        if self._slots.take_free(turn):
            return turn
        records = [self._store.records[id] for id in loop.probe.whose]
        loop.turn = turn
        began = self._clock.monotonic()
        for record in records:
            record.is_kept_waiting = True
        try:
            await self._slots.take(turn)
        finally:
            loop.turn = None
            for record in records:
                record.is_kept_waiting = False
                record.delay(self._clock.monotonic() - began)
        return turn

    def _is_news(self, claim: Claim) -> bool:
        """Whether another source contradicts our last reading, or tells of a change that we have not seen."""
        record = self._store.records.get(claim.service_id)
        if record is None:
            return False
        before = record.claims.get(claim.by)
        return record.is_doubtful(claim) or (before is not None and _said(before) != _said(claim))

    def _ask_around(self, back: Service) -> None:
        """Ask those that need what is just back, and what it needs itself: they may be back too."""
        others = {*self._store.dependencies.needed_by(back.id), *back.depends_on}
        for id in others:
            self._ask_soon(id, *TROUBLE)

    def _ask_soon(self, id: str, *statuses: Status) -> None:
        """Ask one of these statuses (of any, for none) now."""
        if self._may_ask(id) and (not statuses or self._store.records[id].status in statuses):
            self.ask_now(id)

    def _may_ask(self, id: str) -> bool:
        """Whether a service may be asked before it is due: not where its login was refused, for that may lock a user."""
        loop, record = self._loops.get(id), self._store.records.get(id)
        if loop is None or record is None or loop.is_refused:
            return False
        # A first failure is asked again anyway, and a second later: two at once would be one.
        return not record.asks or record.status is Status.DOWN

    def _fault(self, probe: "Probe", error: Exception) -> Answer:
        at = self._clock.now()
        what = one_line(probe.secrets.mask(f"{type(error).__name__}: {error}"), 120)
        words = f"internal error of sutaz-tui while probing {probe.service.title}: {what}; please report it"
        readings = [
            Reading(
                id,
                probe.kind,
                Status.UNKNOWN,
                "could not be probed: internal error of sutaz-tui",
                at,
                word="fault",
                error=words,
                rule="internal error = unknown",
            )
            for id in probe.whose
        ]
        return Answer(tuple(readings), changes=(Change(at, probe.id, ChangeKind.FAULT, words),))


def _said(claim: Claim) -> tuple[object, ...]:
    """What of a claim is an event when it changes."""
    return claim.status, claim.word, claim.facts.get("container_state")


def _is_silence(reading: Reading) -> bool:
    """Whether the ask waited in vain: for the service, or for the name server."""
    return (reading.status is Status.DOWN and reading.backs_off) or reading.because == NAME_SERVER


async def drop(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks until they end."""
    left = set(tasks)
    for _ in range(CANCELLATIONS):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=CANCELLED_WITHIN)
