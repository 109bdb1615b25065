"""The checks of one config behind their screens: loaded, run, kept, and as they stood in the past."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.checks.running.timed import TimedChecks, timed_checks
from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import RED, CheckResult, CheckRun, Outcome, ServiceState, Snapshot
from sutaz_tui.state.write_turn import CheckTurns
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.units import plural
from sutaz_tui.tui.screens.checks.asked_first import AskedFirst
from sutaz_tui.tui.screens.checks.evidence import Evidence
from sutaz_tui.tui.screens.checks.offer import Offer, offer
from sutaz_tui.wiring.checks import Checking, load_checks
from sutaz_tui.wiring.clients import SharedClients

if TYPE_CHECKING:
    # At run time these would bring SQLite and every client library before the first frame.
    from sutaz_tui.checks.base import Check
    from sutaz_tui.checks.registry import Heading
    from sutaz_tui.state.bundle.kept import Checked
    from sutaz_tui.state.history.whose import Whose
    from sutaz_tui.state.results import Past, Results
    from sutaz_tui.state.results_from import ByCheck


class ChecksSession:
    """The checks of one config; `changed` is called whenever something to show differs.

    `writer` keeps the results; None: they are forgotten. `said` hears what a finished run changed, `collected` of a
    category whose tests are known now, and not run.
    """

    def __init__(
        self,
        config: Config,
        engine: Engine,
        changed: Callable[[], None],
        writer: Writer | None = None,
        clients: SharedClients | None = None,
        said: Callable[[str], None] = lambda _: None,
        collected: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._engine = engine
        self._changed = changed
        self._collected = collected
        self._checking = Checking(config, self._states, clients)
        turns = CheckTurns(config, lambda: engine.link) if writer is not None else None
        self.runs = CheckRuns(
            self._checking.runner, self._states, engine.clock, changed, self._keep, said, turns
        )
        self.asked_first = AskedFirst(config, self.runs)
        self.headings: tuple[Heading, ...] = ()
        self._every: tuple[Heading, ...] = ()
        self.shown = self.runs
        self._writer = writer
        self._results: Results | None = None
        self._past: dict[str, Past] = {}
        self.last_scope = ""

    def _states(self) -> dict[str, ServiceState]:
        return {state.service.id: state for state in self._engine.snapshot().services}

    async def open(self) -> None:
        """Load the checks and what is known of them, in a thread: their modules bring the client libraries."""
        checks, self.headings, last = await asyncio.to_thread(self._load)
        self.runs.load(checks, last)
        for check in checks:
            # What another runner wrote is only read; a suite of Python would be run.
            if check.suite is not None and not check.wants:
                self._learn(await check.suite.collect())

    async def open_kept(self, checks: "Iterable[Checked]", folder: Path) -> None:
        """Show how checks ended that nobody can run here, as the history in a folder has it."""
        from sutaz_tui.checks import registry
        from sutaz_tui.checks.base import Check, NotRun, Twin
        from sutaz_tui.state.results import Results

        async def refused(_: object) -> str:
            raise NotRun("it is only shown")

        made = [
            Check(one.id, one.category, one.title, refused, (one.service,) if one.service else (), Twin())
            for one in checks
        ]
        self._results = Results(self._config, folder)
        last, self._past = await asyncio.to_thread(
            lambda results: (results.last(made), results.past(check.id for check in made)), self._results
        )
        present = dict.fromkeys(check.category for check in made)
        found = registry.headings(self._config, present)
        there = {heading.id for heading in found}
        # Categories of the user's own are in no table.
        self.headings = (*found, *(registry.Heading(id, id, "") for id in present if id not in there))
        self.runs.load(made, last)
        self.runs.take_seen(await self._seen_from(self._engine.clock.now()))

    def _load(self) -> "tuple[list[Check], tuple[Heading, ...], dict[str, CheckResult]]":
        from sutaz_tui.checks import registry
        from sutaz_tui.state.results import Results

        checks = load_checks(self._config)
        if self._writer is not None:
            self._results = Results(self._config)
            self._past = self._results.past(check.id for check in checks)
        last = self._results.last(checks) if self._results is not None else {}
        present = {check.category for check in checks}
        self._every = registry.HEADINGS
        return checks, registry.headings(self._config, present), last

    def _keep(self, run: CheckRun) -> None:
        if self._results is not None and self._writer is not None:
            self._results.keep_by(self._writer, run, self._past.update)
            if note := self._results.note():
                self._writer.tell(note)
        for id in (result.check_id for result in run.results if result.outcome is Outcome.PASS):
            suite = self.runs.checks[id].suite if id in self.runs.checks else None
            if suite is not None and self._learn(suite.found) and self.runs.checks[id].wants:
                self._collected(self.runs.checks[id].category)

    def _learn(self, tests: "list[Check]") -> bool:
        """Take up the tests of a suite; whether any of them are new."""
        found = [check for check in tests if check.id not in self.runs.checks]
        if found:
            self.runs.add(found, self._results.last(found) if self._results is not None else {})
        return bool(found)

    async def follow(self, recorded: "Callable[[], Whose | None]") -> None:
        """Take up, until cancelled, what other boards of this config find out, and its recorder in a file of its own, which
        a call in a thread finds."""
        from sutaz_tui.tui.screens.checks.following import follow

        if self._results is not None:
            await follow(self.runs, self._results, recorded, self._past, self._engine.clock)

    def timed(self, is_ours: Callable[[], bool], tell: Callable[[str], None]) -> TimedChecks:
        """What asks the categories of `checks.every` on their timer, while that is for this board."""

        async def run(checks: "list[Check]", category: str) -> CheckRun | None:
            task = self.runs.run(checks, f"{category}, on its timer")
            return await task if task is not None else None

        def of(category: str) -> "list[Check]":
            # What runs by a key is asked anyway.
            busy = self.runs.running()
            found = timed_checks(self.runs.checks.values(), category)
            return [] if any(check.id in busy for check in found) else found

        every = self._config.checks.every
        return TimedChecks(every, of, run, lambda: self.runs.results, is_ours, tell, self._engine.clock)

    async def aclose(self) -> None:
        """Drop what runs, remove what it made, close the clients."""
        await self.runs.stop()
        await self._checking.aclose()

    # The past

    async def ended_at(self, at: datetime) -> "dict[str, CheckResult]":
        """How each check had ended last at a moment of the past."""
        if self._results is None:
            return {}
        return await asyncio.to_thread(self._results.last, [*self.runs.checks.values()], at)

    async def _seen_from(self, at: datetime) -> "ByCheck":
        """How checks had ended last in other places at a moment."""
        return await asyncio.to_thread(self._results.seen_from, at) if self._results is not None else {}

    async def show_past(self, past: Snapshot) -> None:
        """Show from here on how the checks stood then; what runs goes on."""
        states = {state.service.id: state for state in past.services}
        then = CheckRuns(self._checking.runner, lambda: states, self._engine.clock, lambda: None)
        then.load(self.runs.checks.values(), await self.ended_at(past.at))
        then.take_seen(await self._seen_from(past.at))
        self.shown = then

    def show_now(self) -> None:
        """Show again how they stand now."""
        self.shown = self.runs

    async def turned_red(self, since: datetime) -> int:
        """How many checks are red that were not at a moment of the past."""
        red = {
            id for id, result in self.runs.results.items() if result.outcome in RED and result.started > since
        }
        before = await self.ended_at(since) if red else {}
        return sum(id not in before or before[id].outcome not in RED for id in red)

    @property
    def evidence(self) -> Evidence:
        """What is known of each check as they are shown."""
        # What is known of the past of one by now was not known then.
        past = self._past if self.shown is self.runs else {}
        return Evidence(self.shown, past, self._states(), self._engine.clock.now())

    def last_green(self, id: str) -> datetime | None:
        """When a check that is red was green last, None where it is not red or never was."""
        result, past = self.runs.results.get(id), self._past.get(id)
        return past.last_pass if result is not None and result.outcome in RED and past is not None else None

    # Running

    def _reads(self, category: str) -> "list[Check]":
        """The checks of a category (`*`: of all) that run without a question."""
        if category == "*":
            return [check for check in self.runs.checks.values() if self.runs.runs_unasked(check)]
        return [check for check in self.runs.of(category) if self.runs.runs_unasked(check)]

    def of_digit(self, digit: str) -> str:
        """The category that a digit runs, "" for none."""
        return next((heading.id for heading in self.headings if heading.digit == digit), "")

    def offer(self, category: str) -> Offer:
        """What running the read-only checks of a category (`*`: of all) would send."""
        # By all headings: of a category that this config has no checks for its digit is told too.
        every = (*self.headings, *self._every)
        heading = next((heading for heading in every if heading.id == category), None)
        name = (
            f"{heading.digit or heading.letter} {heading.title}" if heading else category.replace("*", "all")
        )
        if not self.runs.checks:
            return Offer("checks are still loading")
        if category != "*" and heading not in self.headings and {*self._every}.isdisjoint(self.headings):
            return Offer("no category has this digit; t lists what there is")
        return offer(name, self._runnable(category), self.runs.results)

    def _runnable(self, category: str) -> "list[Check]":
        return [check for check in self._reads(category) if not self._checking.runner.why_not(check)]

    def run_reads(self, category: str) -> str:
        """Start the read-only checks of a category (`*`: of all); what to say."""
        checks = self._reads(category)
        self.last_scope = category
        if self.runs.run(checks, category) is None:
            return f"{category}: no read-only checks; t lists all"
        return f"{category}: {plural(len(self._runnable(category)), 'read-only check')}"

    def run_failed_reads(self) -> str:
        """Start what reads and was red; what to say."""
        red = self.runs.failed_unasked()
        if self.runs.run(red, "failed") is None:
            return "nothing failed that is read-only"
        return f"{plural(len(red), 'failed check')} again"

    def run_one(self, id: str) -> str:
        """Start one check that only reads; what to say."""
        check = self.runs.checks.get(id)
        if check is None:
            return "no check is selected"
        if not self.runs.runs_unasked(check):
            return f"{id} ({check.effect}): t and its category's letter run it"
        self.runs.run([check], id)
        return f"{id} again"

    def run_allowed(self, category: str) -> None:
        """Start a whole category after its question was answered with the word; what leaves or attacks stays out."""
        allow = self.asked_first.allowed
        checks = [c for c in self.runs.of(category) if self.runs.runs_unasked(c) or allow.issuperset(c.wants)]
        self.last_scope = category
        self.runs.run(checks, category, allow)

    def run_tests(self, category: str) -> None:
        """Start the tests of a suite, after their question was answered with the word."""
        self.last_scope = category
        self.runs.run(self.asked_first.tests(category), category, self.asked_first.allowed)

    def run_again(self, checks: "list[Check]") -> None:
        """Start failed checks that do more than read, after their question was answered with the word."""
        self.runs.run(checks, "failed, asked for", self.asked_first.allowed)

    async def until_green(self, say: Callable[[str], None], asked: "list[Check]") -> str:
        """Run failed reads, and those that were asked for, until none is red; what to say at the end."""
        if not self.runs.failed_unasked() and not asked:
            return "nothing failed that is read-only"
        ids = frozenset(check.id for check in asked)
        left = await self.runs.until_green(say, ids, self.asked_first.allowed if asked else frozenset())
        if left:
            return f"{left} still red after ten minutes"
        still = len(self.runs.failed())
        return (
            f"all read-only checks green; {still} that write or load still red: f" if still else "all green"
        )

    async def repeat(self, checks: "list[Check]", times: int, say: Callable[[str], None]) -> None:
        """Run reads so many times, to find one that fails now and then."""
        bad: dict[str, int] = {}
        for number in range(1, times + 1):
            task = self.runs.run(checks, "repeat")
            if task is None:
                return
            for result in (await task).results:
                if result.outcome in RED:
                    bad[result.check_id] = bad.get(result.check_id, 0) + 1
            say(
                f"run {number} of {times}: "
                + (", ".join(f"{id} {n}x red" for id, n in bad.items()) or "none red")
            )
