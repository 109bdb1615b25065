"""How a file system grows, by how full it was at the moments that are remembered."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import StatisticsError, correlation, linear_regression

from sutaz_tui.model import Snapshot
from sutaz_tui.text.table import TableRow
from sutaz_tui.views.base import Past, Rows

Points = Sequence[tuple[float, float]]
BACK = timedelta(hours=24)
"""What is drawn; how it grows is told by the newest quarter of it."""
LEAST_SPAN, LEAST_POINTS, STRAIGHT = 240.0, 5, 0.8
"""Seconds and points of which a growth is told, and how straight it must be: logs that are rotated grow back and forth."""


def mount_of(fact: str) -> str:
    """Where the file system is mounted that a figure of the host is about, "" for none."""
    return "/" if fact == "disk" else fact.removeprefix("disk ") if fact.startswith("disk /") else ""


def remembered(past: Past | None, service_id: str) -> tuple[dict[str, Points], str]:
    """How full each was in the last day, by where it is mounted; and in words why that is not known."""
    if past is None:
        return {}, ""
    end = datetime.now(UTC)
    try:
        found = past(service_id, end - BACK, end)
    except OSError as error:
        return {}, f"how they grow is not known: {error.strerror or 'the history cannot be read'}"
    return {
        mount: [(at, value) for at, value in points if value is not None]
        for name, points in found.items()
        if (mount := mount_of(name))
    }, ""


def growth(points: Points, now: float) -> float | None:
    """Percent a second that it grows by lately; None where that is not known, or goes back and forth."""
    late = [point for point in points if point[0] >= now - BACK.total_seconds() / 4]
    if len(late) < LEAST_POINTS or late[-1][0] - late[0][0] < LEAST_SPAN:
        return None
    times, used = zip(*late, strict=True)
    try:
        return linear_regression(times, used).slope if correlation(times, used) >= STRAIGHT else None
    except StatisticsError:
        return None


def of_past(snapshot: Snapshot, service_id: str) -> Rows:
    """How full they were at a moment that is remembered."""
    state = next((one for one in snapshot.services if one.service.id == service_id), None)
    found = [(mount_of(name), value) for name, value in (state.facts if state is not None else {}).items()]
    rows = tuple(TableRow(mount, {"mount": mount, "used": value}) for mount, value in found if mount)
    return Rows(rows, len(rows), "as remembered")
