"""How a history stays small: minutes become ten minutes, then hours; what is too old, or too much, goes."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from msgspec import Struct

from sutaz_tui.config import History
from sutaz_tui.state.history.moments import ms

STEPS = ((1, 10, timedelta(hours=48)), (10, 60, timedelta(days=14)))
"""Minutes of this step become ones of that step when they are so old."""

EACH_FOR = timedelta(hours=2)
"""For so long each answer's latency is kept: for what followed a deploy."""

SHRINK = 0.9
"""The share of its days that a history keeps at a time, until it is small enough."""

Row = tuple[int, int, int, int, float | None, float | None, str]


class Bounds(Struct, frozen=True):
    """How long is remembered, and the most bytes that it takes."""

    days: float
    size: int

    @classmethod
    def of(cls, history: History) -> "Bounds":
        """Those of a config."""
        return cls(history.days, history.bytes)


def thin(database: sqlite3.Connection, bounds: Bounds, now: datetime) -> None:
    """Make what is old coarse, and forget what is older than the bounds or more than they allow."""
    for fine, coarse, age in STEPS:
        _gather(database, fine, coarse, ms(now - age) // 60_000 // coarse * coarse)
    database.execute("DELETE FROM latencies WHERE minute < ?", (ms(now - EACH_FOR) // 60_000,))
    days = bounds.days
    forget(database, now - timedelta(days=days))
    while _size(database) > bounds.size and days > 1 / 24:
        days *= SHRINK
        forget(database, now - timedelta(days=days))
    vacuum(database)


def vacuum(database: sqlite3.Connection) -> None:
    """Give back the pages that are free."""
    (free,) = database.execute("PRAGMA freelist_count").fetchone()
    for _ in range(free):
        # Each statement frees as many pages as it is stepped, which sqlite3 does once.
        database.execute("PRAGMA incremental_vacuum")


def forget(database: sqlite3.Connection, before: datetime, service: str | None = None) -> None:
    """Delete what ended before a moment, of one service, or of all with the results of checks; what goes on is kept whole."""
    at, of = ms(before), (service or "", service or "")
    database.execute(
        "DELETE FROM spans WHERE ended <= ? AND (? = '' OR subject IN (SELECT no FROM subjects WHERE id = ?))",
        (at, *of),
    )
    database.execute(
        "DELETE FROM changes WHERE at <= ? AND (? = '' OR subject IN (SELECT no FROM subjects WHERE id = ?))",
        (at, *of),
    )
    database.execute(
        "DELETE FROM minutes WHERE minute < ? AND (? = '' OR subject IN (SELECT no FROM subjects WHERE id = ?))",
        (at // 60_000, *of),
    )
    database.execute(
        "DELETE FROM latencies WHERE minute < ? AND (? = '' OR subject IN (SELECT no FROM subjects WHERE id = ?))",
        (at // 60_000, *of),
    )
    database.execute(
        "DELETE FROM was_known WHERE coalesce(ended, until) <= ? AND (? = '' OR service = ?)", (at, *of)
    )
    database.execute("DELETE FROM picture WHERE at <= ? AND (? = '' OR service = ?)", (at, *of))
    if service is None:
        database.execute("DELETE FROM watches WHERE ended <= ?", (at,))
        database.execute("DELETE FROM results WHERE at <= ?", (at,))
        database.execute("DELETE FROM results_from WHERE at <= ?", (at,))


def _gather(database: sqlite3.Connection, fine: int, coarse: int, before: int) -> None:
    """Make one row of those of a finer step that lie in it."""
    rows: list[Row] = database.execute(
        "SELECT subject, minute, asks, failures, median, worst, facts FROM minutes WHERE step = ? AND minute < ?"
        " ORDER BY subject, minute", (fine, before)
    ).fetchall()  # fmt: skip
    if not rows:
        return
    database.execute("DELETE FROM minutes WHERE step = ? AND minute < ?", (fine, before))
    for (subject, minute), some in groupby(rows, key=lambda row: (row[0], row[1] // coarse * coarse)):
        many = list(some)
        worst = max((row[5] for row in many if row[5] is not None), default=None)
        database.execute(
            "INSERT OR REPLACE INTO minutes (subject, minute, step, asks, failures, median, worst, facts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (subject, minute, coarse, sum(row[2] for row in many), sum(row[3] for row in many),
             _mean((row[4], row[2]) for row in many), worst, _means(row[6] for row in many)),
        )  # fmt: skip


def _mean(values: Iterable[tuple[float | None, int]]) -> float | None:
    """The mean of medians by how often was asked; None where nothing answered."""
    told = [(value, asks) for value, asks in values if value is not None]
    total = sum(asks for _, asks in told)
    return round(sum(value * asks for value, asks in told) / total, 6) if total else None


def _means(facts: Iterable[str]) -> str:
    """The mean of each number."""
    found: dict[str, list[float]] = defaultdict(list)
    for text in facts:
        for name, value in json.loads(text or "{}").items():
            found[name].append(value)
    means = {name: float(f"{sum(values) / len(values):.6g}") for name, values in found.items()}
    return json.dumps(means, separators=(",", ":")) if means else ""


def _size(database: sqlite3.Connection) -> int:
    """The bytes that the file holds, without its free pages."""
    (page, pages, free) = (database.execute(f"PRAGMA {name}").fetchone()[0]
                           for name in ("page_size", "page_count", "freelist_count"))  # fmt: skip
    return int(page * (pages - free))
