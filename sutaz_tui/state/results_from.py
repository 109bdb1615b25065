"""How checks ended in other places, as their workers told: kept beside the results of this host, and never among them."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sutaz_tui.config.workers import ANY
from sutaz_tui.model import CheckResult, CheckRun, Outcome, SeenFrom
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.history.moments import ms, when

ByCheck = dict[str, tuple[SeenFrom, ...]]

FRESH = timedelta(days=1)
"""What is older says nothing of now."""
LOOK_AGAIN = timedelta(minutes=1)
"""After so long it is looked again, for what has become too old."""
KEEP = "INSERT INTO results_from VALUES (?, ?, ?, ?, ?, ?, ?)"
_LAST = """
SELECT check_id, "from", max(at), outcome, message FROM results_from WHERE at > ? AND at <= ?
GROUP BY check_id, "from" ORDER BY "from"
"""


def of_places(run: CheckRun) -> Iterator[tuple[CheckResult, int]]:
    """What of a run is kept, and of which moment: a worker's clock may be wrong, and it ran within this run."""
    for one in run.results:
        if one.seen_from not in ("", ANY) and one.outcome is not Outcome.SKIP:
            yield one, ms(min(max(one.started, run.started), run.finished or one.started))


def seen_from(database: sqlite3.Connection, at: datetime) -> ByCheck:
    """How each check ended last in each place, as it was known at a moment, by the check's id."""
    found: dict[str, list[SeenFrom]] = {}
    for id, place, ended, outcome, message in database.execute(_LAST, (ms(at - FRESH), ms(at))):
        found.setdefault(id, []).append(SeenFrom(place, when(ended), Outcome(outcome), message))
    return {id: tuple(seen) for id, seen in found.items()}


class NewFromPlaces:
    """What checks of other places tell newly, in the file of a history."""

    def __init__(self, file: HistoryFile) -> None:
        self._file = file
        self._last = -1
        self._looked: datetime | None = None

    def take(self, now: datetime) -> ByCheck | None:
        """How they stand, None where nothing is known to have changed since the last look. It reads the file."""
        is_late = self._looked is None or now - self._looked >= LOOK_AGAIN
        try:
            last, found = self._file.read(partial(_new, self._last, now, is_late))
        except (*Unusable, ValueError):
            return None
        if found is not None:
            self._last, self._looked = last, now
        return found


def _new(seen: int, now: datetime, is_late: bool, database: sqlite3.Connection) -> tuple[int, ByCheck | None]:
    [(last,)] = database.execute("SELECT coalesce(max(rowid), 0) FROM results_from").fetchall()
    return last, seen_from(database, now) if is_late or last != seen else None
