"""PostgreSQL's replication: standbys and how far behind they are, slots that hold WAL for nobody first."""

from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.text.units import ago, bytes_size, plural
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring asyncpg before the first frame.
    from sutaz_tui.config.kinds import Postgres
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.postgres_replication import Copy

NOBODY = "no standby and no slot"
IN_ORDER = ("streaming", "backup")


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for standbys and slots, in one statement."""
    from sutaz_tui.sources.postgres_replication import Replication

    source = Replication(cast("Postgres", service), clients)

    async def ask(timeout: float) -> Rows:
        found, is_replica, missing = await source.ask(timeout)
        rows = sorted(each("name", _row, found), key=lambda row: (row.gravity, row.key))
        standbys = sum(each.connected for each in found)
        words = plural(standbys, "standby", "standbys") if found else NOBODY
        about = f"a replica itself, {words}" if is_replica else words
        return Rows(tuple(rows), len(rows), about, missing, "trouble first")

    return ask


def _row(copy: "Copy") -> TableRow:
    words = [copy.state or ""] if copy.connected else ["nobody streams: its WAL is kept"]
    look = "" if copy.connected and copy.state in (*IN_ORDER, None) else "degraded"
    if copy.wal in ("lost", "unreserved"):
        look = "down" if copy.wal == "lost" else "degraded"
        words.append(f"WAL {copy.wal}")
    values = {
        "name": copy.name or copy.slot,
        "client": copy.client,
        "slot": copy.slot,
        "kind": copy.kind or "physical",
        "sync": copy.sync,
        "behind": copy.behind if copy.behind is None else max(0, round(copy.behind)),
        "lag": copy.lag,
        "state": ", ".join(filter(None, words)) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    glyph = GLYPHS.get(look, "")
    return TableRow(f"{copy.name} {copy.client} {copy.slot}", known, look, glyph)


PG_REPLICATION = View(
    "pg-replication",
    "postgres",
    "replication",
    "PostgreSQL standbys and replication slots, trouble first",
    (
        Column("name", "STANDBY", most=30),
        Column("client", "CLIENT", most=24, priority=1),
        Column("slot", "SLOT", most=30, priority=2),
        Column("kind", "KIND", priority=4),
        Column("sync", "SYNC", priority=3),
        Column("behind", "BEHIND", is_number=True, write=bytes_size),
        Column("lag", "LAG", is_number=True, write=ago),
        Column("state", "STATE", share=1),
    ),
    5.0,
    asker,
)
