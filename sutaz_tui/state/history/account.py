"""What happened in a time: every change of every service, those within one cause folded into an incident."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.engine.again import Outage
from sutaz_tui.state.history.spans import Event, Span, events, outages, spans, unwatched, watches

SLACK = timedelta(seconds=30)
"""So long before a cause begins and after it ends, changes of what hangs on it belong to it."""


CHANGING = ("version", "leader")
"""What is told when it changes; of an image Docker's own word is kept."""


SAID = ("note", "deploy", "deployed")
"""What persons say of a moment, and what followed: no changes of the stack."""


class Entry(Struct, frozen=True):
    """One change: `before` and `after` are words of a status, "" for what is none; `seconds` how long it was so, None
    while it is; `why` what was said."""

    at: datetime
    service: str
    kind: str
    before: str
    after: str
    seconds: float | None
    why: str


class Incident(Struct, frozen=True):
    """A cause from its beginning to its end (None: it goes on), the services that changed within it, and how; `times` says
    the how many-th time this is of all that are remembered."""

    began: datetime
    ended: datetime | None
    cause: str
    words: str
    services: tuple[str, ...]
    changes: tuple[Entry, ...]
    times: int = 1


class Account(Struct, frozen=True):
    """All that happened in a time, oldest first; a change within an incident stands in both lists."""

    begin: datetime
    end: datetime
    changes: tuple[Entry, ...]
    incidents: tuple[Incident, ...]
    unwatched: tuple[tuple[datetime, datetime], ...]


def account(
    database: sqlite3.Connection,
    begin: datetime,
    end: datetime,
    needed_by: Callable[[str], tuple[str, ...]],
) -> Account:
    """What happened; `needed_by` tells who hangs on whom."""
    found = spans(database, begin, end)
    changes = [*_changes(found, begin), *_events(events(database, begin, end))]
    changes.sort(key=lambda entry: entry.at)
    causes = _whole(span for span in found if span.kind == "cause")
    hanging = {id: frozenset(needed_by(id)) for id in {cause.id for cause in causes}}
    before = outages(database) if causes else {}
    incidents = [
        _incident(cause, changes, hanging[cause.id], end, _times(cause, before))
        for cause in _outermost(causes, hanging)
    ]
    return Account(
        begin,
        end,
        tuple(changes),
        tuple(incidents),
        tuple(unwatched(watches(database, begin, end), begin, end)),
    )


def _whole(causes: Iterable[Span]) -> list[Span]:
    """Each cause once: one that was away for a moment, and then had begun before that, never ended."""
    found: dict[tuple[str, int], Span] = {}
    for span in causes:
        key = (span.id, span.since_ms)
        before = found.get(key)
        found[key] = span if before is None else replace(before, ended_ms=span.ended_ms, goes_on=span.goes_on)
    return list(found.values())


def _outermost(causes: list[Span], hanging: Mapping[str, frozenset[str]]) -> list[Span]:
    """Those that fell within no other one that they hang on."""
    of_id: dict[str, list[Span]] = defaultdict(list)
    for cause in causes:
        of_id[cause.id].append(cause)
    above = {
        id: [one for other in of_id if id != other and id in hanging[other] for one in of_id[other]]
        for id in of_id
    }
    slack = SLACK // timedelta(milliseconds=1)
    return [
        inner
        for inner in causes
        if not any(outer.began_ms - slack <= inner.began_ms <= outer.ended_ms for outer in above[inner.id])
    ]


def _changes(found: list[Span], begin: datetime) -> list[Entry]:
    """A change at each beginning of a span that follows another of its subject."""
    entries = []
    last: dict[tuple[str, str], Span] = {}
    for span in found:
        key = (span.kind, span.id)
        before, last[key] = last.get(key), span
        seconds = None if span.goes_on else span.seconds
        if span.kind == "alert" and span.began > begin:
            entries.append(Entry(span.began, span.id, "alert", "", span.status, seconds, span.summary))
        elif span.kind in CHANGING and before is not None and before.status != span.status:
            entries.append(Entry(span.began, span.id, span.kind, before.status, span.status, None, span.kind))
        elif span.kind == "service" and before is not None and before.status != span.status:
            entries.append(
                Entry(span.began, span.id, "status", before.status, span.status, seconds, span.summary)
            )
    return entries


def _events(found: list[Event]) -> list[Entry]:
    return [Entry(event.at, event.service, event.kind, "", "", None, event.words) for event in found]


def _times(cause: Span, before: Mapping[str, tuple[Outage, ...]]) -> int:
    return bisect_right(before.get(cause.id, ()), cause.since, key=lambda one: one.since) or 1


def _incident(
    cause: Span, changes: list[Entry], hanging: frozenset[str], end: datetime, times: int
) -> Incident:
    ids = hanging | {cause.id}
    ended = None if cause.goes_on or cause.ended >= end else cause.ended
    until = (ended or end) + SLACK
    # A week of a service that flaps has tens of thousands of changes, and as many causes.
    first, last = (
        bisect_left(changes, cause.began - SLACK, key=_moment),
        bisect_right(changes, until, key=_moment),
    )
    own = tuple(entry for entry in changes[first:last] if entry.service in ids and entry.kind != "alert")
    services = tuple(dict.fromkeys(entry.service for entry in own))
    return Incident(cause.began, ended, cause.id, cause.summary, services, own, times)


def _moment(entry: Entry) -> datetime:
    return entry.at


def of_services(found: Account, ids: tuple[str, ...]) -> Account:
    """What concerns some services; all of it where none is named."""
    if not ids:
        return found
    return replace(
        found,
        changes=tuple(entry for entry in found.changes if entry.service in ids),
        incidents=tuple(one for one in found.incidents if {*one.services, one.cause}.intersection(ids)),
    )
