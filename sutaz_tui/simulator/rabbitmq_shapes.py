"""The many keys that RabbitMQ's management API answers and that nothing here computes.

`rabbitmq_shapes.json` holds one answer of each kind, as a real broker at rest gave it.
"""

import json
from importlib.resources import files
from typing import Any

_TEXT = (files(__package__) / "rabbitmq_shapes.json").read_text(encoding="utf-8")
NODE = "sutaz@localhost"


def _shape(kind: str) -> dict[str, Any]:
    shape: dict[str, Any] = json.loads(_TEXT)[kind]
    return shape


def an_overview() -> dict[str, Any]:
    return _shape("overview")


def a_node() -> dict[str, Any]:
    return _shape("node")


def a_queue() -> dict[str, Any]:
    return dict(_QUEUE)


def a_connection(name: str, user: str) -> dict[str, Any]:
    return _shape("connection") | {"name": name, "user": user}


def a_channel(connection: str, user: str) -> dict[str, Any]:
    return _shape("channel") | {"name": f"{connection} (1)", "user": user}


def a_consumer(queue: str, user: str, number: int, peer: str) -> dict[str, Any]:
    connection = f"{peer}:48210 -> 127.0.0.1:10004"
    channel: dict[str, Any] = {
        "connection_name": connection,
        "name": f"{connection} (1)",
        "node": "sutaz@localhost",
    }
    channel |= {"number": 1, "peer_host": peer, "peer_port": 48210, "user": user}
    return {
        "arguments": {},
        "ack_required": True,
        "active": True,
        "activity_status": "up",
        "channel_details": channel,
        "consumer_tag": f"ctag1.{queue}.{number}",
        "exclusive": False,
        "prefetch_count": 10,
        "queue": {"name": queue, "vhost": "/"},
    }


def an_exchange(name: str, kind: str) -> dict[str, Any]:
    return _shape("exchange") | {"name": name, "type": kind, "internal": name == "amq.rabbitmq.trace"}


_QUEUE = _shape("queue")
