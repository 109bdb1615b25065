"""The rows of a history that a bundle takes: those of a span, masked, by SELECTs of one moment of the file.

They go row by row into a history of their own, of which the files of the bundle are made: a month is larger than memory.
"""

import sqlite3
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sutaz_tui.state.bundle.hiding import Hidden
from sutaz_tui.state.bundle.kept import ROWS
from sutaz_tui.state.history.moments import ms

_ASKED = {
    "subjects": """
SELECT no, kind, id FROM subjects WHERE no IN (
    SELECT subject FROM spans WHERE began <= :end AND coalesce(ended, :end) >= :begin
    UNION SELECT subject FROM minutes WHERE minute + step > :begin / 60000 AND minute <= :end / 60000
    UNION SELECT subject FROM changes WHERE at BETWEEN :begin AND :end)
""",
    "watches": "SELECT began, min(ended, :end), why, by FROM watches WHERE ended >= :begin AND began <= :end",
    "spans": """
SELECT subject, began, CASE WHEN ended > :end THEN NULL ELSE ended END, status, word, summary, since, at_least, own_start
FROM spans WHERE began <= :end AND coalesce(ended, :end) >= :begin
""",
    "changes": "SELECT at, subject, kind, words FROM changes WHERE at BETWEEN :begin AND :end",
    "minutes": """
SELECT subject, minute, step, asks, failures, median, worst, facts FROM minutes
WHERE minute + step > :begin / 60000 AND minute <= :end / 60000
""",
    "results": """
SELECT check_id, at, outcome, elapsed, message, steps FROM results WHERE at BETWEEN :begin AND :end ORDER BY at
""",
    "results_from": """
SELECT check_id, at, outcome, elapsed, message, steps, "from" FROM results_from
WHERE at BETWEEN :begin AND :end ORDER BY at
""",
    "was_known": """
SELECT service, reason, by, began, until, ended FROM was_known
WHERE began <= :end AND coalesce(ended, :end) >= :begin AND coalesce(until, :end) >= :begin
""",
}
_JSON_AT = {"minutes": 7, "results": 5, "results_from": 5}
_NOTHING = {"minutes": "{}", "results": "[]", "results_from": "[]"}
_SUBJECT_AT = {"spans": 0, "minutes": 0, "changes": 1}
_TEXTS = 2_000
_LONGEST = 200_000
OF_BOARDS = ("results", "results_from", "was_known")
"""What boards keep in a file of their own beside a recorder's."""


def take(
    database: sqlite3.Connection,
    begin: datetime,
    end: datetime,
    hidden: Hidden,
    into: sqlite3.Connection,
    tables: Collection[str] = tuple(ROWS),
) -> None:
    """Put the rows of a span into a history that has none of them."""
    span = {"begin": ms(begin), "end": ms(end)}
    # All of one moment, whoever writes meanwhile; it ends with the connection.
    database.execute("BEGIN")
    into.execute("BEGIN")
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    numbers: dict[int, int] = {}
    first: dict[tuple[Any, ...], int] = {}

    def masked(table: str) -> Iterator[list[Any]]:
        json_at, subject_at = _JSON_AT.get(table, -1), _SUBJECT_AT.get(table, -1)
        for row in database.execute(_ASKED[table], span):
            made = [
                _json(hidden, table, one) if place == json_at and isinstance(one, str) else _cut(hidden, one)
                for place, one in enumerate(row)
            ]
            if table == "subjects":
                # Two names that are one without their secrets are one.
                numbers[row[0]] = made[0] = first.setdefault(tuple(made[1:]), row[0])
            elif subject_at >= 0:
                made[subject_at] = numbers.get(row[subject_at], row[subject_at])
            yield made

    for table in tables:
        # One that an earlier version wrote last lacks tables.
        if table in there:
            insert(into, table, masked(table))
    into.execute("COMMIT")


def insert(into: sqlite3.Connection, table: str, rows: Iterator[Any]) -> None:
    """Put rows into a table of ROWS."""
    marks = ", ".join("?" * len(ROWS[table].__args__))
    # The names are those of ROWS, and none of a file's.
    into.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608


def _json(hidden: Hidden, table: str, text: str) -> str:
    """JSON without secrets; what is longer than a reader takes is left out."""
    masked = hidden.json(text)
    return masked if len(masked) <= _LONGEST else _NOTHING[table]


def _cut(hidden: Hidden, value: Any) -> Any:
    """What is masked already may be cut: a text as long as a reader takes."""
    return hidden.text(value)[:_TEXTS] if isinstance(value, str) else value
