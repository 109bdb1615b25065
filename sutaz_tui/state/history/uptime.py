"""How long each service was up, of the time in which it was watched."""

import math
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from sutaz_tui.state.history.spans import Span, spans, watches


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


def uptimes(found: Iterable[Span], ids: Iterable[str], begin: datetime) -> list[Uptime]:
    """The uptime of each of these services, from a moment on."""
    seconds: dict[str, dict[str, float]] = {
        id: dict.fromkeys(("up", "down", "unknown", "watched"), 0.0) for id in ids
    }
    for span in found:
        if span.ended <= begin or span.id not in seconds:
            continue
        lasted = (span.ended - max(span.began, begin)).total_seconds()
        own = seconds[span.id]
        own["watched"] += lasted
        if span.status in ("up", "degraded"):
            own["up"] += lasted
        elif span.status in ("down", "unknown"):
            own[span.status] += lasted
    return [Uptime(id, **own) for id, own in seconds.items()]


SIGNS = ".?-▇!✗"
"""From nobody watched to down: of a stretch the worst is shown."""
_RANK = {"unknown": 1, "absent": 2, "up": 3, "degraded": 4, "down": 5}


def strips(found: Iterable[Span], begin: datetime, stretch: timedelta, signs: int) -> dict[str, str]:
    """So many signs a service, each for a stretch of time from a moment on, by its worst in it."""
    worst: dict[str, list[int]] = {}
    for span in found:
        row, rank = worst.setdefault(span.id, [0] * signs), _RANK[span.status]
        first, last = (span.began - begin) // stretch, (span.ended - begin) / stretch
        for index in range(first, min(signs, math.ceil(last))):
            row[index] = max(row[index], rank)
    return {id: "".join(SIGNS[rank] for rank in row) for id, row in worst.items()}


class Down(Struct, frozen=True):
    """A time in which a service was down, and what was said of it."""

    began: datetime
    seconds: float
    why: str


DOWNS = 3
"""Times of a service in which it was down that are told, the newest."""


class Uptimes(Struct, frozen=True):
    """All that is told of uptime: by each time's name the services', their strips, the share in which somebody watched,
    and when each service was down last, newest first."""

    spans: Mapping[str, list[Uptime]]
    strips: Mapping[str, str]
    watched: float
    downs: Mapping[str, list[Down]]


def read_uptimes(
    database: sqlite3.Connection, length: timedelta, now: datetime, ids: Collection[str]
) -> Uptimes:
    """The uptime of these services until `now`: of so long, with its strip, and of each shorter time."""
    signs = next(span.signs for span in SPANS if span.length == length)
    found = spans(database, now - length, now, "service")
    told = {one.name: uptimes(found, ids, now - one.length) for one in SPANS if one.length <= length}
    seconds = sum(
        (watch.ended - watch.began).total_seconds() for watch in watches(database, now - length, now)
    )
    made = strips(found, now - length, length / signs, signs)
    return Uptimes(told, made, seconds / length.total_seconds(), downs(found))


def downs(found: Sequence[Span]) -> dict[str, list[Down]]:
    """When each service was down last; spans that touch are one time, told by what was said last."""
    times: dict[str, list[Down]] = {}
    # Backwards: of thousands the newest few are looked at.
    for span in reversed(found):
        if span.status != "down" or len(own := times.setdefault(span.id, [])) > DOWNS:
            continue
        after = own[-1] if own else None
        if after is not None and after.began == span.ended:
            own[-1] = Down(span.began, span.seconds + after.seconds, after.why)
        else:
            own.append(Down(span.began, span.seconds, span.summary))
    return {id: own[:DOWNS] for id, own in times.items()}
