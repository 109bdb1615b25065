"""What of the checks runs only once its question is answered, and that question."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.config import Config
from sutaz_tui.model import LOGINS, CheckClass
from sutaz_tui.text.units import first_of, plural

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

MOST_NAMED = 5
ASKED_FIRST = frozenset({LOGINS, CheckClass.WRITES, CheckClass.HEAVY})


class AskedFirst:
    """The checks of a config that do more than read, as far as they may be run here once somebody said the word."""

    def __init__(self, config: Config, runs: CheckRuns) -> None:
        self._config = config
        self._runs = runs
        # What the config allows by name where env is test.
        granted = config.checks.allow if config.env == "test" else ()
        self.allowed: frozenset[str] = ASKED_FIRST.union(granted)

    def has(self, category: str) -> bool:
        """Whether a category has any."""
        return bool(self._only(self._runs.of(category)))

    def question(self, category: str) -> tuple[list[str], str]:
        """What is asked before a category is run whole, and the word that means yes."""
        more = self._only(self._runs.of(category))
        reads = sum(map(self._runs.runs_unasked, self._runs.of(category)))
        return self._question(
            f"{category}: {plural(reads, 'read-only check')}; {len(more)} write or load", more
        )

    def question_of_tests(self, category: str) -> tuple[list[str], str]:
        """What is asked before the tests of a suite are run, once it was collected."""
        tests = self.tests(category)
        return self._question(f"{category}: {len(tests)} tests are collected, none has run", tests)

    def tests(self, category: str) -> "list[Check]":
        """The tests of a suite."""
        return self._only(check for check in self._runs.of(category) if check.batch is not None)

    def failed_tests(self) -> "list[Check]":
        """The red tests of suites, which are run again once that was asked for."""
        return [check for check in self.failed() if check.batch is not None]

    def test(self, id: str) -> "list[Check]":
        """The test of a suite that has this id, as far as it may be run once that was asked for."""
        check = self._runs.checks.get(id)
        return self._only([check] if check is not None and check.batch is not None else [])

    def failed(self) -> "list[Check]":
        """What was red and does more than read, as far as it may be run here."""
        return self._only(self._runs.failed())

    def question_again(self, checks: "list[Check]") -> tuple[list[str], str]:
        """What is asked before failed ones that do more than read are run again."""
        return self._question(f"failed: {len(checks)} write or load", checks)

    def _question(self, head: str, more: "list[Check]") -> tuple[list[str], str]:
        ids = {service.id for service in self._config.services}
        host = next((self._config.service(c.service).address for c in more if c.service in ids), "the stack")
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

    def _only(self, checks: "Iterable[Check]") -> "list[Check]":
        """Those that may run here once their question is answered."""
        return [c for c in checks if not self._runs.runs_unasked(c) and self.allowed.issuperset(c.wants)]
