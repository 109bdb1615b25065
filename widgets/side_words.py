"""The column beside the map on wide screens: causes, alerts, the newest changes."""

from collections.abc import Mapping
from datetime import datetime

from sutaz_tui.model import Alert, Cause, Change, ChangeKind, Snapshot
from sutaz_tui.text.sanitise import one_line
from widgets.moment_words import clock
from widgets.width import fit

CAUSES = 3
CHANGES = 5
ALERTS = 2
Line = tuple[str, str]


def side_lines(snapshot: Snapshot, titles: Mapping[str, str], width: int) -> list[Line]:
    """A fixed number of lines a section, each cut at the width, so that nothing below moves."""
    causes = [(_cause_words(cause, snapshot.at), "down") for cause in snapshot.causes]
    changes = [
        (f"{clock(change.at, snapshot.at):<8} {titles.get(change.service_id, '')} {_words(change)}", "")
        for change in reversed(snapshot.changes)
    ]
    alerts = [
        (_alert_words(alert, snapshot.at), "muted" if alert.silenced_by else "degraded")
        for alert in snapshot.alerts
    ]
    return [
        ("CAUSES", "heading"),
        *_filled(causes, CAUSES, "none", width),
        ("ALERTS", "heading"),
        *_filled(alerts, ALERTS, "none firing", width, ": A lists them"),
        ("CHANGES", "heading"),
        *_filled(changes, CHANGES, "none seen", width),
    ]


def _cause_words(cause: Cause, now: datetime) -> str:
    again = f", {cause.again}" if cause.again else ""
    return f"{one_line(cause.title, 24)} since {clock(cause.since, now)}{again}: {cause.words}"


def _alert_words(alert: Alert, now: datetime) -> str:
    # An age that ticks would be painted each second.
    since = "" if alert.since is None else f" since {clock(alert.since, now)}"
    said = alert.silenced_by[0] if alert.silenced_by else alert.summary
    return f"{one_line(alert.title, 30)}{since} {one_line(said, 100)}"


def _words(change: Change) -> str:
    if change.kind is ChangeKind.STATUS and change.before is not None and change.after is not None:
        return f"{change.before.label} -> {change.after.label}"
    return one_line(change.words, 80)


def _filled(lines: list[Line], height: int, nothing: str, width: int, where: str = "") -> list[Line]:
    shown = lines[:height]
    if len(lines) > height:
        shown[-1] = (f"+{len(lines) - height + 1} more{where}", "muted")
    if not shown:
        shown = [(nothing, "muted")]
    cut = [(fit(f" {one_line(text, 200)}", width).rstrip(), look) for text, look in shown]
    return [*cut, *[("", "")] * (height - len(cut))]
