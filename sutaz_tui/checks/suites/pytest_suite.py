"""A pytest suite as a category: its tests collected, run in one pytest, and each told as soon as it has ended."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Ended, Twin
from sutaz_tui.config.suites import PytestSuite
from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.model import CheckClass, Outcome, Step
from sutaz_tui.sources.pytest_suite import Event, Running, Suite
from sutaz_tui.text.sanitise import Secrets, head, one_line

COLLECT = "collect"
"""The check that there is before the tests are known: whether pytest collects them."""
COLLECTED_WITHIN = 120.0
REPORT = 16 * 1024
"""Bytes of a test's report that are shown."""
MOST_TESTS = 20_000
_AT = re.compile(r"\S.{0,300}?:\d+: ")
_IN_FILE = re.compile(r'File "(.{1,300})", line (\d+)')
OUTCOMES = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "error": Outcome.ERROR, "skip": Outcome.SKIP}
STATUSES = {
    2: "it was interrupted",
    3: "internal error",
    4: "it cannot use what it is given",
    5: "it finds no tests",
}
"""What pytest's exit codes mean where it does more than run tests."""


class PytestBatch:
    """The tests of one suite; `found` are those of the last collection, beside the check that collects them."""

    def __init__(self, entry: PytestSuite, secrets: Secrets) -> None:
        self._entry = entry
        self._secrets = secrets
        cwd = Path(entry.cwd).absolute()
        title, python = entry.title or entry.id, entry.interpreter()
        self._suite = Suite(title, python, entry.path, entry.args, entry.env, cwd, secrets)
        self._root = cwd
        self._ids: dict[str, str] = {}
        self._broken: dict[str, str] = {}
        self.found: list[Check] = []

    def collecting(self) -> Check:
        """The check that collects the suite."""
        return self._check(
            COLLECT, "pytest collects the suite", self._collects, timeout=COLLECTED_WITHIN + 5, suite=self
        )

    async def _collects(self, _: Ask) -> str:
        await self.collect()
        broken = [f"{id}: {_gist(words)}" for id, words in self._broken.items()]
        if broken:
            raise BadAnswer(
                self._suite.source, f"{len(broken)} of its files do not import: {'; '.join(broken[:3])}"
            )
        return f"{len(self._ids)} tests in {len({id.partition('::')[0] for id in self._ids.values()})} files"

    async def collect(self) -> list[Check]:
        """The tests of the suite, which are imported and not run; a file that does not import is one check, which fails.

        Raises SourceError where pytest cannot be started or collects nothing at all.
        """
        tests: dict[str, Event] = {}
        broken: dict[str, str] = {}
        try:
            async with (
                asyncio.timeout(COLLECTED_WITHIN),
                self._suite.running("--collect-only", "-q", "--continue-on-collection-errors") as running,
            ):
                async for event in running.events():
                    if event.get("is_") == "start":
                        self._root = Path(str(event.get("root")))
                    elif event.get("is_") == "test" and len(tests) < MOST_TESTS:
                        tests[str(event.get("id"))] = event
                    elif event.get("is_") == "broken":
                        broken[str(event.get("id"))] = str(event.get("words"))
                code, written = await running.ended()
        except TimeoutError as error:
            words = f"pytest has not collected it within {COLLECTED_WITHIN:g} s"
            raise BadAnswer(self._suite.source, words) from error
        if not tests and not broken:
            raise BadAnswer(self._suite.source, _end_words(code, written))
        self._broken = broken
        self._ids = {f"{self._entry.id}.{one_line(id, 400)}": id for id in (*tests, *broken)}
        self.found = [self._test(check_id, id, tests.get(id, {})) for check_id, id in self._ids.items()]
        return self.found

    def _test(self, check_id: str, id: str, told: Mapping[str, Any]) -> Check:
        about = one_line(str(told.get("about") or ""), 120)
        name = one_line(id.rpartition("::")[2] if told else f"{id} imports", 120)
        tags = tuple(one_line(str(tag), 40) for tag in told.get("tags") or ())
        return self._check(check_id.partition(".")[2], about or name, _alone, batch=self, tags=tags)

    def _check(self, name: str, title: str, run: Any, **more: Any) -> Check:
        return Check(
            f"{self._entry.id}.{name}", self._entry.id, title, run, (), Twin(),
            check_class=CheckClass(self._entry.does), sends=f"runs {self._suite.command()}", **more,
        )  # fmt: skip

    # Running

    async def run(
        self, checks: Sequence[Check], ended: Callable[[Check, Ended], None], fail_fast: bool
    ) -> None:
        """Run these tests in one pytest; one in which pytest itself ends is an error, and the rest are run by the next."""
        known = dict(self._ids)
        run = _Run({known[check.id]: check for check in checks if check.id in known}, ended, self._told_of)
        for check in checks:
            if check.id not in known:
                ended(
                    check,
                    Ended(Outcome.ERROR, check.title, words := "the suite has no such test any more", words),
                )
        end = time.monotonic() + self._entry.timeout
        while run.left:
            before = len(run.left)
            try:
                await self._once(run, end, fail_fast)
            except SourceError as error:
                run.rest(Outcome.ERROR, error.words)
            if time.monotonic() >= end:
                run.rest(Outcome.ERROR, f"the suite had not ended within {self._entry.timeout:g} s")
            if len(run.left) == before or (fail_fast and run.is_red):
                run.rest(Outcome.SKIP, "not run: pytest stopped before it")

    async def _once(self, run: "_Run", end: float, fail_fast: bool) -> None:
        only = list(run.left) if len(run.left) < len(self._ids) else []
        more = ["--continue-on-collection-errors", *(["-x"] if fail_fast else [])]
        async with self._suite.running(*more, only=only) as running:
            if not await self._listen(run, running, end):
                return
            code, written = await running.ended()
        if run.begun:
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            run.fail_begun(f"pytest ended in it, with {how}")
        elif code in STATUSES or code < 0:
            run.rest(Outcome.ERROR, _end_words(code, written))

    async def _listen(self, run: "_Run", running: Running, end: float) -> bool:
        """Take what pytest tells until it ends; False where a test or the suite took too long."""
        events = running.events()
        while True:
            late = min(end, run.oldest() + self._entry.test_timeout)
            try:
                async with asyncio.timeout(max(0.0, late - time.monotonic())):
                    event = await anext(events, None)
            except TimeoutError:
                limit = self._entry.test_timeout if late < end else self._entry.timeout
                run.fail_begun(f"it had not ended within {limit:g} s, and was killed")
                return False
            if event is None:
                return True
            run.take(event)

    def _told_of(self, id: str, how: str, event: Mapping[str, Any]) -> Ended:
        words = str(event.get("words") or "")
        sections = [f"--- {name} ---\n{text}" for name, text in event.get("sections") or ()]
        report = head(self._secrets.mask("\n".join([words, *sections])).encode(), REPORT)
        elapsed = float(event.get("seconds") or 0.0)
        again = self._suite.command([f"{self._root}{os.sep}{id}"])
        step = Step(self._suite.source, again, report, elapsed, again)
        outcome = OUTCOMES.get(how, Outcome.ERROR)
        gist = _gist(words)
        if outcome is Outcome.PASS:
            return Ended(outcome, "", gist or "passes", gist or "passes", elapsed, (step,))
        if outcome is Outcome.SKIP:
            return Ended(outcome, "", "", gist or "skipped", elapsed, (step,))
        return Ended(outcome, "it passes", gist, gist, elapsed, (step,))


@dataclass(slots=True)
class _Run:
    """What of a run is still to be told, by node id, and what has begun when."""

    left: dict[str, Check]
    tell: Callable[[Check, Ended], None]
    made: Callable[[str, str, Mapping[str, Any]], Ended]
    told: dict[str, Check] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    is_red: bool = False

    def take(self, event: Event) -> None:
        """Take what the plugin told."""
        id, kind = str(event.get("id")), event.get("is_")
        if kind == "begin" and id in self.left:
            self.begun[id] = time.monotonic()
        elif kind == "end":
            self._end(id, str(event.get("how")), event)
        elif kind == "broken":
            self._end(id, "error", event)

    def _end(self, id: str, how: str, event: Mapping[str, Any]) -> None:
        self.begun.pop(id, None)
        # A test that passed ends once more where its fixtures cannot be taken down.
        check = self.left.pop(id, None) or self.told.get(id)
        if check is not None:
            self.told[id] = check
            self.is_red |= how in ("fail", "error")
            self.tell(check, self.made(id, how, event))

    def oldest(self) -> float:
        """When the test began that runs longest (by the monotonic clock); never, where none runs."""
        return min(self.begun.values(), default=float("inf"))

    def fail_begun(self, words: str) -> None:
        """What has begun does not end by itself."""
        now = time.monotonic()
        for id, began in dict(self.begun).items():
            self._end(id, "error", {"words": words, "seconds": now - began})

    def rest(self, outcome: Outcome, words: str) -> None:
        """All that is left ends so."""
        for check in self.left.values():
            self.tell(check, Ended(outcome, check.title if outcome is Outcome.ERROR else "", words, words))
        self.left.clear()


def _gist(words: str) -> str:
    """A report in one line: what pytest marks as the error, else its last line; and where it is."""
    lines = [line for line in words.splitlines() if line.strip()]
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    if marked and (place := _IN_FILE.match(marked[0])):
        # What is no Python: the line itself and a pointer at it stand between.
        return one_line(f"{marked[-1]} ({place[1]}:{place[2]})", 300)
    where = [line for line in reversed(lines) if marked and _AT.match(line)][:1]
    return one_line(" ".join([*(marked or lines[-1:])[:3], *(f"({line})" for line in where)]), 300)


def _end_words(code: int, written: bytes) -> str:
    how = f"signal {signal.Signals(-code).name}" if code < 0 else STATUSES.get(code, f"exit code {code}")
    lines: Iterable[str] = written.decode("utf-8", "replace").splitlines()
    said = [line.strip() for line in lines if line.strip() and not set(line.strip()) <= set("=-_ ")]
    marked = [
        line.removeprefix("E ").strip() for line in said if line.startswith("E ") or "error: " in line.lower()
    ]
    words = "; ".join(line for line in (marked or said)[-3:] if " usage: " not in line) or "without a word"
    return one_line(f"pytest ends before any test: {how}: {words}", 400)


async def _alone(_: Ask) -> str:
    raise AssertionError("tests of a suite are run together")
