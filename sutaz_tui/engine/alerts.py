"""Alerts of all who tell them as one list: each counted once, and those of one name and severity as one row."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from sutaz_tui.model import Alert, Labels

INSTANCES = 100
"""Alerts of a row that are kept one by one; all are counted."""

_SEVERITIES = {
    severity: rank
    for rank, severities in enumerate(
        ("critical page emergency", "error major high", "warning warn minor", "info information low none")
    )
    for severity in severities.split()
}
_UNRANKED = 2
_NEVER = datetime.min.replace(tzinfo=UTC)


def gathered(told: Mapping[str, tuple[Alert, ...]], answering: Collection[str] = ()) -> tuple[Alert, ...]:
    """The rows of all alerts, by who tells them: not silenced first, the gravest, then the newest.

    What nobody of those `answering` tells is left out: it may long be over. Where nobody answers the last word stays.
    """
    rows: defaultdict[tuple[str, str, tuple[str, ...]], list[Alert]] = defaultdict(list)
    for alert in distinct(told):
        if answering and not any(id in answering for id in alert.by):
            continue
        rows[alert.name, alert.severity, alert.silenced_by].append(alert)
    return tuple(sorted(map(_row, rows.values()), key=_rank))


def distinct(told: Mapping[str, tuple[Alert, ...]]) -> list[Alert]:
    """Each alert once: it is its labels, whoever tells it."""
    found: dict[Labels, Alert] = {}
    for id, alerts in told.items():
        for alert in alerts:
            mine = replace(alert, by=(id,))
            known = found.get(alert.labels)
            found[alert.labels] = mine if known is None else _joined(known, mine)
    if len(told) > 1:
        _join_those_with_more_labels(found)
    return list(found.values())


def _join_those_with_more_labels(found: dict[Labels, Alert]) -> None:
    """Prometheus adds `external_labels` to what it sends to Alertmanager, and may take others away."""
    shapes: defaultdict[str, defaultdict[frozenset[str], list[Alert]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for alert in found.values():
        shapes[alert.name][frozenset(name for name, _ in alert.labels)].append(alert)
    for of_name in shapes.values():
        by_size = sorted(of_name, key=len)
        for place, fewer in enumerate(by_size):
            for more in by_size[place + 1 :]:
                if fewer < more:
                    _join(found, of_name[fewer], of_name[more], fewer)


def _join(found: dict[Labels, Alert], some: list[Alert], others: list[Alert], names: frozenset[str]) -> None:
    """Take away those of `some` whose labels are among those of `others`, told by somebody else."""
    fuller = {
        tuple(label for label in alert.labels if label[0] in names): found[alert.labels]
        for alert in others
        if alert.labels in found
    }
    for alert in some:
        other = fuller.get(alert.labels)
        if other is not None and alert.labels in found and not {*alert.by} & {*other.by}:
            del found[alert.labels]
            found[other.labels] = _joined(other, alert)


def _joined(one: Alert, other: Alert) -> Alert:
    """One alert as two tell it; it fires since the later moment, as Prometheus tells when it began to be pending."""
    return replace(
        one,
        summary=one.summary or other.summary,
        since=max(filter(None, (one.since, other.since)), default=None),
        silenced_by=tuple(dict.fromkeys((*one.silenced_by, *other.silenced_by))),
        by=tuple(dict.fromkeys((*one.by, *other.by))),
    )


def _row(alerts: list[Alert]) -> Alert:
    """Alerts of one name, severity and silence as one: what they share, and in what they differ."""
    first = alerts[0]
    if len(alerts) == 1:
        return first
    shared = set(first.labels).intersection(*(alert.labels for alert in alerts))
    newest = sorted(alerts, key=_since, reverse=True)[:INSTANCES]
    return replace(
        first,
        summary=first.summary if all(alert.summary == first.summary for alert in alerts) else "",
        since=min((alert.since for alert in alerts if alert.since is not None), default=None),
        labels=tuple(label for label in first.labels if label in shared),
        by=_all_of(alert.by for alert in alerts),
        count=len(alerts),
        instances=tuple(tuple(label for label in alert.labels if label not in shared) for alert in newest),
    )


def _all_of(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _since(alert: Alert) -> datetime:
    return alert.since or _NEVER


def _rank(row: Alert) -> tuple[bool, int, float, str]:
    severity = _SEVERITIES.get(row.severity.lower(), _UNRANKED)
    return bool(row.silenced_by), severity, -_since(row).timestamp() if row.since else 0.0, row.name
