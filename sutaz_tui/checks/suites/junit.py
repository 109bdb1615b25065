"""Another runner's results as a category: the test cases of a JUnit file, as they ended when it was written."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Ended, Twin
from sutaz_tui.config.suites import JunitFile
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Outcome, Step
from sutaz_tui.text.sanitise import head, one_line
from sutaz_tui.text.units import ago

FILE = "file"
"""The check that there is whatever the file holds: whether it can be read, and is not too old."""
LIMIT = 20_000_000
MOST_CASES = 20_000
LONGEST = 1e7
"""Seconds."""
REPORT = 16 * 1024
OUTCOMES = {"failure": Outcome.FAIL, "error": Outcome.ERROR, "skipped": Outcome.SKIP}


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: how it ended, in the runner's words."""

    id: str
    outcome: Outcome
    words: str
    report: str
    seconds: float


class JunitSuite:
    """The test cases of one JUnit file; it is read anew each time that they are asked for."""

    def __init__(self, entry: JunitFile) -> None:
        self._entry = entry
        self._path = Path(entry.file)
        self._title = entry.title or entry.id
        self.found: list[Check] = []

    def reading(self) -> Check:
        """The check that reads the file."""
        return self._check(FILE, f"the results in {self._path.name} are there", self._reads, suite=self)

    async def _reads(self, ask: Ask) -> str:
        cases, age = await self._known()
        within = self._entry.within
        ask.expect(not within or age <= within, f"results of the last {ago(within)}", f"{ago(age)} old")
        red = sum(case.outcome in (Outcome.FAIL, Outcome.ERROR) for case in cases)
        return f"{len(cases)} tests, {red} red, {ago(age)} old"

    async def collect(self) -> list[Check]:
        """The test cases; none where the file cannot be read, which its own check tells."""
        with suppress(BadAnswer):
            await self._known()
        return self.found

    async def _known(self) -> tuple[list[Case], float]:
        self.found = []
        cases, age = await asyncio.to_thread(self._read)
        self.found = [self._check(case.id, case.id, _alone, batch=self) for case in cases]
        return cases, age

    def _check(self, name: str, title: str, run: Callable[..., object], **more: object) -> Check:
        sends = f"nothing: reads {self._path}"
        return Check(f"{self._entry.id}.{name}", self._entry.id, title, run, (), Twin(), sends=sends, **more)  # type: ignore[arg-type]

    async def run(self, checks: Sequence[Check], ended: Callable[[Check, Ended], None], _: bool) -> None:
        """How each stands in the file now."""
        try:
            cases, age = await self._known()
        except BadAnswer as error:
            for check in checks:
                ended(check, Ended(Outcome.ERROR, check.title, error.words, error.words))
            return
        by_id = {f"{self._entry.id}.{case.id}": case for case in cases}
        for check in checks:
            ended(check, self._ended(check, by_id.get(check.id), age))

    def _ended(self, check: Check, case: Case | None, age: float) -> Ended:
        old = f"{ago(age)} ago"
        if case is None:
            return Ended(Outcome.ERROR, check.title, words := f"the file of {old} has no such test", words)
        within = self._entry.within
        if within and age > within:
            words = f"its result is of {old}, which is too old"
            return Ended(Outcome.ERROR, f"a result of the last {ago(within)}", words, words)
        step = Step(self._title, f"JUnit file {self._path}", case.report, case.seconds)
        is_skip = case.outcome is Outcome.SKIP
        found = f"{case.words or ('skipped' if is_skip else 'passes')}, {old}"
        if is_skip:
            return Ended(case.outcome, "", "", found, case.seconds, (step,))
        expected = "" if case.outcome is Outcome.PASS else "it passes"
        return Ended(case.outcome, expected, found, found, case.seconds, (step,))

    def _read(self) -> tuple[list[Case], float]:
        """The cases, and the file's age (seconds)."""
        try:
            written = self._path.stat()
            data = self._path.read_bytes()[: LIMIT + 1]
        except OSError as error:
            words = f"{self._path} cannot be read: {(error.strerror or 'no reason told').lower()}"
            raise BadAnswer(self._title, words) from error
        # A document type may define texts that grow without end; no runner writes one.
        if len(data) > LIMIT or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise BadAnswer(self._title, f"{self._path} is no JUnit file: too long, or with a document type")
        try:
            root = ElementTree.fromstring(data)  # noqa: S314 - no document type, and bounded
        except ElementTree.ParseError as error:
            line = error.position[0]
            raise BadAnswer(
                self._title, f"{self._path}:{line} is no XML: {one_line(error.msg, 120)}"
            ) from error
        if root.tag not in ("testsuites", "testsuite"):
            raise BadAnswer(
                self._title, f"{self._path} is no JUnit file: its root is <{one_line(root.tag, 40)}>"
            )
        return list(_cases(root)), max(0.0, time.time() - written.st_mtime)


def _cases(root: ElementTree.Element) -> Iterator[Case]:
    seen: dict[str, int] = {}
    for number, case in enumerate(root.iter("testcase")):
        if number >= MOST_CASES:
            return
        name = one_line("::".join(filter(None, (case.get("classname"), case.get("name")))) or "?", 300)
        seen[name] = seen.get(name, 0) + 1
        id = name if seen[name] == 1 else f"{name}#{seen[name]}"
        ended = next((one for one in case if one.tag in OUTCOMES), None)
        outcome = Outcome.PASS if ended is None else OUTCOMES[ended.tag]
        parts = [] if ended is None else [ended.get("message") or "", ended.text or ""]
        texts = [
            f"--- {one.tag} ---\n{one.text}" for one in case if one.tag.startswith("system-") and one.text
        ]
        report = head("\n".join(filter(None, [*parts, *texts])).encode(), REPORT)
        words = next((line for part in parts for line in part.splitlines() if line.strip()), "")
        yield Case(id, outcome, one_line(words, 300), report, _seconds(case.get("time")))


def _seconds(text: str | None) -> float:
    try:
        seconds = float((text or "0").replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < LONGEST else 0.0


async def _alone(_: Ask) -> str:
    raise AssertionError("the cases of a file are read together")
