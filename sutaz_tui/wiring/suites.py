"""The suites of a config: what collects them, and their tests where these may be collected."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.errors import SourceError

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check


def suite_checks(config: Config) -> "list[Check]":
    """For each suite the check that collects it; nothing is run or read yet."""
    if not config.checks.pytest and not config.checks.junit:
        return []
    from sutaz_tui.checks.suites.junit import JunitSuite
    from sutaz_tui.checks.suites.pytest_suite import PytestBatch

    found = [PytestBatch(entry, config.secrets).collecting() for entry in config.checks.pytest]
    return found + [JunitSuite(entry).reading() for entry in config.checks.junit]


async def with_tests(
    checks: "list[Check]", words: Iterable[str], allow: frozenset[str] | None
) -> "list[Check]":
    """These checks, and the tests of those suites that `words` mean and that may be run (None: all).

    What pytest cannot collect has no tests; the check that collects it says why when it is run.
    """
    meant = {word.partition(".")[0] for word in words}
    found = []
    for check in checks:
        found.append(check)
        if check.suite is None or (meant and check.category not in meant):
            continue
        if allow is None or allow.issuperset(check.wants):
            with suppress(SourceError):
                found += await check.suite.collect()
    return found
