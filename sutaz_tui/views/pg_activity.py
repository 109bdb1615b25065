"""What PostgreSQL's sessions do: running, waiting, idle in transaction, the longest first."""

from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.views.base import Ask, Rows, View, each
from sutaz_tui.views.peers import container_at

if TYPE_CHECKING:
    # At run time they would bring asyncpg before the first frame.
    from sutaz_tui.config.kinds import Postgres
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.postgres_sessions import Session, Told

IDLE = 60.0
"""Seconds idle in a transaction from which on that is trouble."""


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the sessions, in one statement."""
    from sutaz_tui.sources.postgres_sessions import Sessions

    source = Sessions(cast("Postgres", service), clients)

    async def ask(timeout: float) -> Rows:
        told = await source.ask(timeout)
        busy = [session for session in told.sessions if session.lock or session.state not in (None, "idle")]
        busy.sort(key=lambda session: session.transaction or session.so_for or 0.0, reverse=True)
        rows = tuple(each("query", _row, busy))
        return Rows(rows, len(rows), _about(told), told.missing, "longest transaction first" if rows else "")

    return ask


def _about(told: "Told") -> str:
    """`97 of 100 connections, 3 waiting, 1 idle in transaction`."""
    waiting = sum(bool(session.lock) for session in told.sessions)
    idle = sum(session.is_idle_in_transaction for session in told.sessions)
    parts = (
        told.used,
        f"{waiting:,} waiting" if waiting else "",
        f"{idle:,} idle in transaction" if idle else "",
    )
    return ", ".join(filter(None, parts))


def _row(session: "Session") -> TableRow:
    is_stuck = session.is_idle_in_transaction and (session.so_for or 0.0) > IDLE
    look = "degraded" if session.lock or is_stuck else ""
    values = {
        "pid": session.pid,
        "for": session.so_for,
        "transaction": session.transaction,
        "state": session.word or None,
        "wait": session.wait,
        "client": session.client or None,
        "application": session.application or None,
        "user": session.user,
        "database": session.database,
        "query": session.query or None,
    }
    return TableRow(
        f"{session.pid} {session.began}",
        {name: value for name, value in values.items() if value is not None},
        look,
        "!" if look else "",
        container_at(session.client),
        detail=tuple(filter(None, (session.query, session.terminate))),
        copied=session.terminate,
    )


PG_ACTIVITY = View(
    "pg-activity",
    "postgres",
    "activity",
    "PostgreSQL sessions, longest transaction first",
    (
        Column("pid", "PID", is_number=True, write=str),
        Column("for", "FOR", is_number=True, write=ago),
        Column("transaction", "TX", is_number=True, write=ago),
        Column("state", "STATE", most=24),
        Column("wait", "WAITS FOR", most=24, priority=3),
        Column("client", "CLIENT", most=16, priority=2),
        Column("application", "APPLICATION", most=20, priority=1),
        Column("user", "USER", most=16, priority=4),
        Column("database", "DATABASE", most=16, priority=5),
        Column("query", "QUERY", share=1),
    ),
    5.0,
    asker,
)
