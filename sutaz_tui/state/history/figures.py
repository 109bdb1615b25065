"""Each minute's figures of a service: how often it was asked, how it answered, and its numbers."""

import json
import math
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from statistics import median

from msgspec import Struct, field

from sutaz_tui.model import Fact, Reading, ServiceState, Status
from sutaz_tui.state.history.file import Statement
from sutaz_tui.state.history.moments import ms

MINUTE = 60_000
FACTS = 24
"""Numbers of a service that are kept at most."""

KEEP = """
INSERT INTO minutes (subject, minute, step, asks, failures, median, worst, facts)
VALUES ((SELECT no FROM subjects WHERE kind = 'service' AND id = ?), ?, 1, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET asks = asks + excluded.asks, failures = failures + excluded.failures,
    median = coalesce(excluded.median, median), worst = max(coalesce(worst, excluded.worst), coalesce(excluded.worst, worst)),
    facts = excluded.facts
"""

_EACH = """
INSERT INTO latencies VALUES ((SELECT no FROM subjects WHERE kind = 'service' AND id = ?), ?, ?)
ON CONFLICT DO UPDATE SET each = each || excluded.each
"""

_SLOWEST = """
SELECT id, minute, CASE WHEN failures THEN NULL ELSE coalesce(worst, 0) END FROM subjects JOIN minutes ON subject = no
WHERE kind = 'service' AND step = 1 AND minute >= :first AND minute < :until
"""
HOUR = 60


def hour_before(database: sqlite3.Connection, until: int) -> dict[str, list[float | None]]:
    """The slowest answer of each of the sixty minutes before one, a service: None for one with a failure in it, 0 for one
    of which nothing is known."""
    found: dict[str, list[float | None]] = {}
    for id, minute, worst in database.execute(_SLOWEST, {"first": until - HOUR, "until": until}):
        found.setdefault(id, [0.0] * HOUR)[minute - until] = worst
    return found


class _Minute(Struct):
    minute: int
    asks: int = 0
    failures: int = 0
    latencies: list[float] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)


class Figures:
    """Counts the readings of the minute that goes on, a service."""

    def __init__(self) -> None:
        self._minutes: dict[str, _Minute] = {}

    def count(self, reading: Reading) -> list[Statement]:
        """Take a reading in; what keeps the minute before, when this one begins the next."""
        is_failure = reading.status is Status.DOWN
        return self._count(reading.service_id, reading.at, is_failure, reading.latency, reading.facts)

    def count_state(self, state: ServiceState) -> None:
        """Take in a service that was asked once."""
        if state.asked is not None:
            is_failure = state.status is Status.DOWN
            self._count(state.service.id, state.asked, is_failure, state.latency, state.facts)

    def _count(
        self, id: str, at: datetime, is_failure: bool, latency: float | None, facts: Mapping[str, Fact]
    ) -> list[Statement]:
        minute = minute_of(at)
        whole = self._minutes.get(id)
        done: list[Statement] = []
        if whole is None or whole.minute != minute:
            done = _kept(id, whole) if whole is not None else []
            whole = self._minutes[id] = _Minute(minute)
        whole.asks += 1
        whole.failures += is_failure
        if latency is not None:
            whole.latencies.append(latency)
        if facts:
            whole.facts = numbers(facts)
        return done

    def take_all(self) -> list[Statement]:
        """What keeps the minutes that are not over; whoever goes on with one adds to it."""
        done = [one for id, whole in self._minutes.items() for one in _kept(id, whole)]
        self._minutes.clear()
        return done


def minute_of(at: datetime) -> int:
    """The minute that a moment lies in, counted since 1970."""
    return ms(at) // MINUTE


def numbers(facts: Mapping[str, Fact]) -> dict[str, float]:
    """The facts that are numbers."""
    found = {
        name[:40]: value
        for name, value in facts.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }
    return dict([*found.items()][:FACTS])


def _kept(id: str, whole: _Minute) -> list[Statement]:
    latencies = whole.latencies
    facts = json.dumps(whole.facts, separators=(",", ":")) if whole.facts else ""
    middle, worst = (round(median(latencies), 6), round(max(latencies), 6)) if latencies else (None, None)
    name = "INSERT OR IGNORE INTO subjects (kind, id) VALUES ('service', ?)", (id,)
    kept: list[Statement] = [
        name,
        (KEEP, (id, whole.minute, whole.asks, whole.failures, middle, worst, facts)),
    ]
    if latencies:
        kept.append((_EACH, (id, whole.minute, "".join(f" {1000 * one:.4g}" for one in latencies))))
    return kept
