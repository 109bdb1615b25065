"""PostgreSQL's statements, those that took most time in all first; where pg_stat_statements is on."""

from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import duration
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring asyncpg before the first frame.
    from sutaz_tui.config.kinds import Postgres
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.postgres_statements import Statement


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks whether they are counted, and for those that took most time."""
    from sutaz_tui.sources.postgres_statements import Statements

    source = Statements(cast("Postgres", service), clients)

    async def ask(timeout: float) -> Rows:
        found, missing = await source.ask(timeout)
        whole = sum(each.total for each in found) or 1.0
        rows = tuple(each("query", lambda one: _row(one, whole), found))
        return Rows(rows, len(rows), f"the {len(rows)} that took most time" if rows else "", missing, "")

    return ask


def _row(each: "Statement", whole: float) -> TableRow:
    values = {
        "share": 100 * each.total / whole,
        "total": each.total / 1000,
        "mean": each.total / each.calls / 1000 if each.calls else None,
        "calls": each.calls,
        "rows": each.rows,
        "hits": None if each.hits is None else round(100 * each.hits, 2),
        "database": each.database,
        "role": each.role,
        "query": each.query,
    }
    known = {name: value for name, value in values.items() if value is not None}
    key = f"{each.database} {each.role} {each.id} {each.query}"
    return TableRow(key, known, detail=(each.query or "",), copied=each.query or "")


PG_STATEMENTS = View(
    "pg-statements",
    "postgres",
    "statements",
    "PostgreSQL statements, most time first (pg_stat_statements)",
    (
        Column("share", "SHARE", is_number=True, write="{:.1f} %".format),
        Column("total", "TOTAL", is_number=True, priority=1, write=duration),
        Column("mean", "MEAN", is_number=True, write=duration),
        Column("calls", "CALLS", is_number=True),
        Column("rows", "ROWS", is_number=True, priority=3),
        Column("hits", "CACHE HITS", is_number=True, priority=4, write="{:.2f} %".format),
        Column("database", "DATABASE", most=16, priority=5),
        Column("role", "ROLE", most=16, priority=2),
        Column("query", "STATEMENT", share=1),
    ),
    10.0,
    asker,
)
