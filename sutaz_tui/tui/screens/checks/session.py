"""What the keys of the checks do: run categories, ask before anything but reading, show results and evidence."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.checks.running.timed import TimedChecks, timed_checks
from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import LOGINS, RED, CheckClass, CheckResult, CheckRun, Outcome, ServiceState, Snapshot
from sutaz_tui.state.write_turn import CheckTurns
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.bar import bar
from sutaz_tui.text.table import TableRow
from sutaz_tui.text.units import first_of, plural
from sutaz_tui.tui.screens.checks.offer import Offer, offer
from sutaz_tui.wiring.checks import Checking, load_checks
from sutaz_tui.wiring.clients import SharedClients
from widgets.check_words import copied_line, evidence_lines, result_row
from widgets.moment_words import clock
from widgets.strip_words import count_words, rule

if TYPE_CHECKING:
    # At run time these would bring SQLite and every client library before the first frame.
    from sutaz_tui.checks.base import Check
    from sutaz_tui.checks.registry import Heading
    from sutaz_tui.state.results import Past, Results

Lines = list[tuple[str, str]]
MOST_NAMED = 5
ASKED_FIRST = frozenset({LOGINS, CheckClass.WRITES, CheckClass.HEAVY})


class ChecksSession:
    """The checks of one config behind the screens; `changed` is called whenever something to show differs.

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

    async def follow(self, recorded: Path | None) -> None:
        """Take up, until cancelled, what other boards of this config find out, and its recorder in a file of its own."""
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

    async def show_past(self, past: Snapshot) -> None:
        """Show from here on how the checks stood then; what runs goes on."""
        states = {state.service.id: state for state in past.services}
        then = CheckRuns(self._checking.runner, lambda: states, self._engine.clock, lambda: None)
        then.load(self.runs.checks.values(), await self.ended_at(past.at))
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
        allow = self._askable()
        checks = [c for c in self.runs.of(category) if self.runs.runs_unasked(c) or allow.issuperset(c.wants)]
        self.last_scope = category
        self.runs.run(checks, category, allow)

    def run_tests(self, category: str) -> None:
        """Start the tests of a suite, after their question was answered with the word."""
        self.last_scope = category
        self.runs.run(self._tests(category), category, self._askable())

    def run_again(self, checks: "list[Check]") -> None:
        """Start failed checks that do more than read, after their question was answered with the word."""
        self.runs.run(checks, "failed, asked for", self._askable())

    def _granted(self) -> frozenset[str]:
        """What the config allows by name where env is test."""
        return frozenset(self._config.checks.allow if self._config.env == "test" else ())

    async def until_green(self, say: Callable[[str], None], asked: "list[Check]") -> str:
        """Run failed reads, and those that were asked for, until none is red; what to say at the end."""
        if not self.runs.failed_unasked() and not asked:
            return "nothing failed that is read-only"
        ids = frozenset(check.id for check in asked)
        left = await self.runs.until_green(say, ids, self._askable() if asked else frozenset())
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

    # The question

    def needs_question(self, category: str) -> bool:
        """Whether a category has more than reads."""
        return bool(self._to_ask_for(self.runs.of(category)))

    def question(self, category: str) -> tuple[list[str], str]:
        """What is asked before a category is run whole, and the word that means yes."""
        more = self._to_ask_for(self.runs.of(category))
        reads = len(self._reads(category))
        return self._question(
            f"{category}: {plural(reads, 'read-only check')}; {len(more)} write or load", more
        )

    def question_of_tests(self, category: str) -> tuple[list[str], str]:
        """What is asked before the tests of a suite are run, once it was collected."""
        tests = self._tests(category)
        return self._question(f"{category}: {len(tests)} tests are collected, none has run", tests)

    def _tests(self, category: str) -> "list[Check]":
        return self._to_ask_for(check for check in self.runs.of(category) if check.batch is not None)

    def failed_tests(self) -> "list[Check]":
        """The red tests of suites, which are run again once that was asked for."""
        return [check for check in self.failed_to_ask_for() if check.batch is not None]

    def test(self, id: str) -> "list[Check]":
        """The test of a suite that has this id, as far as it may be run once that was asked for."""
        check = self.runs.checks.get(id)
        return self._to_ask_for([check] if check is not None and check.batch is not None else [])

    def failed_to_ask_for(self) -> "list[Check]":
        """What was red and does more than read, as far as it may be run here."""
        return self._to_ask_for(self.runs.failed())

    def question_again(self, checks: "list[Check]") -> tuple[list[str], str]:
        """What is asked before failed ones that do more than read are run again."""
        return self._question(f"failed: {len(checks)} write or load", checks)

    def _question(self, head: str, more: "list[Check]") -> tuple[list[str], str]:
        host = next(
            (self._config.service(c.service).address for c in more if c.service in self._ids()), "the stack"
        )
        word = "run" if self._config.env == "test" else self._config.env
        width = max((len(check.effect) for check in more), default=0)
        login = ", a login moves the account's last login" if any(check.logs_in for check in more) else ""
        tests: dict[str, list[Check]] = {}
        for check in more:
            if check.batch is not None:
                tests.setdefault(check.category, []).append(check)
        is_suite = [check.batch is not None or check.suite is not None for check in more]
        ends = ["what a suite leaves is its own affair"] if any(is_suite) else []
        ends += [] if all(is_suite) else [f"what is written is cleaned up{login}"]
        end = ", ".join(ends)
        end = end[:1].upper() + end[1:]
        lines = [
            f"{head}, on {host}",
            "",
            *(
                f"  {check.effect:<{width}} {check.title}: {check.sent}"
                for check in more
                if check.batch is None
            ),
            *(
                f"  {of[0].effect:<{width}} {first_of([c.title for c in of], MOST_NAMED)}: {of[0].sent}"
                for of in tests.values()
            ),
            "",
            f"{end}. Nothing of it has been sent yet.",
        ]
        return lines, word

    def _askable(self) -> frozenset[str]:
        return ASKED_FIRST | self._granted()

    def _to_ask_for(self, checks: "Iterable[Check]") -> "list[Check]":
        """Those that may run here once their question is answered."""
        askable = self._askable()
        return [c for c in checks if not self.runs.runs_unasked(c) and askable.issuperset(c.wants)]

    def _ids(self) -> set[str]:
        return {service.id for service in self._config.services}

    # What screens show

    def overlay_lines(self) -> Lines:
        """The overlay of all categories."""
        tallies = self.shown.tallies(heading.id for heading in self.headings)
        now = self._engine.clock.now()
        lines: Lines = [
            (rule("run tests: a letter runs, Esc leaves; nothing has been sent yet", 200), "heading")
        ]
        cells = []
        for heading in self.headings:
            own = self.shown.of(heading.id)
            reads = len(self._reads(heading.id))
            more = f"+{len(own) - reads:<2}" if len(own) > reads else "   "
            tally = tallies[heading.id]
            last = count_words(tally)
            cells.append(
                (f"  {heading.letter} {heading.title:<13}{reads:>3} read {more}  {last:<8}", tally.red)
            )
        half = (len(cells) + 1) // 2
        for left, right in zip(cells[:half], [*cells[half:], ("", 0)], strict=False):
            lines.append((f"{left[0]:<40}{right[0]}", "degraded" if left[1] or right[1] else ""))
        red = len(self.shown.failed_unasked())
        total = sum(map(self.shown.runs_unasked, self.shown.checks.values()))
        ran = max((r.started for r in self.shown.results.values()), default=None)
        lines += [
            ("", ""),
            (
                f"  f only failed ({red})   * all read-only ({total})   . last again ({self.last_scope or '-'})",
                "",
            ),
            (f"  +n write or load: confirmation needed (ENV {self._config.env.upper()})", "muted"),
            (
                f"  last run {clock(ran, now) if ran else 'never'}   ? and a letter: what it would send   Esc back",
                "muted",
            ),
        ]
        return lines

    def overlay_keys(self) -> frozenset[str]:
        """The letters that the overlay takes."""
        return frozenset({*(heading.letter for heading in self.headings), "f", "*", "."})

    def sends(self, letter: str) -> Lines:
        """What a category would send."""
        heading = next((heading for heading in self.headings if heading.letter == letter), None)
        if heading is None:
            return [("f repeats the failed read-only checks; * runs all read-only checks", "")]
        lines: Lines = [(rule(f"what {heading.title} would send; nothing has been sent", 200), "heading")]
        own = sorted(self.shown.of(heading.id), key=lambda check: not check.wants)
        width = max((len(check.effect) for check in own), default=0)
        for check in own:
            lines.append((f"  {check.effect:<{width}} {check.id:<34} {check.sent}", ""))
        return lines

    def head(self, scope: str) -> str:
        """The title of a checks screen."""
        checks = self._of_scope(scope)
        results = [self.shown.results[check.id] for check in checks if check.id in self.shown.results]
        counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
        parts = [
            f"{count} {outcome.upper() if outcome in RED else outcome}"
            for outcome, count in counts.items()
            if count
        ]
        at = max((result.started for result in results), default=None)
        when = f"ran {clock(at, self._engine.clock.now())}" if at else "not run"
        done, total = self.shown.progress(check.id for check in checks)
        state = bar(done, total) if total else when
        return f" CHECKS {scope}   {state}   {'  '.join(parts)}   {len(checks) - len(results)} not run"

    def rows(self, scope: str) -> list[TableRow]:
        """The rows of a checks screen: red first, in their own order else."""
        running = self.shown.running()
        order = {Outcome.FAIL: 0, Outcome.ERROR: 1, Outcome.BLOCKED: 2, Outcome.PASS: 3, Outcome.SKIP: 4}
        checks = self._of_scope(scope)

        def rank(check: "Check") -> int:
            result = self.shown.results.get(check.id)
            return 5 if result is None else order[result.outcome]

        # While checks run nothing moves: a row that jumps is a row that is lost.
        ordered = checks if running & {check.id for check in checks} else sorted(checks, key=rank)
        behind = self._behind(ordered)
        if not running & {check.id for check in checks}:
            # What one fault reddens stands below the one that says it best.
            places = {check.id: place for place, check in enumerate(ordered)}
            ordered.sort(
                key=lambda check: (
                    places[behind.get(check.id, check.id)],
                    check.id in behind,
                    places[check.id],
                )
            )
        return [
            result_row(
                c.id,
                c.title,
                self.shown.results.get(c.id),
                c.id in running,
                c.wants,
                self._was(c.id),
                behind.get(c.id, ""),
            )
            for c in ordered
        ]

    def _behind(self, checks: "list[Check]") -> dict[str, str]:
        from sutaz_tui.checks.faults import red_with

        return red_with(self.shown.results[check.id] for check in checks if check.id in self.shown.results)

    def reads_of(self, scope: str) -> "list[Check]":
        """What of a scope runs without a question."""
        return [check for check in self._of_scope(scope) if self.shown.runs_unasked(check)]

    def _of_scope(self, scope: str) -> "list[Check]":
        if scope == "*":
            return list(self.shown.checks.values())
        if scope in ("failed", "until green", "repeat"):
            shown = {id for id, r in self.shown.results.items() if r.outcome in RED} | self.shown.running()
            return [
                check
                for check in self.shown.checks.values()
                if check.id in shown or self._was_fixed(check.id)
            ]
        return self.shown.of(scope)

    def _was_fixed(self, id: str) -> bool:
        result = self.shown.results.get(id)
        return result is not None and result.outcome is Outcome.PASS and self.shown.before.get(id) in RED

    def _was(self, id: str) -> str:
        result, before = self.shown.results.get(id), self.shown.before.get(id)
        if result is None or before is None or before is result.outcome:
            return ""
        return before.upper() if before in RED else str(before)

    def evidence(self, id: str) -> Lines:
        """The evidence of one check."""
        check = self.shown.checks.get(id)
        if check is None:
            return []
        result = self.shown.results.get(id)
        now = self._engine.clock.now()
        if result is None:
            return [
                (check.id, "heading"),
                (f" {check.title}", ""),
                (f" {check.effect}: {check.sent}", ""),
                *((f" {words}", "muted") for words in self._past_words(id, now)),
                (" not run", "muted"),
            ]
        titles = {service.id: service.title for service in self._engine.services}
        return evidence_lines(
            result,
            titles,
            [*self._past_words(id, now), *self._changed_since(result, now)],
            now,
            self._login(result),
        )

    def copied_line(self, id: str) -> str:
        """The line that repeats a check's last question."""
        result = self.shown.results.get(id)
        return copied_line(result, self._login(result)) if result is not None else id

    def _login(self, result: CheckResult) -> str:
        from sutaz_tui.checks.login_line import login_line

        return login_line(result, self.shown.results.values())

    def touched(self, id: str) -> tuple[str, ...]:
        """The services that a check needs, and those that its last run asked."""
        needed = self.shown.checks[id].needs if id in self.shown.checks else ()
        result = self.shown.results.get(id)
        names = {name: s.id for s in self._engine.services for name in (s.id, s.title)}
        asked = [names[step.what] for step in (result.steps if result else ()) if step.what in names]
        return tuple(dict.fromkeys([*(id for id in needed if id in self._ids()), *asked]))

    def _past_words(self, id: str, now: datetime) -> list[str]:
        past = self._past.get(id)
        # What is known of it by now was not known then.
        if past is None or not past.outcomes or self.shown is not self.runs:
            return []
        letters = "".join(
            {Outcome.PASS: ".", Outcome.FAIL: "F", Outcome.ERROR: "E", Outcome.BLOCKED: "B"}[o]
            for o in past.outcomes
        )
        words = [f"last {len(past.outcomes)}   {letters}   (. ok, F fail, E error, B blocked; newest right)"]
        if past.failing_since is not None:
            last = f", was ok {clock(past.last_pass, now)}" if past.last_pass else ", no pass on record"
            words.append(f"failing since {clock(past.failing_since, now)}{last}")
        return words

    def _changed_since(self, result: CheckResult, now: datetime) -> list[str]:
        """What changed at the services that it needs since it last passed."""
        past = self._past.get(result.check_id)
        if result.outcome not in RED or past is None or past.last_pass is None or self.shown is not self.runs:
            return []
        check = self.shown.checks[result.check_id]
        words = []
        for id in check.needs:
            state: Any = self._states().get(id)
            for change in state.history if state is not None else ():
                if change.at > past.last_pass:
                    words.append(f"since then  {clock(change.at, now)} {state.service.title}: {change.words}")
        return words[-5:]
