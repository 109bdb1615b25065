"""Checks run in several places: who asks, collects the answers, and says of each that is missing why."""

import asyncio
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sutaz_tui.config import Config
from sutaz_tui.config.same import checks_hash
from sutaz_tui.config.workers import ALL, ANY, Workers
from sutaz_tui.config.workers_rules import place_fault
from sutaz_tui.errors import SourceError, SutazError
from sutaz_tui.model import CheckResult, CheckRun, Outcome, Step
from sutaz_tui.sources.workers.jobs import STEPS, Answer, Forged, Job, Seal, Sign, Taken, field_of, takers_of
from sutaz_tui.text.sanitise import head, one_line
from sutaz_tui.text.units import plural
from sutaz_tui.wiring.checks import NoSuchCheck
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.worker import EVERY, of_workers

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check
    from sutaz_tui.sources.workers.queues import Queues
    from sutaz_tui.sources.workers.results import Results

PAUSE = 0.1
STEP_LIMIT = 4096
"""Characters of a part of a step that are kept."""
AGAIN_AFTER = 1.0
NOT_ASKED = "not asked of other places, where workers only read: run it without --on"


def places_of(workers: Workers, on: str) -> tuple[str, ...]:
    """The places that `--on` names; NoSuchCheck where it names none."""
    if on == ANY:
        return (ANY,)
    if on == ALL:
        if not workers.vantages:
            raise NoSuchCheck(
                "--on all: workers.vantages of the config names no place, such as [berlin, paris]"
            )
        return tuple(workers.vantages)
    names = tuple(dict.fromkeys(name.strip() for name in on.split(",")))
    for name in names:
        if fault := place_fault(name):
            raise NoSuchCheck(f"--on {one_line(name, 80)!r}: expected all, any, or names of places ({fault})")
    return names


class Asking:
    """One run of checks in several places."""

    def __init__(
        self,
        config: Config,
        workers: Workers,
        places: tuple[str, ...],
        step: Callable[[], object],
    ) -> None:
        self._config = config
        self._workers = workers
        self._places = places
        self._step = step
        self._seal = Seal(workers.key)
        self._run = secrets.token_hex(16)
        self._jobs: dict[str, Job] = {}
        self._sent: set[str] = set()
        self._answers: dict[str, Answer | Forged] = {}
        self._trouble = {"broker": "", "results": ""}
        self._takers: dict[str, Taken] = {}
        self._hash = checks_hash(config)
        self._signs: dict[str, Sign | Forged | None] = dict.fromkeys(places)
        self._there: set[str] = set()
        self._absent: set[str] = set()
        self._looked = self._seen_none = -math.inf
        self._first: dict[str, str] = {}
        self.notes: list[str] = []
        """What a person should read besides the results."""

    async def run(self, checks: "Iterable[Check]", seconds: float) -> CheckRun:
        """All results, each with its place: of what gave none within `seconds` an error. SutazError where nobody could be
        asked."""
        from sutaz_tui.sources.workers.queues import Queues
        from sutaz_tui.sources.workers.results import Results

        every = list(checks)
        asked = of_workers(every, self._config.env)
        began = datetime.now(UTC)
        shared = SharedClients(self._config)
        clients = await shared.get()
        results = Results(self._workers, clients, self._seal)
        try:
            queues = Queues(self._workers, clients, self._seal)
            try:
                await queues.look()
                await results.open(self._run, seconds)
            except SourceError as error:
                words = f"nothing was run: {error}. The same checks run from here without --on"
                raise SutazError(words) from None
            until = time.time() + seconds
            for place in self._places:
                for check in asked:
                    job = Job(self._run, check.id, place, until, self._hash)
                    self._jobs[job.field] = job
            await self._collect(queues, results, seconds)
            await self._account(results)
            told = [self._result(check, place) for check in asked for place in self._places]
        finally:
            with suppress(SourceError):
                await results.close(self._run)
            await results.aclose()
            await shared.aclose()
        told += [_skipped(one) for one in every if one not in asked]
        order = {check.id: place for place, check in enumerate(every)}
        told.sort(key=lambda one: order[one.of])
        return CheckRun(
            self._run, "headless", began, finished=datetime.now(UTC), total=len(told), results=tuple(told)
        )

    async def _collect(self, queues: "Queues", results: "Results", seconds: float) -> None:
        """Send jobs and take answers until all that can have one do, or the time is over."""
        end = asyncio.get_running_loop().time() + seconds
        sending = asyncio.create_task(self._send(queues), name="jobs")
        try:
            async with asyncio.timeout_at(end):
                while self._waiting():
                    await self._look(results, end)
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            # What came may not have been announced: whoever brought it was killed in between.
            with suppress(SourceError):
                self._keep(await results.answers(self._run, self._waiting()))
        finally:
            sending.cancel()
            await asyncio.wait({sending})
        if not sending.cancelled():
            sending.result()

    def _waiting(self) -> list[str]:
        return [
            field
            for field, job in self._jobs.items()
            if field not in self._answers and job.place not in self._absent
        ]

    async def _send(self, queues: "Queues") -> None:
        """Send what is not sent yet to places that have a worker, again after the broker was away."""
        while True:
            left = [
                job
                for field, job in self._jobs.items()
                if field not in self._sent and field not in self._answers and job.place in self._there
            ]
            try:
                if left:
                    await queues.send(left, lambda job: self._sent.add(job.field))
            except SourceError as error:
                self._trouble["broker"] = str(error)
                await asyncio.sleep(AGAIN_AFTER)
            else:
                await asyncio.sleep(PAUSE)

    async def _look(self, results: "Results", end: float) -> None:
        try:
            await self._take_new(results, end)
            await self._look_for_workers(results)
        except SourceError as error:
            self._trouble["results"] = str(error)
            # A Redis that comes back knows nothing of workers until they give a sign again.
            self._seen_none = -math.inf
            await asyncio.sleep(AGAIN_AFTER)
        else:
            self._trouble["results"] = ""

    async def _take_new(self, results: "Results", end: float) -> None:
        while fields := await results.news(self._run):
            expected = [one for one in fields if one in self._jobs and one not in self._answers]
            self._keep(await results.answers(self._run, expected))
        if fields is None:
            # What workers brought meanwhile was dropped, so all that has no answer is asked again.
            await results.open(self._run, end - asyncio.get_running_loop().time())
            self._sent.difference_update(self._waiting())
            self._seen_none = -math.inf

    async def _look_for_workers(self, results: "Results") -> None:
        """Which places have a worker: one that gives no sign for longer than a worker takes between two has none."""
        now = asyncio.get_running_loop().time()
        if now - self._looked < AGAIN_AFTER or not (unknown := {*self._places} - self._there - self._absent):
            return
        self._looked = now
        for place in unknown:
            self._signs[place] = await results.sign(takers_of(place, self._hash))
            if isinstance(self._signs[place], Sign):
                self._there.add(place)
        self._seen_none = now if self._seen_none < 0 else self._seen_none
        if now - self._seen_none > EVERY + AGAIN_AFTER:
            self._absent |= unknown - self._there
            for job in self._jobs.values():
                if job.place in self._absent:
                    self._step()

    def _keep(self, answers: "dict[str, Answer | Forged]") -> None:
        for field, answer in answers.items():
            self._answers[field] = answer
            self._step()

    # --- results

    def _result(self, check: "Check", place: str) -> CheckResult:
        field = field_of(check.id, place)
        answer = self._answers.get(field)
        name = check.id if place == ANY else field
        if isinstance(answer, Answer) and answer.result is not None:
            return self._said(check, name, place, answer.by, answer.result)
        if isinstance(answer, Answer):
            words = f"{one_line(answer.by, 64)} refused the check: {one_line(answer.refused, 200)}"
        elif answer is not None:
            words = f"the answer of {_who(place)} is not taken: {answer}"
        else:
            words = self._why_none(field, place)
        # What is missing for one reason is told as one fault.
        first = self._first.setdefault(words, name)
        made = _made(check, name, place, words)
        return replace(made, follows=first if first != name else "")

    def _said(self, check: "Check", name: str, place: str, by: str, result: CheckResult) -> CheckResult:
        """What a worker found; of which check it tells is our own word."""
        mask = self._config.secrets.mask

        def safe(text: str) -> str:
            return mask(head(text.encode("utf-8", "replace"), STEP_LIMIT))

        steps = tuple(
            Step(
                one_line(one.what, 200), safe(one.request), safe(one.answer), one.elapsed, safe(one.reproduce)
            )
            for one in result.steps[:STEPS]
        )
        ours = _made(check, name, place if place != ANY else one_line(by, 64), "")
        return replace(
            ours,
            outcome=result.outcome,
            expected=mask(one_line(result.expected, 400)),
            found=mask(one_line(result.found, 600)),
            message=mask(one_line(result.message, 800)),
            started=result.started,
            elapsed=result.elapsed,
            steps=steps,
            cause=one_line(result.cause, 64),
            is_down=result.is_down,
            tries=result.tries,
        )

    def _why_none(self, field: str, place: str) -> str:
        """Why there is no answer, as far as that is known."""
        words = "no place gave an answer" if place == ANY else f"{place} gave no answer"
        if place in self._absent:
            return self._no_worker(place)
        if field not in self._sent and place in self._there:
            why = self._trouble["broker"] or "there was no time left"
            return f"{words}: the check could not be handed to RabbitMQ: {why}"
        if trouble := self._trouble["results"]:
            return f"{words} that could be read: {trouble}"
        sign = self._signs[place]
        if (taker := self._takers.get(field)) is not None:
            words = (
                f"{one_line(taker.by, 64)} gave no answer: its worker took the check, and hangs or was ended"
            )
            return words if sign is not None or place == ANY else f"{words}; no sign of life"
        if not isinstance(sign, Sign):
            return f"{words}: {self._no_worker(place)}"
        if place == ANY:
            return f"{words}: no worker took the check"
        return f"{words}: its worker is there, and did not come to take the check"

    def _no_worker(self, place: str) -> str:
        if place == ANY:
            return "no place has a worker of this config and version that gives a sign of life"
        if isinstance(self._signs[place], Forged):
            return f"the worker of {place} has another key"
        return f"{place} has no worker that gives a sign of life"

    async def _account(self, results: "Results") -> None:
        """What is known of the workers, and what they counted."""
        try:
            self._takers = await results.takers(self._run, self._waiting())
            for place in self._places:
                self._signs[place] = await results.sign(takers_of(place, self._hash))
            if twice := await results.twice(self._run):
                self.notes.append(f"{plural(twice, 'check')} ran twice; the first result counts")
        except SourceError as error:
            self._trouble["results"] = self._trouble["results"] or str(error)
        for place, sign in self._signs.items():
            if isinstance(sign, Sign) and sign.refused and place != ANY:
                counts = Counter(sign.refused).most_common(5)
                reasons = ", ".join(f"{count} {one_line(why, 80)}" for why, count in counts)
                self.notes.append(f"{place} refused jobs since it runs: {reasons}")


def _who(place: str) -> str:
    return "any place" if place == ANY else place


def _made(check: "Check", name: str, place: str, words: str) -> CheckResult:
    """A result of a check in a place: an error in these words."""
    at = f"@{place}" if name != check.id else ""
    return CheckResult(
        check_id=name, category=check.category, title=check.title, check_class=check.check_class,
        service=check.service, outcome=Outcome.ERROR, expected=check.title, found=words, message=words,
        started=datetime.now(UTC), elapsed=0.0, follows=f"{check.follows}{at}" if check.follows else "", seen_from=place,
    )  # fmt: skip


def _skipped(check: "Check") -> CheckResult:
    return replace(_made(check, check.id, "", NOT_ASKED), outcome=Outcome.SKIP, expected="", found="")
