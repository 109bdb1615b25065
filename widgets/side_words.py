"""The column beside the map on wide screens: causes, alerts, the newest changes."""

from collections.abc import Mapping

from sutaz_tui.model import Change, ChangeKind, Snapshot
from sutaz_tui.text import one_line
from widgets.status_words import clock

CAUSES = 5
CHANGES = 8
ALERTS = 4
Line = tuple[str, str]


def side_lines(snapshot: Snapshot, titles: Mapping[str, str]) -> list[Line]:
    """A fixed number of lines a section, so that nothing below moves."""
    causes = [
        (one_line(f" {cause.title} since {clock(cause.since, snapshot.at)}: {cause.words}", 200), "down")
        for cause in snapshot.causes
    ]
    changes = [
        (
            f" {clock(change.at, snapshot.at)} {one_line(titles.get(change.service_id, ''), 16)} {_words(change)}",
            "",
        )
        for change in reversed(snapshot.changes)
    ]
    alerts = [
        (f" {one_line(alert.name, 24)} {one_line(alert.summary, 100)}", "degraded")
        for alert in snapshot.alerts
    ]
    return [
        ("CAUSES", "heading"),
        *_filled(causes, CAUSES, " none"),
        ("ALERTS", "heading"),
        *_filled(alerts, ALERTS, " none firing"),
        ("CHANGES", "heading"),
        *_filled(changes, CHANGES, " none seen"),
    ]


def _words(change: Change) -> str:
    if change.kind is ChangeKind.STATUS and change.before is not None and change.after is not None:
        return f"{change.before.label} -> {change.after.label}"
    return one_line(change.words, 80)


def _filled(lines: list[Line], height: int, nothing: str) -> list[Line]:
    shown = (
        lines[:height]
        if len(lines) <= height
        else [*lines[: height - 1], (f" +{len(lines) - height + 1} more", "muted")]
    )
    if not shown:
        shown = [(nothing, "muted")]
    return [*shown, *[("", "")] * (height - len(shown))]
