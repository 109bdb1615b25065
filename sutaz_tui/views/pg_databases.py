"""PostgreSQL's databases: how large, how well cached, what went wrong, how near to a wraparound."""

from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, bytes_size
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring asyncpg before the first frame.
    from sutaz_tui.config.kinds import Postgres
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.postgres_databases import Database

OLD, LAST = 1_000_000_000, 1_800_000_000
"""Transactions since the oldest one that is not frozen: autovacuum forces it at 0.2 billion, 2.1 billion is the end."""


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for them, in one statement."""
    from sutaz_tui.sources.postgres_databases import Databases

    source = Databases(cast("Postgres", service), clients)

    async def ask(timeout: float) -> Rows:
        found, total, missing = await source.ask(timeout)
        old = sum((each.age or 0) >= OLD for each in found)
        about = f"{old:,} near transaction id wraparound: VACUUM FREEZE" if old else ""
        return Rows(tuple(each("name", _row, found)), total, about, missing, "largest first")

    return ask


def _row(database: "Database") -> TableRow:
    age = database.age or 0
    look, glyph = ("down", "✗") if age >= LAST else ("degraded", "!") if age >= OLD else ("", "")
    values = {
        "name": database.name,
        "size": database.size,
        "connections": database.connections,
        "hits": None if database.hits is None else round(database.hits * 100, 2),
        "deadlocks": database.deadlocks,
        "temp": database.temp,
        "age": database.age,
        "counted": database.counted,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return TableRow(database.name, known, look, glyph)


PG_DATABASES = View(
    "pg-databases",
    "postgres",
    "databases",
    "PostgreSQL's databases: size, cache hits, deadlocks, oldest transaction",
    (
        Column("name", "DATABASE", most=30),
        Column("size", "SIZE", is_number=True, write=bytes_size),
        Column("connections", "CONNECTIONS", is_number=True, priority=2),
        Column("hits", "CACHE HITS", is_number=True, write="{:.2f} %".format),
        Column("deadlocks", "DEADLOCKS", is_number=True),
        Column("temp", "TEMP FILES", is_number=True, priority=1, write=bytes_size),
        Column("age", "XID AGE", is_number=True),
        Column("counted", "STATS RESET", is_number=True, priority=3, write=lambda span: f"{ago(span)} ago"),
    ),
    # A size is a walk through all files of a database.
    30.0,
    asker,
)
