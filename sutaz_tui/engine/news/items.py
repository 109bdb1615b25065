"""What a picture holds that somebody may have to be told: one item for a cause with all that hangs on it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from sutaz_tui.model import (
    TROUBLE,
    WORDS,
    Cause,
    Change,
    ChangeKind,
    CheckResult,
    Failure,
    Outcome,
    ServiceState,
    Snapshot,
    Status,
)
from sutaz_tui.sources.notify.item import OURS, Item
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of, plural

CRITICAL, WARNING = "critical", "warning"
NETWORK = "network"
HOSTS = 2
"""Hosts besides this one that must keep silent, all that there are, until it is this machine's own network."""
MOST_NAMES = 4
RESTARTED_FOR = timedelta(minutes=10)
"""So long without another one a restart is news."""
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?(\[[^\]]+\]|[^/:?#]+)", re.IGNORECASE)
_HERE = re.compile(r"localhost|127\.[\d.]+|\[?::1\]?|0\.0\.0\.0", re.IGNORECASE)


Items = dict[str, Item]
"""By key."""


def items_of(snapshot: Snapshot, on: Collection[str], wanted: Collection[str] | None = None) -> Items:
    """What is wrong in a picture: of the kinds `on` (down, degraded, unknown, restarts, alerts), of the `wanted` services."""
    states = {state.service.id: state for state in snapshot.services}
    lost = _lost_network(snapshot) if {"down", "unknown"} & {*on} else None
    swallowed = {*lost.services} if lost is not None else set()
    found: list[Item] = [lost] if lost is not None else []
    told_by_cause = {*swallowed}
    for cause in snapshot.causes:
        if swallowed.issuperset(_hit(cause)):
            continue
        # What hangs on it is told with it, whatever that alone would be.
        told_by_cause.update(_hit(cause))
        status = states[cause.id].status if cause.id in states else Status.DOWN
        if status.label in on and not _is_unsettled(states.get(cause.id)):
            found.append(_of_cause(cause, states, snapshot))
    found += [
        _of_service(state, snapshot)
        for state in snapshot.services
        if state.status in TROUBLE
        and state.status.label in on
        and state.service.id not in told_by_cause
        and not state.because
        and not _is_unsettled(state)
    ]
    if "restarts" in on:
        found += _of_restarts(snapshot, states)
    if wanted is not None:
        found = [item for item in found if item.key == NETWORK or not {*item.services}.isdisjoint(wanted)]
    if "alerts" in on:
        found += _of_alerts(snapshot)
    return {item.key: item for item in found}


def not_well(snapshot: Snapshot) -> frozenset[str]:
    """The services of which nobody may say that they have recovered: what is wrong with them may be told with something
    else by now, or is not known yet."""
    return frozenset(
        state.service.id for state in snapshot.services if state.status in TROUBLE or _is_unsettled(state)
    )


def items_of_checks(results: Iterable[CheckResult], titles: Mapping[str, str], now: datetime) -> Items:
    """What checks found: one item a category; what another service's trouble explains is told with that."""
    red: dict[str, list[CheckResult]] = {}
    for result in results:
        if result.outcome in (Outcome.FAIL, Outcome.ERROR) and not result.cause and not result.is_down:
            red.setdefault(result.category, []).append(result)
    found = {}
    for category, failed in red.items():
        first = next((one for one in failed if not one.follows), failed[0])
        words = (
            f"{plural(len(failed), 'check')} red: {first_of([one.check_id for one in failed], MOST_NAMES)}"
        )
        words += f"; {titles.get(first.service, first.service)}: {first.message}"
        key = f"checks:{category}"
        since = min(one.started for one in failed)
        services = tuple(dict.fromkeys(one.service for one in failed if one.service))
        found[key] = Item(
            key, f"{category} checks failing", words, WARNING, min(since, now), first.service, services
        )
    return found


def _is_unsettled(state: ServiceState | None) -> bool:
    """Whether it failed once and is asked again, or is as an earlier run saw it."""
    return state is not None and (
        state.is_remembered or (state.asks > 0 and state.status is Status.DEGRADED) or state.asked is None
    )


def _hit(cause: Cause) -> tuple[str, ...]:
    return (*((cause.id,) if cause.is_service else ()), *cause.affected)


def _of_cause(cause: Cause, states: Mapping[str, ServiceState], snapshot: Snapshot) -> Item:
    state = states.get(cause.id)
    names = [_title(id, states) for id in cause.affected]
    hit = f"; failing with it: {first_of(names, MOST_NAMES)}" if names else ""
    still = [id for id in cause.needed_by if id not in cause.affected]
    need = f"; {len(still)} more need it" if still else ""
    status = WORDS[state.status] if state is not None else WORDS[Status.DOWN]
    known = (
        bool(state.known)
        if state is not None
        else all(states[id].known for id in cause.affected if id in states)
    )
    summary = state.summary if state is not None else cause.summary or cause.words
    return Item(
        key=f"service:{cause.id}" if cause.is_service else f"cause:{cause.id}",
        title=f"{cause.title} {status}",
        words=f"{summary}{hit}{need}",
        severity=CRITICAL,
        since=state.since if state is not None and state.since else min(cause.since, snapshot.at),
        service=cause.id if cause.is_service else "",
        services=_hit(cause),
        owner=cause.owner,
        runbook=cause.runbook,
        is_known=known,
    )


def _of_service(state: ServiceState, snapshot: Snapshot) -> Item:
    service = state.service
    return Item(
        key=f"service:{service.id}",
        title=f"{service.title} {WORDS[state.status]}",
        words=state.error or state.summary,
        severity=CRITICAL if state.status is Status.DOWN else WARNING,
        since=state.since or snapshot.at,
        service=service.id,
        services=(service.id,),
        owner=service.owner,
        runbook=service.runbook,
        is_known=bool(state.known),
    )


def _of_restarts(snapshot: Snapshot, states: Mapping[str, ServiceState]) -> Iterator[Item]:
    """Containers that were restarted or OOM-killed: most are back before anybody sees that they were down."""
    happened: dict[str, list[Change]] = {}
    for change in snapshot.changes:
        is_news = change.kind in (ChangeKind.RESTART, ChangeKind.OOM) and change.service_id in states
        if is_news and snapshot.at - change.at <= RESTARTED_FOR:
            happened.setdefault(change.service_id, []).append(change)
    for id, changes in happened.items():
        state = states[id]
        is_oom = any(change.kind is ChangeKind.OOM for change in changes)
        restarts = sum(change.kind is ChangeKind.RESTART for change in changes)
        yield Item(
            key=f"restart:{id}",
            title=f"{state.service.title}: container {'OOM-killed' if is_oom else 'restarted'}",
            words=changes[-1].words + (f"; {restarts} restarts in 10 minutes" if restarts > 1 else ""),
            severity=CRITICAL if is_oom else WARNING,
            since=min(change.at for change in changes),
            service=id,
            services=(id,),
            owner=state.service.owner,
            runbook=state.service.runbook,
            is_known=bool(state.known),
        )


def _of_alerts(snapshot: Snapshot) -> Iterator[Item]:
    for alert in snapshot.alerts:
        if OURS in alert.labels or alert.silenced_by:
            continue
        name = one_line(alert.name, 120)
        severity = CRITICAL if alert.severity in ("critical", "page", "error") else WARNING
        words = alert.summary or ", ".join(f"{key}={value}" for key, value in alert.labels)
        yield Item(
            f"alert:{name}:{one_line(alert.severity, 40)}", f"alert {alert.title}", words or name, severity,
            alert.since or snapshot.at,
        )  # fmt: skip


def _lost_network(snapshot: Snapshot) -> Item | None:
    """That it is this machine which reaches nobody: all services of all other hosts keep silent."""
    away = []
    for state in snapshot.services:
        if state.status is not Status.ABSENT and _host(state.service.address):
            # Mostly the first that is well says that the network is there.
            if not _is_silent(state):
                return None
            away.append(state)
    hosts = {_host(state.service.address) for state in away}
    if len(hosts) < HOSTS:
        return None
    since = max((state.since or snapshot.at for state in away), default=snapshot.at)
    words = f"{plural(len(away), 'service')} on {len(hosts)} hosts do not answer, and no other host does"
    ids = tuple(state.service.id for state in away)
    # What only hangs on them is no further news.
    behind = tuple(
        state.service.id
        for state in snapshot.services
        if state.because and state.service.id not in ids and {*state.because} <= {*ids}
    )
    return Item(NETWORK, "this monitor lost its network", words, CRITICAL, since, "", (*ids, *behind))


def _is_silent(state: ServiceState) -> bool:
    """Whether nothing comes from its host: a refusal comes from there."""
    if state.asked is None:
        return False
    if state.status is Status.UNKNOWN:
        return bool(state.because) or state.failure is Failure.NETWORK
    return state.status is Status.DOWN and state.failure is Failure.SILENT


@lru_cache(maxsize=16_384)
def _host(address: str) -> str:
    """The other host that a service is on, "" for this machine, and for what is asked through something else."""
    if not address or address.startswith(("unix:", "docker:", "/")):
        return ""
    match = _HOST.match(address)
    host = match[1].casefold() if match is not None else ""
    return "" if _HERE.fullmatch(host) else host


def _title(id: str, states: Mapping[str, ServiceState]) -> str:
    return states[id].service.title if id in states else id
