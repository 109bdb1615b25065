"""Redis' keyspace: keys of each database, and how many of them expire."""

import re
from typing import TYPE_CHECKING, Any, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, count, percent
from sutaz_tui.views.base import Ask, Rows, View

if TYPE_CHECKING:
    # At run time they would bring redis before the first frame.
    from sutaz_tui.config.kinds import Redis
    from sutaz_tui.sources.clients import Clients

_DATABASE = re.compile(r"db(\d{1,5})")
_FIGURE = re.compile(r"(keys|expires|avg_ttl)=(\d{1,18})")
EMPTY = "no key in any database"


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the keys of each database, and what became of them since the server started."""
    from sutaz_tui.sources.redis import RedisClient

    redis = cast("Redis", service)
    client = clients.shared(f"views:redis:{service.id}", lambda: RedisClient(redis, clients))

    async def ask(timeout: float) -> Rows:
        keyspace = await client.command("INFO", "keyspace", timeout=timeout)
        stats = await client.command("INFO", "stats", timeout=timeout)
        rows = [
            row
            for name, value in (keyspace.items() if isinstance(keyspace, dict) else ())
            if (row := _row(str(name), value)) is not None
        ]
        rows.sort(key=lambda row: -cast("int", row.values["keys"]))
        told = stats if isinstance(stats, dict) else {}
        parts = [
            f"{count(number)} {words}"
            for name, words in (("expired_keys", "expired"), ("evicted_keys", "evicted since its start"))
            if (number := _whole(told.get(name))) is not None
        ]
        about = ", ".join(parts) if rows else EMPTY
        return Rows(tuple(rows), len(rows), about, "", "most keys first")

    return ask


def _row(name: str, value: Any) -> TableRow | None:
    if (found := _DATABASE.fullmatch(name)) is None:
        return None
    words = value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in dict(value).items())
    figures = {key: int(number) for key, number in _FIGURE.findall(words)}
    keys, expires = figures.get("keys", 0), figures.get("expires", 0)
    values: dict[str, object] = {"db": int(found[1]), "keys": keys, "expires": expires}
    if keys:
        values["share"] = 100 * expires / keys
    if expires and figures.get("avg_ttl"):
        values["ttl"] = figures["avg_ttl"] / 1000
    return TableRow(name, values)


def _whole(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


REDIS_KEYSPACE = View(
    "redis-keyspace",
    "redis",
    "keyspace",
    "Redis keys by database, and how many expire",
    (
        Column("db", "DB", is_number=True),
        Column("keys", "KEYS", is_number=True),
        Column("expires", "WITH TTL", is_number=True),
        Column("share", "TTL SHARE", is_number=True, write=percent),
        Column("ttl", "MEAN TTL", is_number=True, write=ago),
    ),
    10.0,
    asker,
)
