"""The last picture of a stack, rows of its history, for the first frame of the next board."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from sutaz_tui.model import Service, ServiceState, Snapshot, Status
from sutaz_tui.state.history.moments import ms, when
from sutaz_tui.text.sanitise import one_line

_KEEP = "INSERT OR REPLACE INTO picture VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Seen(Struct, frozen=True):
    """How a service was at the end of a run; `status` is its label, `latency` seconds."""

    id: str
    status: str
    word: str
    summary: str
    latency: float | None = None
    since: datetime | None = None
    since_at_least: bool = True


def seen_of(snapshot: Snapshot) -> list[Seen]:
    """What is kept of a snapshot: those that were asked."""
    return [
        Seen(
            state.service.id,
            state.status.label,
            state.word,
            state.summary,
            state.latency,
            state.since,
            state.since_at_least,
        )
        for state in snapshot.services
        if state.asked is not None
    ]


def keep(
    database: sqlite3.Connection, seen: Iterable[Seen], at: datetime, mask: Callable[[str], str]
) -> None:
    """Put it in the place of the picture that is kept."""
    database.execute("DELETE FROM picture")
    database.executemany(
        _KEEP,
        [
            (
                one.id,
                ms(at),
                one.status,
                one_line(mask(one.word), 20),
                one_line(mask(one.summary), 200),
                one.latency,
                ms(one.since) if one.since is not None else None,
                one.since_at_least,
            )
            for one in seen
        ],
    )


def read(
    database: sqlite3.Connection, services: Iterable[Service]
) -> tuple[list[ServiceState], datetime] | None:
    """How these services were, and when that was; None where nothing is kept of them."""
    by_id = {service.id: service for service in services}
    labels = {status.label: status for status in Status}
    rows = [row for row in database.execute("SELECT * FROM picture") if row[0] in by_id and row[2] in labels]
    states = [
        ServiceState(
            service=by_id[id],
            status=labels[status],
            summary=one_line(str(summary), 200),
            word=one_line(str(word), 8),
            latency=latency if isinstance(latency, float) else None,
            since=when(since) if isinstance(since, int) else None,
            since_at_least=bool(at_least),
            is_remembered=True,
        )
        for id, _, status, word, summary, latency, since, at_least in rows
    ]
    return (states, when(max(row[1] for row in rows))) if rows else None
