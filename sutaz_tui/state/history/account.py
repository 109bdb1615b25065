"""What happened in a time: every change of every service, those within one cause folded into an incident."""

import sqlite3
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
    before = outages(database) if causes else {}
    incidents = [
        _incident(span, changes, needed_by(span.id), end, _times(span, before))
        for span in causes
        if not any(_holds(other, span, needed_by) for other in causes)
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


def _holds(outer: Span, inner: Span, needed_by: Callable[[str], tuple[str, ...]]) -> bool:
    """Whether one cause fell within another that it hangs on."""
    is_within = outer.began - SLACK <= inner.began <= outer.ended
    return is_within and inner.id != outer.id and inner.id in needed_by(outer.id)


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
    return sum(one.since <= cause.since for one in before.get(cause.id, ())) or 1


def _incident(
    cause: Span, changes: list[Entry], hanging: tuple[str, ...], end: datetime, times: int
) -> Incident:
    ids = {cause.id, *hanging}
    ended = None if cause.goes_on or cause.ended >= end else cause.ended
    until = (ended or end) + SLACK
    own = tuple(
        entry
        for entry in changes
        if entry.service in ids and cause.began - SLACK <= entry.at <= until and entry.kind != "alert"
    )
    services = tuple(dict.fromkeys(entry.service for entry in own))
    return Incident(cause.began, ended, cause.id, cause.summary, services, own, times)


def of_services(found: Account, ids: tuple[str, ...]) -> Account:
    """What concerns some services; all of it where none is named."""
    if not ids:
        return found
    return replace(
        found,
        changes=tuple(entry for entry in found.changes if entry.service in ids),
        incidents=tuple(one for one in found.incidents if {*one.services, one.cause}.intersection(ids)),
    )
