"""What other programs of this config find out by checks, taken up while the board is open."""

import asyncio
from pathlib import Path

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.clock import Clock
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.results import NewResults, Past, Results
from sutaz_tui.state.results_from import NewFromPlaces

LOOK = 2.0


async def follow(
    runs: CheckRuns, results: Results, recorded: Path | None, past: dict[str, Past], clock: Clock
) -> None:
    """Take up, until cancelled, what other boards keep, and a recorder in a file of its own; `past` learns of it too."""
    own = results.file
    files = [own] if own is not None else []
    if recorded is not None and (own is None or recorded != own.path):
        files.append(HistoryFile(recorded))
    new = NewResults(files)
    places = NewFromPlaces(own) if own is not None else None
    while True:
        found = await asyncio.to_thread(new.take, dict(runs.checks))
        if ids := runs.take(found):
            past.update(await asyncio.to_thread(results.past, ids))
        if places is not None and (seen := await asyncio.to_thread(places.take, clock.now())) is not None:
            runs.take_seen(seen)
        await clock.wait(asyncio.Event(), LOOK)
