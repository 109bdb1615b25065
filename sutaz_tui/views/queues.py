"""RabbitMQ's queues, trouble first."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.rabbitmq import Queue

MANY, FULLEST, LISTED = 1000, 50, 500
RARELY = 60.0
"""Seconds between two questions where there are more than MANY queues: the server sorts all of them for each."""
GROWS, WAITING = 0.1, 10
"""Messages a second, and messages that wait, from which on a queue that somebody reads is said to grow."""
HEALTHY = ("", "running", "idle", "live")
BROKEN = ("down", "crashed", "stopped", "terminated")
NO_STATISTICS = "statistics are turned off in this broker: no consumers, rates or idle times"


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the fullest queues, in one request."""
    from sutaz_tui.sources.rabbitmq import Management

    management = Management(service, clients)

    async def ask(timeout: float) -> Rows:
        found = await management.fullest(LISTED, timeout)
        are_many = found.total > MANY
        now = datetime.now(UTC)
        rows = each("name", lambda one: _row(one, now), found.queues[: FULLEST if are_many else LISTED])
        # The server's order, fullest first, within what is down, degraded and well.
        rows.sort(key=attrgetter("gravity"))
        about = "" if len(rows) == found.total else f"the {len(rows)} fullest"
        missing = "" if found.has_statistics else NO_STATISTICS
        return Rows(tuple(rows), found.total, about, missing, "trouble first", RARELY if are_many else 0.0)

    return ask


def _row(queue: "Queue", now: datetime) -> TableRow:
    waits, words = (queue.ready or 0) + (queue.unacked or 0), []
    if queue.growth is not None and queue.growth >= GROWS and (waits >= WAITING or not queue.consumers):
        words.append(f"grows {queue.growth:.1f}/s" if queue.consumers else "grows")
    if waits and queue.consumers == 0:
        words.append("nobody reads")
    if queue.state not in HEALTHY:
        words.insert(0, queue.state)
    look = "down" if queue.state in BROKEN else "degraded" if words else ""
    values = {
        "name": queue.name,
        "vhost": queue.vhost,
        "ready": queue.ready,
        "unacked": queue.unacked,
        "consumers": queue.consumers,
        "in": queue.incoming,
        "out": queue.outgoing,
        "idle": (now - queue.idle_since).total_seconds() if queue.idle_since is not None else None,
        "state": ", ".join(words) or queue.state,
    }
    known = {name: value for name, value in values.items() if value is not None}
    link = f":consumers {queue.name}" if queue.consumers else ""
    glyph = GLYPHS.get(look, "")
    return TableRow(f"{queue.vhost} {queue.name}", known, look, glyph, link)


QUEUES = View(
    "queues",
    "rabbitmq",
    "queues",
    "RabbitMQ's queues, trouble first",
    (
        Column("name", "NAME", most=60),
        Column("vhost", "VHOST", most=16, priority=3),
        Column("ready", "READY", is_number=True),
        Column("unacked", "UNACKED", is_number=True),
        Column("consumers", "CONSUMERS", is_number=True),
        Column("in", "IN/s", is_number=True, priority=1, write="{:,.1f}".format),
        Column("out", "OUT/s", is_number=True, priority=1, write="{:,.1f}".format),
        Column("idle", "IDLE", is_number=True, priority=2, write=ago),
        Column("state", "STATE", share=1),
    ),
    5.0,
    asker,
)
