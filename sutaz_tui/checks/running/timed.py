"""Categories whose checks are asked on a timer: only what reads, and logs nobody in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from sutaz_tui.clock import Clock
from sutaz_tui.model import RED, CheckResult, CheckRun, Outcome
from sutaz_tui.text.units import first_of

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

LOOK = 1.0
MOST_NAMES = 3


def timed_checks(checks: "Iterable[Check]", category: str) -> "list[Check]":
    """What of a category may be asked on a timer."""
    return [check for check in checks if check.category == category and not check.wants]


def turned(run: CheckRun, before: Mapping[str, CheckResult]) -> str:
    """What a run changed since each of its checks ended last: "2 turned red, 1 green", "" for nothing."""
    was = {
        result.check_id: before[result.check_id].outcome
        for result in run.results
        if result.check_id in before
    }
    red = sum(one.outcome in RED and was.get(one.check_id) is Outcome.PASS for one in run.results)
    green = sum(one.outcome is Outcome.PASS and was.get(one.check_id) in RED for one in run.results)
    parts = [f"{red} turned red"] if red else []
    if green:
        parts.append(f"{green} green" if red else f"{green} turned green")
    return ", ".join(parts)


class TimedChecks:
    """Runs categories each so many seconds, while `is_ours` says that it is for this program.

    `run` runs checks of a category, `last` tells how each ended last. `tell` hears of a category that turns red or green.
    """

    def __init__(
        self,
        every: Mapping[str, float],
        checks: "Callable[[str], list[Check]]",
        run: "Callable[[list[Check], str], Awaitable[CheckRun | None]]",
        last: Callable[[], Mapping[str, CheckResult]],
        is_ours: Callable[[], bool],
        tell: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._every = every
        self._checks = checks
        self._run = run
        self._last = last
        self._is_ours = is_ours
        self._tell = tell
        self._clock = clock
        self._begun = clock.now()

    async def run(self) -> None:
        """Run what is due, one category after another, until cancelled."""
        while True:
            if self._is_ours():
                for category in self._every:
                    if self._is_due(category):
                        await self._ask(category)
            await self._clock.wait(asyncio.Event(), LOOK)

    def _is_due(self, category: str) -> bool:
        ids = {check.id for check in self._checks(category)}
        known = [result.started for id, result in self._last().items() if id in ids]
        # Never at the start itself: whoever opens a board asks the stack enough.
        at = max((*known, self._begun))
        return bool(ids) and (self._clock.now() - at).total_seconds() >= self._every[category]

    async def _ask(self, category: str) -> None:
        checks = self._checks(category)
        before = dict(self._last())
        was_red = _red(before.get(check.id) for check in checks)
        run = await self._run(checks, category)
        if run is None:
            return
        red = _red(run.results)
        if bool(red) != bool(was_red):
            words = f"{len(red)} red: {first_of(red, MOST_NAMES)}" if red else "all green"
            self._tell(f"checks of {category}: {words}")


def _red(results: "Iterable[CheckResult | None]") -> list[str]:
    return [result.check_id for result in results if result is not None and result.outcome in RED]


def finished_words(run: CheckRun, before: Mapping[str, CheckResult]) -> str:
    """What is said when a run has finished: how many passed and are red, and what that changed."""
    red = sum(run.count(outcome) for outcome in RED)
    changed = turned(run, before)
    return f"{run.scope}: {run.count(Outcome.PASS)} pass, {red} red" + (f"; {changed}" if changed else "")
