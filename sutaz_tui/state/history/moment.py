"""The whole picture as it was at a moment, from what is remembered."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.engine.again import Outages
from sutaz_tui.engine.causes import cause_words, ranked
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.engine.quiet import with_quiet
from sutaz_tui.model import (
    TROUBLE,
    Alert,
    Cause,
    Change,
    Fact,
    Known,
    Service,
    ServiceState,
    Snapshot,
    Status,
    cause_title,
)
from sutaz_tui.state.history.account import account
from sutaz_tui.state.history.changes import newest_changes
from sutaz_tui.state.history.figures import hour_before, minute_of
from sutaz_tui.state.history.spans import STATUS, Span, events, outages, spans
from sutaz_tui.state.history.told import TOLD

INSTANT = timedelta(milliseconds=1)
NOT_WATCHED = "not watched"
FARTHER = (timedelta(hours=1), timedelta(days=1), timedelta(days=30), timedelta(days=3650))
"""How far away a change is sought, one after another: where much happens the next is near."""

_FIGURES = """
SELECT id, median, facts FROM subjects JOIN minutes ON subject = no
WHERE kind = 'service' AND minute > :minute - 60 AND minute <= :minute AND minute + step > :minute
"""


class _Told(Struct, frozen=True):
    """What is remembered of all services besides their status, by id."""

    latency: Mapping[str, float | None]
    facts: Mapping[str, Mapping[str, Fact]]
    slowest: Mapping[str, list[float | None]]
    changes: Mapping[str, list[Change]]
    because: Mapping[str, tuple[str, ...]]


def snapshot_at(
    database: sqlite3.Connection,
    at: datetime,
    services: Iterable[Service],
    marks: Mapping[str, Known] = MappingProxyType({}),
) -> Snapshot:
    """How everything was; what nobody watched is unknown. All of it is as old as the moment: `asked` is the moment itself.

    `marks` are those that people had made by then.
    """
    services = tuple(services)
    by_kind: dict[str, dict[str, Span]] = defaultdict(dict)
    # Of two that touch at this moment the later one holds.
    for span in spans(database, at, at + INSTANT):
        by_kind[span.kind][span.id] = span
    watched = by_kind["service"]
    causes = _causes(database, at, services, by_kind["cause"], watched)
    changes = newest_changes(database, at)
    told = _told(database, at, causes, changes, by_kind)
    states = tuple(_state(service, watched.get(service.id), at, told) for service in services)
    known = with_quiet(marks, states, at)
    states = tuple(_marked(state, known.get(state.service.id)) for state in states)
    return Snapshot(
        seq=0,
        at=at,
        services=states,
        causes=tuple(ranked(causes, {state.service.id: state for state in states}, known)),
        alerts=tuple(
            Alert(span.id, span.status, span.summary, span.since) for span in by_kind["alert"].values()
        ),
        changes=tuple(changes),
        is_past=True,
    )


def _told(
    database: sqlite3.Connection,
    at: datetime,
    causes: Iterable[Cause],
    changes: Iterable[Change],
    by_kind: Mapping[str, Mapping[str, Span]],
) -> _Told:
    minute = minute_of(at)
    figures = database.execute(_FIGURES, {"minute": minute}).fetchall()
    of_service: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        of_service[change.service_id].append(change)
    because: dict[str, tuple[str, ...]] = {}
    for cause in causes:
        for id in cause.affected:
            because[id] = (*because.get(id, ()), cause.id)
    facts: dict[str, dict[str, Fact]] = {id: json.loads(some or "{}") for id, _, some in figures}
    for name in TOLD:
        for id, span in by_kind[name].items():
            facts.setdefault(id, {})[name] = span.status
    return _Told(
        latency={id: latency for id, latency, _ in figures},
        facts=facts,
        slowest=hour_before(database, minute),
        changes=of_service,
        because=because,
    )


def _causes(
    database: sqlite3.Connection,
    at: datetime,
    services: tuple[Service, ...],
    found: Mapping[str, Span],
    watched: Mapping[str, Span],
) -> tuple[Cause, ...]:
    """The causes of the moment, with what hung on them."""
    if not found:
        return ()
    by_id = {service.id: service for service in services}
    titles = {service.id: service.title for service in services}
    needed_by = Dependencies(services).needed_by
    statuses = {id: STATUS[span.status] for id, span in watched.items()}
    troubled = {id: span.since for id, span in watched.items() if statuses[id] in TROUBLE}
    causes = []
    for span in found.values():
        if statuses.get(span.id, Status.DOWN) is not Status.DOWN:
            # What the recorder saw of it last is up to a second older than the service's own answer.
            continue
        own = by_id.get(span.id)
        others = tuple(id for id in needed_by(span.id) if id in watched) if own is not None else ()
        affected = tuple(
            id for id in others if id not in found and id in troubled and troubled[id] >= span.since
        )
        causes.append(
            Cause(
                span.id,
                cause_title(span.id, titles),
                span.since,
                cause_words(span.summary, others, (statuses[id] for id in others)),
                affected,
                others,
                owner=own.owner if own is not None else "",
                runbook=own.runbook if own is not None else "",
            )
        )
    before = Outages()
    before.recall(outages(database))
    return before.follow(causes, at)


def _state(service: Service, span: Span | None, at: datetime, told: _Told) -> ServiceState:
    id = service.id
    history = tuple(told.changes.get(id, ()))
    minutes = tuple(told.slowest.get(id, ()))
    if span is None:
        return ServiceState(
            service, Status.UNKNOWN, NOT_WATCHED, "?", asked=at, history=history, minutes=minutes
        )
    status = STATUS[span.status]
    return ServiceState(
        service,
        status,
        span.summary,
        span.word,
        latency=told.latency.get(id) if status is Status.UP else None,
        since=span.since,
        since_at_least=span.since_at_least,
        asked=at,
        facts=told.facts.get(id, {}),
        history=history,
        minutes=minutes,
        because=told.because.get(id, ()) if status is not Status.UP else (),
    )


def _marked(state: ServiceState, mark: Known | None) -> ServiceState:
    """A trouble that was known; a mark says nothing of what was well or not watched."""
    if mark is None or state.status not in TROUBLE or state.since is None:
        return state
    return replace(state, known=mark.reason, known_until=mark.until)


def change_beside(database: sqlite3.Connection, at: datetime, by: int, now: datetime) -> datetime | None:
    """When the next change (`by` 1) after a moment was, or the last one (-1) before it, as the history lists them; None
    where there is none."""
    for far in FARTHER:
        begin, end = (at, min(now, at + far)) if by > 0 else (at - far, at)
        found = [entry.at for entry in account(database, begin, end, lambda _: ()).changes]
        there = [one for one in found if (one > at if by > 0 else one < at)]
        if there:
            return min(there) if by > 0 else max(there)
    return None


def restarts(database: sqlite3.Connection, begin: datetime, end: datetime) -> Counter[str]:
    """How often each service was restarted after a moment, until another."""
    found = (event for event in events(database, begin + INSTANT, end) if event.kind in ("restart", "oom"))
    return Counter(event.service for event in found)
