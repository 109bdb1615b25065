"""The collections of all vector databases side by side: what each holds, and where one of the same name differs."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sutaz_tui.config import ServiceConfig, kind_of
from sutaz_tui.errors import SourceError
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import plural
from sutaz_tui.views.base import Ask, Rows, View, each, heard

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.vectors import Held

KINDS = ("chromadb", "qdrant", "faiss")
COMPARED = {"count": "vectors", "dimension": "dimension", "distance": "distance"}


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks every vector database of the config."""
    from sutaz_tui.sources.vectors import VectorStore

    del service
    stores = {
        one.title: VectorStore(one, clients) for one in clients.config.services if kind_of(one) in KINDS
    }

    async def ask(timeout: float) -> Rows:
        silent: list[SourceError] = []
        found = await asyncio.gather(
            *(heard(store.collections(timeout), silent) for store in stores.values())
        )
        told = {title: answer for title, answer in zip(stores, found, strict=True) if answer is not None}
        if silent and not told:
            raise silent[0]
        total = sum(count for _, count in told.values())
        rows = _rows({title: held for title, (held, _) in told.items()})
        differ = len({row.values["collection"] for row in rows if row.look})
        about = (
            f"{plural(differ, 'collection')} {'differs' if differ == 1 else 'differ'}"
            if differ
            else "none"
            if not total
            else ""
        )
        missing = "; ".join(map(str, silent))
        return Rows(tuple(rows), total, about, missing, "what differs first" if differ else "by name")

    return ask


def _rows(told: "dict[str, list[Held]]") -> list[TableRow]:
    by_name: dict[str, list[tuple[str, Held]]] = {}
    for store, held in told.items():
        for one in held:
            by_name.setdefault(one.name, []).append((store, one))
    found = [(store, one, held) for held in by_name.values() for store, one in held]
    rows = each("collection", lambda told: _row(*told), found)
    return sorted(rows, key=lambda row: (not row.look, row.key))


def _row(store: str, one: "Held", same: "Iterable[tuple[str, Held]]") -> TableRow:
    differs = [
        f"{words} {value:,} in {other}" if isinstance(value, int) else f"{words} {value} in {other}"
        for other, held in same
        if other != store
        for name, words in COMPARED.items()
        if (value := getattr(held, name)) is not None
        and getattr(one, name) is not None
        and value != getattr(one, name)
    ]
    values = {
        "collection": one.name,
        "store": store,
        "count": one.count,
        "dimension": one.dimension,
        "distance": one.distance,
        "differs": ", ".join(differs) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    look, glyph = ("degraded", "!") if differs else ("", "")
    return TableRow(f"{one.name} {store}", known, look, glyph)


COLLECTIONS = View(
    "collections",
    "chromadb",
    "collections",
    "collections of every vector database, and where they differ",
    (
        Column("collection", "COLLECTION", most=48),
        Column("store", "STORE", most=24),
        Column("count", "VECTORS", is_number=True, write="{:,}".format),
        Column("dimension", "DIMENSION", is_number=True, priority=2, write="{:,}".format),
        Column("distance", "DISTANCE", priority=3),
        Column("differs", "DIFFERS", share=1, priority=1),
    ),
    15.0,
    asker,
    also=("qdrant", "faiss"),
    is_of_stack=True,
)
