"""RabbitMQ's connections: blocked ones first, then those that send most."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, bytes_size
from sutaz_tui.views.base import Ask, Rows, View, each
from sutaz_tui.views.peers import container_at

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.sources.clients import Clients

LISTED = 500
HELD = ("blocked", "blocking", "flow")
"""States in which the broker holds a publisher back."""


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the connections that send most, in one request."""
    from sutaz_tui.sources.rabbitmq import Management

    management = Management(service, clients)

    async def ask(timeout: float) -> Rows:
        found, total = await management.connections(LISTED, timeout)
        now = datetime.now(UTC)
        rows = each("name", lambda one: _row(one, now, clients.secrets.mask), found)
        rows.sort(key=lambda row: not row.look)
        held = sum(bool(row.look) for row in rows)
        return Rows(tuple(rows), total, f"{held} held back" if held else "", "", "trouble first")

    return ask


def _row(found: Mapping[str, Any], now: datetime, mask: Callable[[str], str]) -> TableRow:
    def text(value: Any, most: int = 60) -> str | None:
        return one_line(mask(value), most) if isinstance(value, str) and value else None

    def number(value: Any) -> float | None:
        return (
            value if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None
        )

    client = found.get("client_properties")
    client = client if isinstance(client, dict) else {}
    rates = [
        number(details.get("rate")) if isinstance(details := found.get(f"{way}_oct_details"), dict) else None
        for way in ("recv", "send")
    ]
    began = number(found.get("connected_at"))
    state = text(found.get("state"), 20) or ""
    values = {
        "name": text(found.get("name"), 80),
        "client": text(client.get("connection_name")) or text(client.get("product")),
        "user": text(found.get("user"), 40),
        "vhost": text(found.get("vhost"), 40),
        "channels": found.get("channels") if isinstance(found.get("channels"), int) else None,
        "in": rates[0],
        "out": rates[1],
        "age": max(0.0, now.timestamp() - began / 1000) if began is not None else None,
        "tls": found["ssl"] if isinstance(found.get("ssl"), bool) else None,
        "state": state,
    }
    known = {name: value for name, value in values.items() if value is not None}
    look = "degraded" if state in HELD else ""
    link = container_at(text(found.get("peer_host")))
    return TableRow(str(known.get("name", "?")), known, look, "!" if look else "", link)


def _rate(value: float) -> str:
    return f"{bytes_size(round(value))}/s"


CONNECTIONS = View(
    "connections",
    "rabbitmq",
    "connections",
    "RabbitMQ connections, trouble first",
    (
        Column("name", "CONNECTION", most=44),
        Column("client", "CLIENT", most=24, priority=1),
        Column("user", "USER", most=16),
        Column("vhost", "VHOST", most=16, priority=4),
        Column("channels", "CHANNELS", is_number=True, priority=2),
        Column("in", "RECEIVES", is_number=True, priority=3, write=_rate),
        Column("out", "SENDS", is_number=True, priority=3, write=_rate),
        Column("age", "AGE", is_number=True, write=ago),
        Column("tls", "TLS", priority=5),
        Column("state", "STATE", share=1),
    ),
    5.0,
    asker,
)
