"""What differs between two pictures of the stack: status, versions, images, restarts, facts, alerts, outcomes of checks."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from sutaz_tui.model import RED, TROUBLE, WORDS, CheckResult, ServiceState, Snapshot, Status
from sutaz_tui.state.history.figures import numbers
from sutaz_tui.state.history.told import TOLD, told_facts

MOVED = 0.1
"""The share of the larger value by which a number has to move to be told."""
ALWAYS_MOVES = frozenset({"uptime"})


class Difference(Struct, frozen=True):
    """One thing that differs: of which service ("" for none), what, how it was and is; `look` as tables have it."""

    service: str
    what: str
    then: str
    now: str
    look: str = ""


class Diff(Struct, frozen=True):
    """All that differs between two moments, the weightiest first; of `unwatched` nothing is known of the first one."""

    then: datetime
    now: datetime
    differences: tuple[Difference, ...]
    unwatched: tuple[str, ...]


def diff(
    then: Snapshot,
    now: Snapshot,
    restarts: Mapping[str, int],
    ended_then: Mapping[str, CheckResult],
    ended_now: Mapping[str, CheckResult],
) -> Diff:
    """What differs; `restarts` between the two by service, the results of checks by id."""
    before = {state.service.id: state for state in then.services if state.since is not None}
    both = [(before[state.service.id], state) for state in now.services if state.service.id in before]
    found = [
        *sorted(_statuses(both), key=lambda one: one.look != "down"),
        *_alerts(then, now),
        *_checks(ended_then, ended_now),
        *(
            Difference(id, "restarts", "", f"{count} since then", "degraded")
            for id, count in restarts.items()
            if id in before
        ),
        *(one for old, new in both for one in _told(old, new)),
        *(one for old, new in both for one in _moved(old, new)),
    ]
    unwatched = tuple(state.service.id for state in now.services if state.service.id not in before)
    return Diff(then.at, now.at, tuple(found), unwatched)


def _statuses(both: Iterable[tuple[ServiceState, ServiceState]]) -> Iterable[Difference]:
    for old, new in both:
        if old.status is not new.status and new.asked is not None:
            look = new.status.label if new.status in TROUBLE else ""
            yield Difference(new.service.id, "status", _status(old), _status(new), look)


def _status(state: ServiceState) -> str:
    return WORDS[state.status] if state.status is Status.UP else f"{WORDS[state.status]}: {state.summary}"


def _alerts(then: Snapshot, now: Snapshot) -> Iterable[Difference]:
    old = {(alert.name, alert.severity) for alert in then.alerts}
    new = {(alert.name, alert.severity): alert for alert in now.alerts}
    for key, alert in new.items():
        if key not in old:
            yield Difference("", f"alert {alert.name}", "", f"fires: {alert.summary}", "degraded")
    for name, severity in sorted(old - new.keys()):
        yield Difference("", f"alert {name}", f"fired ({severity})", "")


def _checks(then: Mapping[str, CheckResult], now: Mapping[str, CheckResult]) -> Iterable[Difference]:
    for id, new in now.items():
        old = then.get(id)
        if old is not None and old.outcome is not new.outcome:
            is_red = new.outcome in RED
            words = f"{new.outcome.upper()}: {new.message}" if is_red else str(new.outcome)
            was = old.outcome.upper() if old.outcome in RED else str(old.outcome)
            yield Difference(new.service, f"check {id}", was, words, "degraded" if is_red else "")


def _told(old: ServiceState, new: ServiceState) -> Iterable[Difference]:
    before, after = told_facts(old.facts, old.claims), told_facts(new.facts, new.claims)
    for name in TOLD:
        if name in before and name in after and before[name] != after[name]:
            yield Difference(new.service.id, name, before[name], after[name], "degraded")


def _moved(old: ServiceState, new: ServiceState) -> Iterable[Difference]:
    before, after = numbers(old.facts), numbers(new.facts)
    for name, value in after.items():
        if name in before and name not in ALWAYS_MOVES and has_moved(before[name], value):
            words = name.replace("_", " ")
            yield Difference(new.service.id, words, _figure(before[name]), _figure(value))


def has_moved(before: float, after: float) -> bool:
    """Whether a number is another one by more than a tenth."""
    return abs(after - before) > MOVED * max(abs(before), abs(after))


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
