"""What a history tells: spans of every subject, what happened, when nobody watched, and how each service was last seen."""

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from datetime import datetime

from msgspec import Struct

from sutaz_tui.engine.again import Outage
from sutaz_tui.engine.since import Earlier, Since
from sutaz_tui.model import Status
from sutaz_tui.state.history.moments import ms, when

STATUS = {status.label: status for status in Status}


class Span(Struct, frozen=True):
    """How a subject was from `began` to `ended`; `status` is a severity for an alert. `goes_on`: it was so to the last."""

    kind: str
    id: str
    began_ms: int
    ended_ms: int
    status: str
    word: str
    summary: str
    since_ms: int
    since_at_least: bool
    goes_on: bool

    # Moments are made when they are asked for: of thousands of spans few are.

    @property
    def began(self) -> datetime:
        return when(self.began_ms)

    @property
    def ended(self) -> datetime:
        return when(self.ended_ms)

    @property
    def since(self) -> datetime:
        """When the status began, perhaps in an earlier span."""
        return when(self.since_ms)

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return (self.ended_ms - self.began_ms) / 1000


class Watch(Struct, frozen=True):
    """A time in which somebody watched; `why` it ended, "" where that was not told."""

    began: datetime
    ended: datetime
    why: str
    by: str


class Event(Struct, frozen=True):
    """Something that happened besides changes of status; `service` "" where it concerns none."""

    at: datetime
    service: str
    kind: str
    words: str


PAUSE = 10.0

_SPANS = """
SELECT kind, id, max(began, :from), min(coalesce(ended, last.at), :to), status, word, summary, since, at_least,
    ended IS NULL
FROM spans JOIN subjects ON subjects.no = subject, (SELECT coalesce(max(ended), 0) AS at FROM watches) AS last
WHERE began < :to AND coalesce(ended, last.at) > :from AND (:kind = '' OR kind = :kind) AND (:id = '' OR id = :id)
ORDER BY began, spans.rowid
"""


def spans(
    database: sqlite3.Connection, begin: datetime, end: datetime, kind: str = "", id: str = ""
) -> list[Span]:
    """The spans that lie in a time, cut to it, oldest first; of one kind or subject where that is named."""
    asked = {"from": ms(begin), "to": ms(end), "kind": kind, "id": id}
    return [
        Span(kind, id, began, ended, status, word, summary, since, bool(at_least), bool(goes_on))
        for kind, id, began, ended, status, word, summary, since, at_least, goes_on in database.execute(_SPANS, asked)
        if ended > began or goes_on
    ]  # fmt: skip


def watches(database: sqlite3.Connection, begin: datetime, end: datetime) -> list[Watch]:
    """When somebody watched in a time, cut to it, oldest first."""
    rows = database.execute(
        "SELECT max(began, :from), min(ended, :to), why, by FROM watches WHERE began < :to AND ended > :from ORDER BY began",
        {"from": ms(begin), "to": ms(end)},
    )
    return [Watch(when(began), when(ended), why, by) for began, ended, why, by in rows]


def events(database: sqlite3.Connection, begin: datetime, end: datetime, service: str = "") -> list[Event]:
    """What happened in a time besides changes of status, oldest first; of one service where that is named."""
    rows = database.execute(
        "SELECT at, coalesce(id, ''), changes.kind, words FROM changes LEFT JOIN subjects ON no = subject"
        " WHERE at >= ? AND at <= ? AND (? = '' OR id = ?) ORDER BY at, changes.rowid",
        (ms(begin), ms(end), service, service),
    )
    return [Event(when(at), id, kind, words) for at, id, kind, words in rows]


def unwatched(seen: list[Watch], begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The times between in which nobody watched; pauses between two writes of one who does are none."""
    gaps = []
    until = begin
    for watch in seen:
        if (watch.began - until).total_seconds() > PAUSE:
            gaps.append((until, watch.began))
        until = max(until, watch.ended)
    return [*gaps, (until, end)] if (end - until).total_seconds() > PAUSE else gaps


_OUTAGES = """
SELECT id, since, max(coalesce(ended, (SELECT max(ended) FROM watches), began)) FROM subjects JOIN spans ON subject = no
WHERE kind = 'cause' GROUP BY no, since ORDER BY since
"""


_NOTES = (
    "SELECT id, at, words FROM changes JOIN subjects ON no = subject WHERE changes.kind = 'note' ORDER BY at"
)


def outages(database: sqlite3.Connection) -> dict[str, tuple[Outage, ...]]:
    """When each cause was one, as long as that was watched, oldest first, with the last note on its service since then."""
    began: dict[str, list[int]] = defaultdict(list)
    lasted: dict[str, list[float]] = defaultdict(list)
    for id, since, ended in database.execute(_OUTAGES):
        began[id].append(since)
        lasted[id].append((ended - since) / 1000)
    notes: dict[str, dict[int, str]] = defaultdict(dict)
    for id, at, words in database.execute(_NOTES) if began else ():
        # The last one before the next outage stands.
        notes[id][bisect_right(began[id], at) - 1] = words
    return {
        id: tuple(
            Outage(when(since), seconds, notes[id].get(number, ""))
            for number, (since, seconds) in enumerate(zip(began[id], lasted[id], strict=True))
        )
        for id in began
    }


_LAST = """
SELECT id, status, since, at_least, coalesce(ended, (SELECT max(ended) FROM watches), began), own_start
FROM subjects, spans WHERE kind = 'service'
    AND spans.rowid = (SELECT rowid FROM spans WHERE subject = no ORDER BY began DESC, rowid DESC LIMIT 1)
"""


def last_seen(database: sqlite3.Connection) -> dict[str, Earlier]:
    """How each service was when it was last seen."""
    found = {}
    for id, status, since, at_least, until, own_start in database.execute(_LAST):
        started = when(own_start) if own_start is not None else None
        found[id] = Earlier(STATUS[status], Since(when(since), bool(at_least)), when(until), started)
    return found
