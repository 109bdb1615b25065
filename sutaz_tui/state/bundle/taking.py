"""The rows of a history that a bundle takes: those of a span, masked, by SELECTs of one moment of the file."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import convert
from msgspec.structs import replace

from sutaz_tui.state.bundle.hiding import Hidden
from sutaz_tui.state.bundle.kept import Tables
from sutaz_tui.state.history.moments import ms

_WATCHES = "SELECT began, min(ended, :end), why, by FROM watches WHERE ended >= :begin AND began <= :end"
_SPANS = """
SELECT subject, began, CASE WHEN ended > :end THEN NULL ELSE ended END, status, word, summary, since, at_least, own_start
FROM spans WHERE began <= :end AND coalesce(ended, :end) >= :begin
"""
_CHANGES = "SELECT at, subject, kind, words FROM changes WHERE at BETWEEN :begin AND :end"
_MINUTES = """
SELECT subject, minute, step, asks, failures, median, worst, facts FROM minutes
WHERE minute + step > :begin / 60000 AND minute <= :end / 60000
"""
_RESULTS = """
SELECT check_id, at, outcome, elapsed, message, steps FROM results WHERE at BETWEEN :begin AND :end ORDER BY at
"""
_KNOWN = """
SELECT service, reason, by, began, until, ended FROM was_known
WHERE began <= :end AND coalesce(ended, :end) >= :begin AND coalesce(until, :end) >= :begin
"""
_SUBJECTS = "SELECT no, kind, id FROM subjects"
_TEXTS = 2_000


def take(database: sqlite3.Connection, begin: datetime, end: datetime, hidden: Hidden) -> Tables:
    """The rows of a span."""
    span = {"begin": ms(begin), "end": ms(end)}
    # All of one moment, whoever writes meanwhile; it ends with the connection.
    database.execute("BEGIN")
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def rows(table: str, sql: str) -> list[tuple[Any, ...]]:
        # One that an earlier version wrote last lacks tables.
        return database.execute(sql, span).fetchall() if table in there else []

    def masked(found: Iterable[tuple[Any, ...]], json_at: int = -1) -> list[list[Any]]:
        return [
            [
                hidden.json(one) if place == json_at and isinstance(one, str) else _cut(hidden.value(one))
                for place, one in enumerate(row)
            ]
            for row in found
        ]

    spans, changes, minutes = rows("spans", _SPANS), rows("changes", _CHANGES), rows("minutes", _MINUTES)
    used = {row[0] for row in (*spans, *minutes)} | {row[1] for row in changes}
    return convert(
        {
            "subjects": masked(row for row in rows("subjects", _SUBJECTS) if row[0] in used),
            "watches": masked(rows("watches", _WATCHES)),
            "spans": masked(spans),
            "changes": masked(changes),
            "minutes": masked(minutes, json_at=7),
            "results": masked(rows("results", _RESULTS), json_at=5),
            "was_known": masked(rows("was_known", _KNOWN)),
        },
        Tables,
    )


def beside(tables: Tables, others: Tables) -> Tables:
    """The same rows, with those of checks and marks that stand in another file."""
    return replace(
        tables, results=[*tables.results, *others.results], was_known=[*tables.was_known, *others.was_known]
    )


def _cut(value: Any) -> Any:
    """What is masked already may be cut: a text as long as a reader takes."""
    return value[:_TEXTS] if isinstance(value, str) else value
