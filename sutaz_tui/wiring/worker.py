"""A worker: runs the checks of its own config that others ask for, those that only read, and signs the results."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runner import unasked_in
from sutaz_tui.config import Config
from sutaz_tui.config.same import checks_hash
from sutaz_tui.config.workers import ANY, Workers
from sutaz_tui.errors import CannotStart, SourceError
from sutaz_tui.model import CheckClass, CheckResult, ServiceState
from sutaz_tui.sources.workers.jobs import Answer, Job, Seal, Sign, takers_of
from sutaz_tui.text.units import plural
from sutaz_tui.wiring.checks import Checking
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.engine import build

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check
    from sutaz_tui.sources.workers.results import Results

EVERY = 5.0
"""Seconds between two signs of life."""
STOPS_WITHIN = 4.0
AGAIN_AFTER = 1.0
RUNS = 16
"""Runs of which it is known how the services were, so that each is asked once a run."""


def of_workers(checks: "Iterable[Check]", env: str) -> "list[Check]":
    """Those that a worker may run in this env: they only read, and stand alone."""
    unasked = unasked_in(env)
    return [
        one
        for one in checks
        if one.check_class is CheckClass.READS
        and unasked.issuperset(one.wants)
        and one.batch is None
        and one.suite is None
    ]


class CheckWorker:
    """Answers jobs for one place by the checks of its own config; `tell` gets what a person should read."""

    def __init__(
        self,
        config: Config,
        workers: Workers,
        place: str,
        checks: "list[Check]",
        tell: Callable[[str], object],
    ) -> None:
        self._config = config
        self._workers = workers
        self.place = place
        self._tell = tell
        self._clients = SharedClients(config)
        self._states: dict[str, ServiceState] = {}
        self._checking = Checking(config, lambda: self._states, self._clients)
        self._known = {one.id: one for one in checks}
        self._may = {one.id for one in of_workers(checks, config.env)}
        self._hash = checks_hash(config)
        self._takers = (place, takers_of(ANY, self._hash))
        self._seal = Seal(workers.key)
        self._probed: OrderedDict[str, dict[str, asyncio.Task[None]]] = OrderedDict()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._results: Results | None = None
        self._trouble = {"broker": "", "results": ""}
        self.counts: Counter[str] = Counter()
        """What became of jobs: answered, twice, over, answered before."""
        self.refused: Counter[str] = Counter()
        """Jobs that were not run, by the reason."""

    async def run(self, stopped: "asyncio.Future[int]") -> int:
        """Answer jobs until `stopped` has a code, which is given back; SutazError where it cannot begin."""
        from sutaz_tui.sources.workers.queues import Taking
        from sutaz_tui.sources.workers.results import Results

        clients = await self._clients.get()
        self._results = Results(self._workers, clients, self._seal)
        await self._live()
        at_once = self._config.checks.concurrency
        taking = Taking(
            self._workers, clients, self._seal, self._takers, at_once, self._one_at_a_time, self._forged, self._heard
        )  # fmt: skip
        await taking.start()
        broker = self._workers.rabbitmq()
        where = f"{broker.address}, vhost {broker.vhost}"
        self._tell(f"{self.place}: takes {plural(len(self._may), 'check')} that only read, from {where}")
        living = asyncio.create_task(self._living(), name="signs of life")
        try:
            code = await stopped
        finally:
            living.cancel()
            await asyncio.wait({living})
            try:
                async with asyncio.timeout(STOPS_WITHIN + 2):
                    await taking.stop(STOPS_WITHIN)
                    await self._results.gone(self._takers)
                    await self._results.aclose()
            except (TimeoutError, SourceError):
                # Whoever waits is told by what did not come; the broker gives what was not ended to others.
                pass
        self._tell(f"{self.place}: {self._account()}")
        return code

    def _account(self) -> str:
        refused = ", ".join(f"{count} {reason}" for reason, count in self.refused.items())
        twice = f", {self.counts['twice']} ran twice" if self.counts["twice"] else ""
        return f"{self.counts['kept']} answered{twice}" + (f", refused: {refused}" if refused else "")

    # --- jobs

    async def _one_at_a_time(self, job: Job) -> None:
        """A job that comes again while it runs, as after a restart of the broker, waits for its first time."""
        key = job.run, job.field
        if (before := self._running.get(key)) is not None:
            await asyncio.wait({before})
        task = self._running[key] = asyncio.create_task(self._one(job), name=f"job {job.field}")
        try:
            await asyncio.shield(task)
        finally:
            if self._running.get(key) is task:
                del self._running[key]

    async def _one(self, job: Job) -> None:
        left = job.until - time.time()
        if (state := await self._take(job, left)) != "go":
            if left < 0:
                self._refuse("that came too late")
            self.counts[state] += 1
            return
        if reason := self._why_not(job, left):
            self._refuse(reason[0])
            answer = Answer(self.place, refused=reason[1])
        else:
            answer = Answer(self.place, await self._result(self._known[job.check], job, left))
        await self._put(job, answer)

    def _why_not(self, job: Job, left: float) -> tuple[str, str] | None:
        """Why a job is not run: as it is counted, and as whoever asked is told."""
        if left < 0:
            return "that came too late", f"it came {-left:.0f} s too late by its clock"
        if job.config != self._hash:
            return "of another config", "its config or version is another one"
        if job.check not in self._known:
            return "of unknown checks", "its config has no such check"
        if job.check not in self._may:
            return (
                "of a class other than reads",
                f"the check {self._known[job.check].effect}: workers only read",
            )
        return None

    async def _result(self, check: "Check", job: Job, left: float) -> CheckResult:
        known = {service.id for service in self._config.services}
        end = asyncio.get_running_loop().time() + left
        try:
            async with asyncio.timeout_at(end):
                await self._look(job.run, known.intersection(check.needs))
        except TimeoutError:
            pass  # the check has no time either, and says so
        run = await self._checking.run([check], scope=f"for {job.run}", until=end)
        return run.results[0]

    async def _look(self, run: str, ids: set[str]) -> None:
        """Know how these services are; each is asked once a run."""
        asked = self._probed.setdefault(run, {})
        while len(self._probed) > RUNS:
            self._probed.popitem(last=False)
        if missing := frozenset(ids - asked.keys()):
            task = asyncio.create_task(self._ask(missing), name="services that checks need")
            asked.update(dict.fromkeys(missing, task))
        if wanted := {asked[id] for id in ids}:
            await asyncio.wait(wanted)

    async def _ask(self, ids: frozenset[str]) -> None:
        engine = build(self._config, clients=self._clients)
        try:
            snapshot = await engine.one_round(ids)
        finally:
            await engine.stop()
        self._states |= {one.service.id: one for one in snapshot.services if one.asked is not None}

    # --- Redis

    async def _take(self, job: Job, left: float) -> str:
        assert self._results is not None
        while True:
            try:
                state = await self._results.take(job, self.place, left)
            except SourceError as error:
                self._note("results", str(error))
                if time.time() > job.until:
                    return "over"
                await asyncio.sleep(AGAIN_AFTER)
            else:
                self._note("results", "")
                return state

    async def _put(self, job: Job, answer: Answer) -> None:
        """Bring an answer, again and again while somebody waits for it."""
        assert self._results is not None
        while True:
            try:
                self.counts[await self._results.put(job, answer, job.until - time.time())] += 1
            except SourceError as error:
                self._note("results", str(error))
                if time.time() > job.until:
                    self.counts["over"] += 1
                    return
                await asyncio.sleep(AGAIN_AFTER)
            else:
                self._note("results", "")
                return

    async def _living(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._live()
            except SourceError as error:
                self._note("results", str(error))

    async def _live(self) -> None:
        assert self._results is not None
        sign = Sign(self.place, time.time(), self._hash, dict(self.refused))
        await self._results.live(sign, self._takers)

    # --- what is told

    def _refuse(self, reason: str) -> None:
        self.refused[reason] += 1
        if self.refused[reason] in (1, 10, 100, 1000, 10_000):
            self._tell(f"{self.place}: refused {plural(self.refused[reason], 'job')} {reason}")

    def _forged(self, words: str) -> None:
        self._refuse(f"that none of us sent ({words})")

    def _heard(self, words: str) -> None:
        self._note("broker", words and f"{self._workers.rabbitmq().title}: {words}")

    def _note(self, what: str, words: str) -> None:
        before, self._trouble[what] = self._trouble[what], words
        if words and words != before:
            self._tell(f"{self.place}: {words}; goes on trying")
        elif before and not words:
            self._tell(f"{self.place}: {before.partition(':')[0]} is back")


def workers_of(config: Config) -> Workers:
    """The section `workers`, CannotStart where the config has none."""
    if config.workers is None:
        raise CannotStart("this config names no workers: docs/workers.md says what they are and need")
    return config.workers


def need_dramatiq() -> None:
    """CannotStart with how it is installed where the extra is missing."""
    try:
        import sutaz_tui.sources.workers.queues  # noqa: F401
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("dramatiq"):
            raise
        raise CannotStart("workers need a library of their own: pip install 'sutaz-tui[workers]'") from None
