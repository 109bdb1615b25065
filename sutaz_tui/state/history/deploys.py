"""What followed a deploy: ten minutes after it the ten minutes before and behind it are compared, and that is noted."""

import sqlite3
from datetime import datetime
from statistics import median

from sutaz_tui.state.history.moments import ms
from sutaz_tui.text.units import duration_ms, first_of

MINUTES = 10
LATE = 2
"""Minutes until the last of them is surely written."""
PENDING = 24 * 60
"""Minutes after which what followed can no longer be said: nobody recorded."""
MOVED = 1.5
"""By so many times a latency must have grown or fallen to be told."""

_DUE = """
SELECT at, subject, words FROM changes AS deploy WHERE kind = 'deploy' AND at BETWEEN ? AND ? AND NOT EXISTS (
    SELECT 1 FROM changes WHERE kind = 'deployed' AND at = deploy.at + ? AND subject IS deploy.subject)
"""
_FIGURES = """
SELECT failures, median FROM minutes WHERE subject = ? AND step = 1 AND minute >= ? AND minute < ?
"""
_RESTARTS = (
    "SELECT count(*) FROM changes WHERE subject = ? AND kind IN ('restart', 'oom') AND at > ? AND at <= ?"
)


def look_back(database: sqlite3.Connection, now: datetime) -> None:
    """Note what followed each deploy that is ten minutes old."""
    at = ms(now)
    due = database.execute(
        _DUE, (at - PENDING * 60_000, at - (MINUTES + LATE) * 60_000, MINUTES * 60_000)
    ).fetchall()
    for began, subject, words in due:
        told = f"{MINUTES}m after deploy {words}: {_followed(database, began, subject)}"
        database.execute(
            "INSERT INTO changes VALUES (?, ?, 'deployed', ?)",
            (began + MINUTES * 60_000, subject, told[:200]),
        )


def _followed(database: sqlite3.Connection, began: int, subject: int | None) -> str:
    if subject is not None:
        return ", ".join(_of_service(database, began, subject)) or "nothing moved"
    services = database.execute("SELECT no, id FROM subjects WHERE kind = 'service' ORDER BY no").fetchall()
    moved = ((id, _of_service(database, began, number)) for number, id in services)
    return (
        first_of((f"{id} {', '.join(what)}" for id, what in moved if what and what != NOT_WATCHED), 3)
        or "nothing moved"
    )


NOT_WATCHED = ["not watched"]


def _of_service(database: sqlite3.Connection, began: int, subject: int) -> list[str]:
    minute = began // 60_000
    before = database.execute(_FIGURES, (subject, minute - MINUTES, minute)).fetchall()
    after = database.execute(_FIGURES, (subject, minute + 1, minute + 1 + MINUTES)).fetchall()
    if not before or not after:
        return NOT_WATCHED
    told = []
    old, new = (_latency(rows) for rows in (before, after))
    if old and new and not 1 / MOVED < new / old < MOVED:
        told.append(f"latency x{new / old:.2g} ({_ms(old)} → {_ms(new)})")
    failed, fails = (sum(row[0] for row in rows) / len(rows) for rows in (before, after))
    if round(failed, 1) != round(fails, 1):
        told.append(f"failures {failed:.2g} → {fails:.2g}/min")
    (restarts,) = database.execute(_RESTARTS, (subject, began, began + MINUTES * 60_000)).fetchone()
    if restarts:
        told.append(f"{restarts} restart{'s' * (restarts != 1)}")
    return told


def _latency(rows: list[tuple[int, float | None]]) -> float | None:
    known = [row[1] for row in rows if row[1] is not None]
    return median(known) if known else None


def _ms(seconds: float) -> str:
    words = duration_ms(seconds)
    return words if words.endswith("s") else f"{words} ms"
