"""The minutes of one service as curves: how fast it answered, how often it failed, and its numbers."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from sutaz_tui.state.history.moments import ms

MINUTE = 60_000

Points = tuple[tuple[float, float | None], ...]
"""Unix seconds and values in order of time; None where nothing was measured."""

_MINUTES = """
SELECT minute, step, failures, median, worst, facts FROM minutes
WHERE subject = (SELECT no FROM subjects WHERE kind = 'service' AND id = ?) AND minute + step > ? AND minute <= ?
ORDER BY minute
"""
Row = tuple[int, int, int, float | None, float | None, str]


class Figure(Struct, frozen=True):
    """One figure over time: `unit` "s" for latencies, "/min" for failures, "" for what it counts itself; lines by name."""

    name: str
    unit: str
    lines: tuple[tuple[str, Points], ...]


def curves(
    database: sqlite3.Connection, service_id: str, begin: datetime, end: datetime
) -> tuple[Figure, ...]:
    """The figures of a service between two moments: latency, failures, then its numbers by name."""
    first, last = ms(begin) // MINUTE, ms(end) // MINUTE
    rows: list[Row] = database.execute(_MINUTES, (service_id, first - 60, last)).fetchall()
    rows = [row for row in rows if row[0] + row[1] > first]
    if not rows:
        return ()
    edges = begin.timestamp(), end.timestamp()
    facts = [json.loads(row[5]) if row[5] else {} for row in rows]
    names = sorted({name for some in facts for name in some})
    told: dict[str, list[float | None]] = defaultdict(list)
    for some in facts:
        for name in names:
            told[name].append(some.get(name))
    latency = (
        ("median", _points(rows, (row[3] for row in rows), *edges)),
        ("worst", _points(rows, (row[4] for row in rows), *edges)),
    )
    failures = _points(rows, (row[2] / row[1] for row in rows), *edges)
    return (
        Figure("latency", "s", latency),
        Figure("failures", "/min", (("failures/min", failures),)),
        *(Figure(name, "", ((name.replace("_", " "), _points(rows, told[name], *edges)),)) for name in names),
    )


def _points(rows: list[Row], values: Iterable[float | None], begin: float, end: float) -> Points:
    """A point in the middle of each row's time, and None at both ends of every time of which there is no row."""
    found: list[tuple[float, float | None]] = []
    until = begin
    for (minute, step, *_), value in zip(rows, values, strict=True):
        at = minute * 60.0
        if at > until + 1:
            found += [(until, None), (at - 1, None)]
        found.append((min(at + step * 30.0, end), value))
        until = at + step * 60.0
    return (*found, (until, None), (end, None)) if end > until + 1 else tuple(found)
