"""Redis' clients, those that take most memory first."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, memory_size
from sutaz_tui.views.base import Ask, Rows, View, each
from sutaz_tui.views.peers import container_at

if TYPE_CHECKING:
    # At run time they would bring redis before the first frame.
    from sutaz_tui.config.kinds import Redis
    from sutaz_tui.sources.clients import Clients

LISTED = 2000
"""CLIENT LIST knows no limit, and of 300 bytes or more a client no answer longer than 1 MiB is read."""
FULL = 1_000_000
"""Bytes of answers from which on a client is said not to read them."""
FLAGS = {"M": "master", "S": "replica", "O": "MONITOR", "P": "pub/sub", "x": "in MULTI", "b": "blocked"}


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks how many there are, and who, unless there are too many."""
    from sutaz_tui.sources.redis import RedisClient

    redis = cast("Redis", service)
    client = clients.shared(f"views:redis:{service.id}", lambda: RedisClient(redis, clients))

    async def ask(timeout: float) -> Rows:
        info = await client.command("INFO", "clients", timeout=timeout)
        counts = info if isinstance(info, dict) else {}
        total, most = (
            _number(str(counts.get(name, ""))) or 0 for name in ("connected_clients", "maxclients")
        )
        about = f"{total:,} of {most:,} clients" if most else ""
        if total > LISTED:
            return Rows((), total, about, f"more than {LISTED:,} are not listed: CLIENT LIST knows no limit")
        told = str(await client.command("CLIENT", "LIST", timeout=timeout))
        listed = [
            dict(word.partition("=")[::2] for word in line.split(" ")) for line in told.splitlines() if line
        ]
        rows = each("address", lambda fields: _row(fields, clients.secrets.mask), listed)
        rows.sort(key=lambda row: (bool(row.look), row.values.get("memory") or 0), reverse=True)
        return Rows(tuple(rows), len(rows), about, "", "most memory first")

    return ask


def _row(fields: Mapping[str, str], mask: Callable[[str], str]) -> TableRow:
    output = _number(fields.get("omem", "")) or 0
    words = [word for flag, word in FLAGS.items() if flag in fields.get("flags", "")]
    words += ["does not read its answers"] if output >= FULL else []
    values = {
        "address": one_line(mask(fields.get("addr", "")), 60) or None,
        "name": one_line(mask(fields.get("name", "")), 60) or None,
        "user": one_line(mask(fields.get("user", "")), 60) or None,
        "db": _number(fields.get("db", "")),
        "age": _number(fields.get("age", "")),
        "idle": _number(fields.get("idle", "")),
        "memory": _number(fields.get("tot-mem", "")),
        "output": output,
        "command": one_line(mask(fields.get("cmd", "")), 60) or None,
        "state": ", ".join(words) or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    look = "degraded" if output >= FULL else ""
    link = container_at(fields.get("addr"))
    return TableRow(one_line(fields.get("id", ""), 20), known, look, "!" if look else "", link)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


REDIS_CLIENTS = View(
    "redis-clients",
    "redis",
    "clients",
    "Redis clients, most memory first",
    (
        Column("address", "CLIENT", most=24),
        Column("name", "NAME", most=20, priority=2),
        Column("user", "USER", most=16, priority=4),
        Column("db", "DB", is_number=True, priority=5),
        Column("age", "AGE", is_number=True, priority=3, write=ago),
        Column("idle", "IDLE", is_number=True, write=ago),
        Column("memory", "MEMORY", is_number=True, write=memory_size),
        Column("output", "UNREAD", is_number=True, priority=1, write=memory_size),
        Column("command", "LAST COMMAND", most=20),
        Column("state", "STATE", share=1),
    ),
    5.0,
    asker,
)
