"""Who in PostgreSQL holds whom up, as a tree: the session at its root is the one to end."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.text.units import ago, first_of
from sutaz_tui.views.base import Ask, Rows, View
from sutaz_tui.views.peers import container_at

if TYPE_CHECKING:
    # At run time they would bring asyncpg before the first frame.
    from sutaz_tui.config.kinds import Postgres
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.postgres_sessions import Session

LONG = 60.0
"""Seconds of waiting from which on it is down, not degraded."""


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the sessions, in one statement."""
    from sutaz_tui.sources.postgres_sessions import Sessions

    source = Sessions(cast("Postgres", service), clients)

    async def ask(timeout: float) -> Rows:
        told = await source.ask(timeout)
        waiting = [session for session in told.sessions if session.lock]
        rows = tuple(_rows(told.sessions))
        about = f"{len(waiting):,} waiting" if waiting else "nobody waits for a lock"
        words = ", ".join(filter(None, (about, told.used)))
        return Rows(rows, len(rows), words, told.missing, "most blocking first" if rows else "")

    return ask


def _rows(sessions: Sequence["Session"]) -> Iterable[TableRow]:
    from sutaz_tui.sources.postgres_chains import chains

    known = {session.pid: session for session in sessions}
    for chain in chains(sessions):
        for pid, depth in chain:
            yield _row(pid, known.get(pid), depth, 0 if depth else len(chain) - 1)


def _row(pid: int, session: "Session | None", depth: int, holds_up: int) -> TableRow:
    if session is None:
        gone = "prepared transaction: pg_prepared_xacts names it" if not pid else "not told"
        return TableRow(
            str(pid), {"pid": pid, "holds": holds_up, "state": gone}, "degraded", "!", depth=depth
        )
    waits = session.waits_for if session.lock else None
    look = "down" if (waits or 0) >= LONG else "degraded" if session.lock or holds_up else ""
    values = {
        "pid": pid,
        "for": waits if session.lock else session.transaction,
        "state": session.word or None,
        "holds": holds_up or None,
        "client": session.client or None,
        "application": session.application or None,
        "user": session.user,
        "database": session.database,
        "query": session.query or None,
    }
    detail = [session.query or "", session.terminate]
    if session.holders:
        detail.insert(0, f"waits for {first_of([str(pid) for pid in session.holders], 10)}")
    return TableRow(
        f"{pid} {session.began}",
        {name: value for name, value in values.items() if value is not None},
        look,
        GLYPHS.get(look, ""),
        container_at(session.client),
        detail=tuple(filter(None, detail)),
        copied=session.terminate,
        depth=depth,
        at=None if waits is None else time.time() - waits,
    )


PG_BLOCKING = View(
    "pg-blocking",
    "postgres",
    "blocking",
    "PostgreSQL lock waits, as a tree",
    (
        Column("pid", "PID", write=str, is_tree=True),
        Column("for", "FOR", is_number=True, write=ago),
        Column("state", "STATE", most=24),
        Column("holds", "BLOCKS", is_number=True, priority=3),
        Column("client", "CLIENT", most=16, priority=2),
        Column("application", "APPLICATION", most=20, priority=1),
        Column("user", "USER", most=16, priority=4),
        Column("database", "DATABASE", most=16, priority=5),
        Column("query", "QUERY", share=1),
    ),
    5.0,
    asker,
)
