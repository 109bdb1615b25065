"""What followed a deploy: ten minutes after it the ten minutes before and behind it are compared, and that is noted."""

import sqlite3
from datetime import datetime
from math import ceil
from statistics import median

from sutaz_tui.state.history.moments import ms
from sutaz_tui.text.units import ago, duration, first_of

MINUTES = 10
LATE = 2
"""Minutes until the last of them is surely written."""
PENDING = 24 * 60
"""Minutes after which what followed can no longer be said: nobody recorded."""
MOVED = 1.5
"""By so many times a latency must have grown or fallen to be told."""

ENOUGH = 21
"""Answers from which on their 95th percentile is another one than the slowest."""
Row = tuple[int, float | None, str]

_DUE = """
SELECT at, subject, words FROM changes AS deploy WHERE kind = 'deploy' AND at BETWEEN ? AND ? AND NOT EXISTS (
    SELECT 1 FROM changes WHERE kind = 'deployed' AND at = deploy.at + ? AND subject IS deploy.subject)
"""
_FIGURES = """
SELECT failures, median, coalesce(each, '') FROM minutes LEFT JOIN latencies USING (subject, minute)
WHERE subject = ? AND step = 1 AND minute >= ? AND minute < ?
"""
_RESTARTS = (
    "SELECT count(*) FROM changes WHERE subject = ? AND kind IN ('restart', 'oom') AND at > ? AND at <= ?"
)

_DOWN = """
SELECT coalesce(sum(min(coalesce(ended, :end), :end) - max(began, :begin)), 0) FROM spans
WHERE subject = :subject AND status = 'down' AND began < :end AND coalesce(ended, :end) > :begin
"""


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
    name, old, new = _latencies(before, after)
    if old and new and not 1 / MOVED < new / old < MOVED:
        told.append(f"{name} x{new / old:.2g} ({duration(old)} → {duration(new)})")
    failed, fails = (sum(row[0] for row in rows) / len(rows) for rows in (before, after))
    if round(failed, 1) != round(fails, 1):
        told.append(f"failures {failed:.2g} → {fails:.2g}/min")
    # Its own minute is of before and after: how long it was down tells of that one too.
    span = {"subject": subject, "begin": began, "end": began + MINUTES * 60_000}
    (down,) = database.execute(_DOWN, span).fetchone()
    if down >= 1000:
        told.append(f"down {ago(down / 1000)}")
    (restarts,) = database.execute(_RESTARTS, (subject, began, began + MINUTES * 60_000)).fetchone()
    if restarts:
        told.append(f"{restarts} restart{'s' * (restarts != 1)}")
    return told


def _latencies(before: list[Row], after: list[Row]) -> tuple[str, float | None, float | None]:
    """What is compared, and how it was before and after, seconds: the 95th percentile of all answers where there are so
    many that it is not their slowest, else the median, which one slow answer does not move."""
    old, new = ([float(one) / 1000 for row in rows for one in row[2].split()] for rows in (before, after))
    if min(len(old), len(new)) >= ENOUGH:
        return "p95", _p95(old), _p95(new)
    return "median", _middle(before), _middle(after)


def _p95(latencies: list[float]) -> float:
    return sorted(latencies)[ceil(0.95 * len(latencies)) - 1]


def _middle(rows: list[Row]) -> float | None:
    known = [row[1] for row in rows if row[1] is not None]
    return median(known) if known else None
