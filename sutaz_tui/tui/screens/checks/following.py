"""What other programs of this config find out by checks, taken up while the board is open."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.clock import Clock
from sutaz_tui.model import CheckResult
from sutaz_tui.state.history.whose import Whose
from sutaz_tui.state.results import NewResults, Past, Results
from sutaz_tui.state.results_from import NewFromPlaces

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

LOOK = 2.0


async def follow(
    runs: CheckRuns,
    results: Results,
    recorded: Callable[[], Whose | None],
    past: dict[str, Past],
    clock: Clock,
) -> None:
    """Take up, until cancelled, what other boards keep, and a recorder in a file of its own, which may come later and is
    looked for in a thread; `past` learns of it too."""
    own = results.file
    new = NewResults([own] if own is not None else [])
    places = NewFromPlaces(own) if own is not None else None

    def take(checks: "Mapping[str, Check]") -> dict[str, CheckResult]:
        whose = recorded()
        if whose is not None and whose.file is not None and (own is None or whose.file.path != own.path):
            new.follow(whose.file)
            results.beside = whose.file
        return new.take(checks)

    while True:
        found = await asyncio.to_thread(take, dict(runs.checks))
        if ids := runs.take(found):
            past.update(await asyncio.to_thread(results.past, ids))
        if places is not None and (seen := await asyncio.to_thread(places.take, clock.now())) is not None:
            runs.take_seen(seen)
        await clock.wait(asyncio.Event(), LOOK)
