"""The alerts that fire, as a table: what all who tell them brought, from the snapshot and not from a question of its own."""

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime

from sutaz_tui.model import WORDS, Alert, Labels, ServiceState, Snapshot, Status
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, first_of
from sutaz_tui.views.base import Rows, StackView, each

KINDS = ("prometheus", "alertmanager")
"""Who tells of alerts."""
SAID_ELSEWHERE = ("alertname", "severity")
GRAVE = ("critical", "page", "emergency")
_PLAIN_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _clock(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%d %b %H:%M}"


ALERTS = StackView(
    "alerts",
    "alerts",
    "firing alerts, and who silenced them",
    (
        Column("name", "ALERT", most=40),
        Column("count", "COUNT", is_number=True, priority=1),
        Column("severity", "SEVERITY", most=12, priority=2),
        Column("age", "AGE", is_number=True, write=ago),
        Column("since", "SINCE", priority=4, write=_clock),
        Column("labels", "LABELS", share=2),
        Column("silenced", "SILENCED BY", share=1, priority=3),
    ),
)

MEASURED = (
    Column("expression", "EXPRESSION", most=60, priority=3),
    Column("value", "NOW", is_number=True, write="{:,.6g}".format),
    Column("sign", "", priority=1),
    Column("threshold", "THRESHOLD", is_number=True, write="{:,.6g}".format, priority=1),
)
"""What is told of an alert's rule where there is no screen: on one it stands below the list, with its curve."""


def alert_rows(snapshot: Snapshot) -> Rows:
    """A row for each name and severity; labels that all of them share are told once, in `about`."""
    alerts = snapshot.alerts
    shared = (
        set(alerts[0].labels).intersection(*(alert.labels for alert in alerts)) if len(alerts) > 1 else set()
    )
    told_once = labels_words(tuple(sorted(shared)))
    titles = {state.service.id: state.service.title for state in snapshot.services}
    silenced = snapshot.alert_count(is_silenced=True)
    about = f"{snapshot.alert_count():,} firing" + (f", {silenced:,} silenced" if silenced else "")
    return Rows(
        tuple(each("name", lambda alert: _row(alert, shared, titles, snapshot.at), alerts)),
        len(alerts),
        f"{about}; all: {told_once}" if told_once else about,
        _missing([state for state in snapshot.services if state.service.kind in KINDS]),
    )


def _row(alert: Alert, shared: set[tuple[str, str]], titles: dict[str, str], now: datetime) -> TableRow:
    own = tuple(label for label in alert.labels if label not in shared)
    values = {
        "name": alert.name,
        "count": alert.count,
        "severity": alert.severity or None,
        # A clock ahead of ours is no age below none.
        "age": None if alert.since is None else max(0.0, (now - alert.since).total_seconds()),
        "since": None if alert.since is None else alert.since.astimezone(UTC).isoformat(timespec="seconds"),
        "labels": "  ".join(filter(None, (labels_words(own), instances_words(alert)))) or None,
        "silenced": "; ".join(alert.silenced_by) or None,
    }
    is_grave = alert.severity.lower() in GRAVE
    look, glyph = ("muted", "") if alert.silenced_by else ("down", "✗") if is_grave else ("degraded", "!")
    return TableRow(
        " ".join((alert.name, alert.severity, *alert.silenced_by)),
        {name: value for name, value in values.items() if value is not None},
        look,
        glyph,
        detail=tuple(_detail(alert, titles)),
    )


def _detail(alert: Alert, titles: dict[str, str]) -> Iterable[str]:
    if alert.summary:
        yield alert.summary
    yield from alert.silenced_by
    yield f"told by {', '.join(titles.get(id, id) for id in alert.by)}"
    if alert.labels:
        yield " ".join(f"{name}={value}" for name, value in alert.labels)
    for labels in alert.instances:
        yield f"  {labels_words(labels) or '-'}"
    if (more := alert.count - len(alert.instances)) and alert.instances:
        yield f"  and {more:,} more"


def _missing(sources: list[ServiceState]) -> str:
    """Whose alerts are old, or that nobody tells of any."""
    deployed = [state for state in sources if state.status is not Status.ABSENT]
    if not deployed:
        return "no Prometheus or Alertmanager is watched: only this monitor's own alerts"
    silent = [state for state in deployed if state.status in (Status.DOWN, Status.UNKNOWN)]
    is_told = len(silent) < len(deployed)
    words = "what it alone tells is not known" if is_told else "its alerts are as it told them last"
    return "; ".join(f"{state.service.title} is {WORDS[state.status]}: {words}" for state in silent)


def labels_words(labels: Labels) -> str:
    """`instance=a job=b`, without what a row says anyway."""
    return " ".join(f"{name}={value}" for name, value in labels if name not in SAID_ELSEWHERE)


def instances_words(alert: Alert, named: int = 3) -> str:
    """In what the alerts of a row differ, the newest first: `instance a, b, c and 1,997 more`; "" of a single one."""
    if alert.count == 1:
        return ""
    names = {name for labels in alert.instances for name, _ in labels}
    label = names.pop() if len(names) == 1 else ""
    each = [" ".join(f"{n}={v}" if not label else v for n, v in labels) or "-" for labels in alert.instances]
    if alert.count == len(each):
        return f"{label} {first_of(each, named)}".strip()
    return f"{label} {', '.join(each[:named])} and {alert.count - min(named, len(each)):,} more".strip()


def silence_line(alert: Alert, url: str) -> str:
    """The line that silences an alert, or all of a row, for an hour at this Alertmanager; no newline ends it."""
    words = ["amtool", f"--alertmanager.url={url}", "silence", "add", "--duration=1h", "--comment=known"]
    return shlex.join((*words, *(_matcher(name, value) for name, value in alert.labels)))


def _matcher(name: str, value: str) -> str:
    return f"{name if _PLAIN_NAME.fullmatch(name) else _quoted(name)}={_quoted(value)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
