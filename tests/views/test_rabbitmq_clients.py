"""Connections and consumers of a real RabbitMQ, and what the simulated one tells of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pika
import pytest

from sutaz_tui.config import Basic, Source
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import BadAnswer, Denied
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Ask, Rows, View
from sutaz_tui.views.connections import CONNECTIONS
from sutaz_tui.views.consumers import CONSUMERS
from tests.loopback import configured, speaking
from tests.running import Simulated, simulated
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import patient
from tests.web import web_server


@asynccontextmanager
async def asking(view: View, url: str, password: str = "") -> AsyncIterator[Ask]:
    entry = Rabbitmq(id="r", title="RabbitMQ", source="m", address="amqp://127.0.0.1:1", interval=60.0)
    login = Basic(user="watcher", password=password) if password else None
    clients = Clients(configured(entry, sources={"m": Source(url=url, auth=login)}))
    try:
        yield view.asker(entry, clients)
    finally:
        await clients.aclose()


@contextmanager
def shop(rabbitmq: RabbitMQ, vhost: str) -> Iterator[None]:
    """A client called shop that reads the queue `orders`, and may hold seven messages."""
    parameters = pika.ConnectionParameters(
        port=rabbitmq.amqp_port, virtual_host=vhost, client_properties={"connection_name": "shop"}
    )
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.queue_declare("orders")
        channel.basic_qos(prefetch_count=7)
        channel.basic_consume("orders", lambda *_: None, consumer_tag="till-1")
        yield


async def seen(ask: Ask, vhost: str, name: str) -> Rows:
    async with asyncio.timeout(patient(30)):
        while True:
            rows = await ask(patient(5.0))
            if any(row.values.get("vhost") == vhost and name in row.values for row in rows.rows):
                return rows
            await asyncio.sleep(0.2)


async def test_a_real_broker_tells_who_is_connected(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    with shop(rabbitmq, vhost):
        async with asking(
            CONNECTIONS, f"http://127.0.0.1:{rabbitmq.management_port}", rabbitmq.password
        ) as ask:
            rows = await seen(ask, vhost, "channels")
    row = next(row for row in rows.rows if row.values["vhost"] == vhost)
    assert row.values["client"] == "shop" and row.values["state"] == "running" and not row.look
    assert row.values["user"] == "guest" and row.values["tls"] is False
    assert isinstance(row.values["age"], float) and rows.total >= 1


async def test_a_connection_that_cannot_be_told_says_so_and_hides_no_other() -> None:
    listed = [{"name": "one", "connected_at": int("9" * 400)}, {"name": "two", "connected_at": 1}]
    async with web_server() as web, asking(CONNECTIONS, web.url) as ask:
        web.answers(200, {"items": listed, "filtered_count": 2})
        rows = (await ask(patient(5.0))).rows
    assert [(row.look, row.glyph) for row in rows] == [("unknown", "?"), ("", "")]
    assert "internal error of sutaz-tui" in str(rows[0].values["name"]) and rows[1].values["name"] == "two"


async def test_a_real_broker_tells_who_reads_which_queue(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    with shop(rabbitmq, vhost):
        async with asking(
            CONSUMERS, f"http://127.0.0.1:{rabbitmq.management_port}", rabbitmq.password
        ) as ask:
            rows = await seen(ask, vhost, "queue")
    row = next(row for row in rows.rows if row.values["vhost"] == vhost)
    assert (row.values["queue"], row.values["tag"], row.values["prefetch"]) == ("orders", "till-1", 7)
    assert row.values["ack"] == "manual" and row.values["state"] == "up"
    assert "127.0.0.1" in str(row.values["client"])


@pytest.mark.parametrize("view", [CONNECTIONS, CONSUMERS], ids=lambda view: view.id)
async def test_a_wrong_password_is_told(rabbitmq: RabbitMQ, view: View) -> None:
    async with asking(view, f"http://127.0.0.1:{rabbitmq.management_port}", "wrong rabbit hole") as ask:
        with pytest.raises(Denied, match="refuses the configured login"):
            await ask(patient(5.0))


async def test_what_is_blocked_is_first() -> None:
    listed = (
        b'{"items": [{"name": "a", "state": "running"}, {"name": "b", "state": "blocked", "channels": 1}],'
        b' "filtered_count": 700}'
    )
    async with (
        speaking(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(listed), listed)) as port,
        asking(CONNECTIONS, f"http://{port.address}") as ask,
    ):
        rows = await ask(patient(5.0))
    assert [(row.values["name"], row.look, row.glyph) for row in rows.rows] == [
        ("b", "degraded", "!"), ("a", "", "")
    ]  # fmt: skip
    assert rows.total == 700 and rows.about == "1 held back"


async def test_what_is_no_list_of_consumers_is_told() -> None:
    async with (
        speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as port,
        asking(CONSUMERS, f"http://{port.address}") as ask,
    ):
        with pytest.raises(BadAnswer, match="lists no consumers"):
            await ask(patient(5.0))


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


def test_the_simulated_broker_tells_both(stack: Simulated) -> None:
    from tests.test_show import show

    code, told, _ = show(stack, "consumers")
    assert code == 0 and "13   of 13 queues" in told and "agent.letta" in told
    code, told, _ = show(stack, "connections")
    assert code == 0 and "running" in told
