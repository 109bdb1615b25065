"""How long each service was up, of the time in which it was watched."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.model import Status
from sutaz_tui.state.history.spans import STATUS, Span

_UP = (Status.UP, Status.DEGRADED)


class Uptime(Struct, frozen=True):
    """Seconds of one service: up (degraded too), down, unknown, and watched at all; absent counts as neither."""

    id: str
    up: float = 0.0
    down: float = 0.0
    unknown: float = 0.0
    watched: float = 0.0

    @property
    def percent(self) -> float | None:
        """Of the time in which it was known to be up or down; None where there was none. Never rounded up to 100."""
        known = self.up + self.down
        return 100 * self.up / known if known else None


def uptimes(spans: Iterable[Span], ids: Iterable[str]) -> list[Uptime]:
    """The uptime of each of these services."""
    seconds: dict[str, dict[str, float]] = {
        id: dict.fromkeys(("up", "down", "unknown", "watched"), 0.0) for id in ids
    }
    for span in spans:
        if span.kind != "service" or span.id not in seconds:
            continue
        own, status = seconds[span.id], STATUS[span.status]
        own["watched"] += span.seconds
        if status in _UP:
            own["up"] += span.seconds
        elif status in (Status.DOWN, Status.UNKNOWN):
            own[status.label] += span.seconds
    return [Uptime(id, **own) for id, own in seconds.items()]


def strip(spans: Iterable[Span], edges: list[datetime]) -> Mapping[str, str]:
    """A sign for each stretch between two edges, by a service's worst in it: `▇ ! ✗ ?`, and `.` where nobody watched."""
    signs = {Status.DOWN: "✗", Status.DEGRADED: "!", Status.UP: "▇", Status.ABSENT: "-", Status.UNKNOWN: "?"}
    order = {Status.UNKNOWN: 0, Status.ABSENT: 1, Status.UP: 2, Status.DEGRADED: 3, Status.DOWN: 4}
    worst: dict[str, list[Status | None]] = {}
    for span in spans:
        if span.kind != "service":
            continue
        row, status = worst.setdefault(span.id, [None] * (len(edges) - 1)), STATUS[span.status]
        for index, (begin, end) in enumerate(pairwise(edges)):
            if span.began < end and span.ended > begin:
                found = row[index]
                row[index] = status if found is None or order[status] > order[found] else found
    return {id: "".join("." if one is None else signs[one] for one in row) for id, row in worst.items()}


def clipped(spans: Iterable[Span], begin: datetime, end: datetime) -> list[Span]:
    """What of these spans lies in a time."""
    return [
        replace(span, began=max(span.began, begin), ended=min(span.ended, end))
        for span in spans
        if span.began < end and span.ended > begin
    ]
