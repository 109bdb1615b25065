"""Checks run against real servers: a config of the services that are there, and what each check found."""

import asyncio
from collections.abc import Callable, Iterable

from sutaz_tui.checks.base import Check
from sutaz_tui.config import Config
from sutaz_tui.model import CheckClass, CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.servers.waiting import Deadline

EVERYTHING = frozenset(CheckClass)


async def ask(config: Config, checks: Iterable[Check], longest: float = 5.0) -> dict[str, CheckResult]:
    """What these checks found, by id without the category; `longest` bounds each, in seconds."""
    checking = Checking(config)
    try:
        run = await checking.run(list(checks), allow=EVERYTHING, longest=longest)
    finally:
        await checking.aclose()
    return {result.check_id.partition(".")[2]: result for result in run.results}


async def ask_until_passed(config: Config, checks: list[Check]) -> None:
    """Ask again until all pass at once."""
    await ask_until(config, checks, lambda troubles: not troubles)


async def ask_until(
    config: Config, checks: list[Check], holds: Callable[[dict[str, str]], bool], within: float = 30.0
) -> dict[str, str]:
    """Ask again until this holds of the messages of those that do not pass; returns them."""
    deadline = Deadline(within)
    while not holds(troubles := troubled(await ask(config, checks))):
        assert not deadline.is_over(), troubles
        await asyncio.sleep(0.2)
    return troubles


def troubled(found: dict[str, CheckResult]) -> dict[str, str]:
    """Messages of the checks that did not pass."""
    return {id: result.message for id, result in found.items() if result.outcome is not Outcome.PASS}


def outcomes(found: dict[str, CheckResult]) -> set[Outcome]:
    """How they ended."""
    return {result.outcome for result in found.values()}
