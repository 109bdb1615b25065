"""Redis' slow log, the newest first."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.views.base import Ask, Rows, View
from sutaz_tui.views.peers import container_at

if TYPE_CHECKING:
    # At run time they would bring redis before the first frame.
    from sutaz_tui.config.kinds import Redis
    from sutaz_tui.sources.clients import Clients

LISTED = 128
"""As many as Redis keeps unless slowlog-max-len says otherwise."""


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the newest entries and how many there are."""
    from sutaz_tui.errors import BadAnswer
    from sutaz_tui.sources.redis import RedisClient

    redis = cast("Redis", service)
    client = clients.shared(f"views:redis:{service.id}", lambda: RedisClient(redis, clients))

    async def ask(timeout: float) -> Rows:
        told = await client.command("SLOWLOG", "GET", LISTED, timeout=timeout)
        total = await client.command("SLOWLOG", "LEN", timeout=timeout)
        try:
            rows = tuple(_row(entry, time.time(), clients.secrets.mask) for entry in told)
            total = max(len(rows), int(total))
        except (LookupError, TypeError, ValueError) as error:
            raise BadAnswer(service.title, "answers with a slow log of another shape") from error
        about = "" if rows else "nothing was slow since its start, or since SLOWLOG RESET"
        return Rows(rows, total, about, "", "newest first" if rows else "")

    return ask


def _row(entry: Any, now: float, mask: Callable[[str], str]) -> TableRow:
    """Of id, second, microseconds, words, and from Redis 4 on the client and its name."""
    id, at, micros, words = entry[:4]
    client, name = [*map(str, entry[4:6]), "", ""][:2]
    command = one_line(mask(" ".join(map(str, words))), 1000)
    values = {
        "age": now - int(at),
        "took": int(micros) / 1000,
        "client": client or None,
        "name": one_line(mask(name), 60) or None,
        "command": command,
    }
    known = {name: value for name, value in values.items() if value is not None}
    link, moment = container_at(client), float(int(at))
    return TableRow(f"{int(id)} {int(at)}", known, link=link, detail=(command,), at=moment)


REDIS_SLOWLOG = View(
    "redis-slowlog",
    "redis",
    "slowlog",
    "Redis slow log, newest first",
    (
        Column("age", "AGE", is_number=True, write=ago),
        Column("took", "TOOK", is_number=True, write="{:,.1f} ms".format),
        Column("client", "CLIENT", most=24, priority=1),
        Column("name", "NAME", most=20, priority=2),
        Column("command", "COMMAND", share=1),
    ),
    5.0,
    asker,
)
