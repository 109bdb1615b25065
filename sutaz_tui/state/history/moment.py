"""The whole picture as it was at a moment, from what is remembered."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from sutaz_tui.model import Alert, Cause, Service, ServiceState, Snapshot, Status
from sutaz_tui.state.history.figures import minute_of
from sutaz_tui.state.history.spans import STATUS, Span, spans

INSTANT = timedelta(milliseconds=1)
NOT_WATCHED = "not watched"
_FIGURES = """
SELECT id, median, facts FROM minutes JOIN subjects ON no = subject
WHERE minute <= :minute AND minute + step > :minute AND kind = 'service'
"""


def snapshot_at(database: sqlite3.Connection, at: datetime, services: Iterable[Service]) -> Snapshot:
    """How everything was; what nobody watched is unknown."""
    found = spans(database, at, at + INSTANT)
    # Of two that touch at this moment the later one holds.
    by_kind: dict[str, dict[str, Span]] = {"service": {}, "alert": {}, "cause": {}}
    for span in found:
        by_kind[span.kind][span.id] = span
    figures = {
        id: (latency, json.loads(facts or "{}"))
        for id, latency, facts in database.execute(_FIGURES, {"minute": minute_of(at)})
    }
    return Snapshot(
        seq=0,
        at=at,
        services=tuple(_state(service, by_kind["service"].get(service.id), figures) for service in services),
        causes=tuple(
            Cause(span.id, span.id.partition(":")[2] or span.id, span.since, span.summary)
            for span in by_kind["cause"].values()
        ),
        alerts=tuple(
            Alert(span.id, span.status, span.summary, span.since) for span in by_kind["alert"].values()
        ),
    )


def _state(
    service: Service, span: Span | None, figures: dict[str, tuple[float | None, dict[str, float]]]
) -> ServiceState:
    if span is None:
        return ServiceState(service, Status.UNKNOWN, NOT_WATCHED, "?")
    latency, facts = figures.get(service.id, (None, {}))
    return ServiceState(
        service,
        STATUS[span.status],
        span.summary,
        span.word,
        latency=latency if span.status == "up" else None,
        since=span.since,
        since_at_least=span.since_at_least,
        facts=facts,
    )
