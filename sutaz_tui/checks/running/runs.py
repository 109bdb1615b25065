"""The desk of the checks: what each ended with last, what runs now, and the tallies that the strip shows."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from sutaz_tui.checks.running.runner import CheckRunner
from sutaz_tui.checks.running.timed import finished_words, turned
from sutaz_tui.clock import Clock
from sutaz_tui.model import (
    RED,
    CheckClass,
    CheckResult,
    CheckRun,
    Outcome,
    SeenFrom,
    ServiceState,
    Status,
    Tally,
)

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

PAUSES = (2.0, 4.0, 8.0, 15.0)
UNTIL_GREEN_MOST = 600.0
MOMENT = timedelta(milliseconds=1)


class Turns(Protocol):
    """How the programs that watch one config know of each other's checks."""

    async def begin(self, scope: str, writes: bool) -> str:
        """Say that checks begin: "" or why they must not yet."""

    async def share(self, run: CheckRun) -> None:
        """Say how they ended."""

    def end(self, scope: str) -> None:
        """Say that they ended."""


class Running(Struct):
    """A run that goes on."""

    scope: str
    wanted: frozenset[str]
    task: "asyncio.Task[CheckRun] | None" = None
    done: set[str] = field(default_factory=set)


class CheckRuns:
    """Runs checks on request and remembers how each ended.

    `changed` is called after every result; `kept` after every finished run, `said` with what it changed. `turns` tell
    others what runs, and keep what writes from running while another program writes.
    """

    def __init__(
        self,
        runner: CheckRunner,
        states: Callable[[], Mapping[str, ServiceState]],
        clock: Clock,
        changed: Callable[[], None],
        kept: Callable[[CheckRun], None] = lambda _: None,
        said: Callable[[str], None] = lambda _: None,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns
        self._runner = runner
        self._states = states
        self._clock = clock
        self._changed = changed
        self._kept = kept
        self._said = said
        self.checks: dict[str, Check] = {}
        self.results: dict[str, CheckResult] = {}
        self.seen_from: Mapping[str, tuple[SeenFrom, ...]] = {}
        """How they ended last in other places."""
        self.before: dict[str, Outcome] = {}
        self._runs: dict[str, Running] = {}
        self._ending: set[asyncio.Task[CheckRun]] = set()

    def load(self, checks: "Iterable[Check]", last: Mapping[str, CheckResult] | None = None) -> None:
        """Say which checks there are, and how each ended last, in an earlier run of the program."""
        self.checks = {check.id: check for check in checks}
        self.results = {**(last or {}), **self.results}
        self._changed()

    def take(self, found: Mapping[str, CheckResult]) -> list[str]:
        """Take up how checks ended in another program; the ids of those that it ran later than we did."""
        new = []
        for id, result in found.items():
            last = self.results.get(id)
            # What was kept is told to the millisecond: it may be our own.
            if id in self.checks and (last is None or result.started - last.started > MOMENT):
                if last is not None:
                    self.before[id] = last.outcome
                self.results[id] = result
                new.append(id)
        if new:
            self._changed()
        return new

    def take_seen(self, seen: Mapping[str, tuple[SeenFrom, ...]]) -> None:
        """Take up how checks ended last in other places."""
        if seen != self.seen_from:
            self.seen_from = seen
            self._changed()

    def add(self, checks: "Iterable[Check]", last: Mapping[str, CheckResult] | None = None) -> None:
        """Say that there are more checks, such as a suite's once it was collected."""
        self.load([*self.checks.values(), *checks], last)

    @property
    def is_running(self) -> bool:
        """Whether any check runs."""
        return bool(self._runs)

    def running(self) -> frozenset[str]:
        """The ids of the checks that have not ended yet."""
        return frozenset(id for run in self._runs.values() for id in run.wanted - run.done)

    def progress(self, ids: Iterable[str]) -> tuple[int, int]:
        """How many of these have ended, of those that run or did in the same run; (0, 0) where none runs."""
        own = frozenset(ids)
        runs = [run for run in self._runs.values() if run.wanted & own]
        return sum(len(run.done & own) for run in runs), sum(len(run.wanted & own) for run in runs)

    def of(self, category: str) -> "list[Check]":
        """The checks of a category."""
        return [check for check in self.checks.values() if check.category == category]

    def runs_unasked(self, check: "Check") -> bool:
        """Whether a check may run without a question: it only reads, and logs in only where that is free."""
        return self._runner.unasked.issuperset(check.wants)

    def failed(self, *classes: CheckClass) -> "list[Check]":
        """The checks that were red when they last ran, of these classes where any are given."""
        return [
            self.checks[id]
            for id, result in self.results.items()
            if result.outcome in RED
            and id in self.checks
            and (not classes or self.checks[id].check_class in classes)
        ]

    def failed_unasked(self) -> "list[Check]":
        """The red ones that may run again without a question."""
        return [check for check in self.failed() if self.runs_unasked(check)]

    def run(
        self, checks: "Iterable[Check]", scope: str, allow: frozenset[str] = frozenset()
    ) -> "asyncio.Task[CheckRun] | None":
        """Start checks; a scope that runs already starts anew, others go on. None when there is nothing to run."""
        wanted = list(checks)
        if not wanted:
            return None
        if scope in self._runs:
            self.cancel(scope)
        run = self._runs[scope] = Running(scope, frozenset(check.id for check in wanted))
        task = asyncio.create_task(self._go(run, wanted, allow), name=f"checks {scope}")
        run.task = task
        self._changed()
        return task

    async def _go(self, run: Running, wanted: "list[Check]", allow: frozenset[str]) -> CheckRun:
        def ended(result: CheckResult) -> None:
            # A run that was started anew no longer speaks.
            if self._runs.get(run.scope) is run:
                run.done.add(result.check_id)
                if (last := self.results.get(result.check_id)) is not None:
                    self.before[result.check_id] = last.outcome
                self.results[result.check_id] = result
                self._changed()

        before = dict(self.results)
        turns = self._turns
        try:
            writes = any(check.check_class is not CheckClass.READS for check in wanted)
            if turns is not None and (refusal := await turns.begin(run.scope, writes)):
                turns = None
                self._said(f"{run.scope} did not run: {refusal}")
                return CheckRun(run.scope, run.scope, self._clock.now(), self._clock.now())
            finished = await self._runner.run(wanted, ended, scope=run.scope, allow=allow)
            self._kept(finished)
            if turns is not None:
                await turns.share(finished)
            if turned(finished, before):
                self._said(finished_words(finished, before))
            return finished
        finally:
            if turns is not None:
                turns.end(run.scope)
            if self._runs.get(run.scope) is run:
                del self._runs[run.scope]
            self._changed()

    def cancel(self, scope: str | None = None) -> int:
        """Drop what runs (of one scope); requests end at once, clean-up goes on behind. How many checks were dropped."""
        dropped = 0
        for name in [scope] if scope is not None else list(self._runs):
            run = self._runs.pop(name, None)
            if run is None or run.task is None:
                continue
            dropped += len(run.wanted - run.done)
            run.task.cancel()
            self._ending.add(run.task)
            run.task.add_done_callback(self._ending.discard)
        self._changed()
        return dropped

    async def until_green(
        self,
        say: Callable[[str], None],
        asked: frozenset[str] = frozenset(),
        allow: frozenset[str] = frozenset(),
    ) -> int:
        """Run failed reads again after growing pauses until none is red; how many still are after ten minutes.

        With them those that were asked for, by id, and what these may do.
        """
        started, tries = self._clock.monotonic(), 0
        while red := [check for check in self.failed() if check.id in asked or self.runs_unasked(check)]:
            if tries:
                pause = PAUSES[min(tries - 1, len(PAUSES) - 1)]
                if self._clock.monotonic() - started + pause > UNTIL_GREEN_MOST:
                    break
                say(f"try {tries + 1}, next in {pause:g} s; x stops")
                await self._clock.wait(asyncio.Event(), pause)
            tries += 1
            self.run(red, "until green", allow)
            # What else runs may be red too: nothing is green before all have ended.
            await asyncio.wait([run.task for run in self._runs.values() if run.task is not None])
        return len(red)

    async def stop(self) -> None:
        """Drop everything and wait for the clean-up."""
        self.cancel()
        if self._ending:
            await asyncio.wait(self._ending, timeout=1.0)
        await self._runner.cleaned()

    def tallies(self, categories: Iterable[str]) -> dict[str, Tally]:
        """How each category stands."""
        running = self.running()
        states = self._states()
        return {category: self._tally(category, running, states) for category in categories}

    def _tally(self, category: str, running: frozenset[str], states: Mapping[str, ServiceState]) -> Tally:
        own = [check for check in self.checks.values() if check.category == category]
        results = [self.results[check.id] for check in own if check.id in self.results]
        ran = [result for result in results if result.outcome is not Outcome.SKIP]
        at = max((result.started for result in ran), default=None)
        run = next((run for run in self._runs.values() if any(check.id in run.wanted for check in own)), None)
        in_run = [check.id for check in own if run is not None and check.id in run.wanted]
        return Tally(
            category=category,
            total=len(own),
            passed=sum(result.outcome is Outcome.PASS for result in ran),
            red=sum(result.outcome in RED for result in ran),
            not_run=len(own) - len(ran),
            at=at,
            running=len(in_run) if any(id in running for id in in_run) else 0,
            done=sum(id not in running for id in in_run),
            is_outdated=at is not None
            and any(_is_down_since(states, id, at) for check in own for id in check.needs),
        )


def _is_down_since(states: Mapping[str, ServiceState], id: str, at: datetime) -> bool:
    state = states.get(id)
    return state is not None and state.status is Status.DOWN and state.since is not None and state.since > at
