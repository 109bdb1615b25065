"""RabbitMQ's consumers: which queue is read by whom, and how many messages each may hold."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.views.base import Ask, Rows, View, each
from sutaz_tui.views.peers import container_at

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients

LISTED = 2000


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for all consumers, which the management API does not page."""
    from sutaz_tui.sources.rabbitmq import Management

    management = Management(service, clients)

    async def ask(timeout: float) -> Rows:
        found = await management.consumers(timeout)
        rows = sorted(
            each("queue", lambda one: _row(one, clients.secrets.mask), found),
            key=lambda row: (not row.look, row.key),
        )
        queues = len({row.values["queue"] for row in rows})
        return Rows(tuple(rows[:LISTED]), len(rows), f"of {queues:,} queues" if rows else "", "", "by queue")

    return ask


def _row(found: Mapping[str, Any], mask: Callable[[str], str]) -> TableRow:
    def text(value: Any, most: int = 80) -> str | None:
        return one_line(mask(value), most) if isinstance(value, str) and value else None

    queue, channel = (
        value if isinstance(value := found.get(key), dict) else {} for key in ("queue", "channel_details")
    )
    prefetch = found.get("prefetch_count")
    active = found.get("activity_status") or ("up" if found.get("active") is not False else "")
    waits = found.get("active") is False
    values = {
        "queue": text(queue.get("name"), 120),
        "vhost": text(queue.get("vhost")),
        "client": text(channel.get("connection_name")),
        "user": text(channel.get("user"), 40),
        "tag": text(found.get("consumer_tag")),
        "prefetch": prefetch if isinstance(prefetch, int) and prefetch else None,
        "ack": "manual" if found.get("ack_required") is True else "auto",
        "state": "standby (single active consumer)" if waits else text(active, 40),
    }
    known = {name: value for name, value in values.items() if value is not None}
    key = " ".join(str(known.get(name, "")) for name in ("vhost", "queue", "client", "tag"))
    link = container_at(text(channel.get("peer_host")))
    return TableRow(key, known, "muted" if waits else "", link=link)


CONSUMERS = View(
    "consumers",
    "rabbitmq",
    "consumers",
    "RabbitMQ consumers, by queue",
    (
        Column("queue", "QUEUE", most=48),
        Column("vhost", "VHOST", most=16, priority=4),
        Column("client", "CONNECTION", most=44),
        Column("user", "USER", most=16, priority=2),
        Column("prefetch", "PREFETCH", is_number=True, priority=1),
        Column("ack", "ACK", priority=3),
        Column("state", "STATE", most=34),
        Column("tag", "TAG", share=1, priority=5),
    ),
    10.0,
    asker,
)
