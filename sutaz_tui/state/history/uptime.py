"""How long each service was up, of the time in which it was watched."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.model import Status
from sutaz_tui.state.history.spans import STATUS, Span, spans, watches

_UP = (Status.UP, Status.DEGRADED)


class Length(Struct, frozen=True):
    """A time that uptime is told of: its name, and the signs of its strip, each of one stretch."""

    name: str
    length: timedelta
    signs: int
    stretch: str


SPANS = (
    Length("24h", timedelta(hours=24), 24, "an hour"),
    Length("7d", timedelta(days=7), 28, "6 hours"),
    Length("30d", timedelta(days=30), 30, "a day"),
)


class Uptime(Struct, frozen=True):
    """Seconds of one service: up (degraded too), down, unknown, and watched at all; absent counts as neither."""

    id: str
    up: float = 0.0
    down: float = 0.0
    unknown: float = 0.0
    watched: float = 0.0

    @property
    def percent(self) -> float | None:
        """Of the time in which it was known to be up or down; None where there was none. Never rounded up to 100."""
        known = self.up + self.down
        return 100 * self.up / known if known else None


def uptimes(found: Iterable[Span], ids: Iterable[str]) -> list[Uptime]:
    """The uptime of each of these services."""
    seconds: dict[str, dict[str, float]] = {
        id: dict.fromkeys(("up", "down", "unknown", "watched"), 0.0) for id in ids
    }
    for span in found:
        if span.kind != "service" or span.id not in seconds:
            continue
        own, status = seconds[span.id], STATUS[span.status]
        own["watched"] += span.seconds
        if status in _UP:
            own["up"] += span.seconds
        elif status in (Status.DOWN, Status.UNKNOWN):
            own[status.label] += span.seconds
    return [Uptime(id, **own) for id, own in seconds.items()]


def strip(found: Iterable[Span], edges: list[datetime]) -> Mapping[str, str]:
    """A sign for each stretch between two edges, by a service's worst in it: `▇ ! ✗ ?`, and `.` where nobody watched."""
    signs = {Status.DOWN: "✗", Status.DEGRADED: "!", Status.UP: "▇", Status.ABSENT: "-", Status.UNKNOWN: "?"}
    order = {Status.UNKNOWN: 0, Status.ABSENT: 1, Status.UP: 2, Status.DEGRADED: 3, Status.DOWN: 4}
    worst: dict[str, list[Status | None]] = {}
    for span in found:
        if span.kind != "service":
            continue
        row, status = worst.setdefault(span.id, [None] * (len(edges) - 1)), STATUS[span.status]
        for index, (begin, end) in enumerate(pairwise(edges)):
            if span.began < end and span.ended > begin:
                before = row[index]
                row[index] = status if before is None or order[status] > order[before] else before
    return {id: "".join("." if one is None else signs[one] for one in row) for id, row in worst.items()}


def clipped(found: Iterable[Span], begin: datetime, end: datetime) -> list[Span]:
    """What of these spans lies in a time."""
    return [
        replace(span, began=max(span.began, begin), ended=min(span.ended, end))
        for span in found
        if span.began < end and span.ended > begin
    ]


class Uptimes(Struct, frozen=True):
    """All that is told of uptime: by each time's name the services', their strips, and the share in which somebody watched."""

    spans: Mapping[str, list[Uptime]]
    strips: Mapping[str, str]
    watched: float


def read_uptimes(
    database: sqlite3.Connection, length: timedelta, now: datetime, ids: Collection[str]
) -> Uptimes:
    """The uptime of these services until `now`: of so long, with its strip, and of each shorter time."""
    signs = next(span.signs for span in SPANS if span.length == length)
    found = spans(database, now - length, now, "service")
    edges = [now - length + length / signs * number for number in range(signs + 1)]
    told = {
        one.name: uptimes(clipped(found, now - one.length, now), ids) for one in SPANS if one.length <= length
    }
    seconds = sum(
        (watch.ended - watch.began).total_seconds() for watch in watches(database, now - length, now)
    )
    return Uptimes(told, strip(found, edges), seconds / length.total_seconds())
