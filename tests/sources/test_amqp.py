"""The AMQP source: one connection kept between asks, closed in order, never left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.config import Source
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.amqp import AmqpClient, Link
from sutaz_tui.sources.amqp_greeting import Stranger
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import recording
from tests.loopback import configured, speaking
from tests.servers.rabbitmq import RabbitMQ as Server
from tests.servers.waiting import patient


@asynccontextmanager
async def client(address: str, password: str = "", user: str = "watcher") -> AsyncIterator[AmqpClient]:
    entry = Rabbitmq(
        id="r", title="RabbitMQ", address=address, source="r", user=user, password=password, interval=60.0
    )
    clients = Clients(configured(entry, sources={"r": Source(url="http://127.0.0.1:1")}))
    made = AmqpClient(entry, clients)
    try:
        yield made
    finally:
        await made.aclose()
        await clients.aclose()


async def test_one_connection_is_kept_and_closed_in_order(rabbitmq: Server) -> None:
    async with client(f"127.0.0.1:{rabbitmq.amqp_port}", rabbitmq.password) as ours:
        with recording() as steps:
            answers = [await ours.ask(5.0) for _ in range(3)]
        line = ours._line
        assert line is not None
        connection = line._connection
        assert connection.is_open
    assert connection.is_closed
    assert all(isinstance(answer, Link) and answer.version.startswith("3.") for answer in answers)
    assert [step.timing and step.timing.reused for step in steps] == [False, True, True]


async def test_a_broker_that_restarted_between_two_asks_is_up(rabbitmq: Server) -> None:
    async with client(f"127.0.0.1:{rabbitmq.amqp_port}", rabbitmq.password) as ours:
        assert isinstance(await ours.ask(5.0), Link)
        await asyncio.to_thread(rabbitmq.restart)
        async with asyncio.timeout(patient(20)):
            assert isinstance(await ours.ask(5.0), Link)


async def test_a_stranger_hears_the_version_and_hangs_up(rabbitmq: Server) -> None:
    async with client(f"127.0.0.1:{rabbitmq.amqp_port}") as ours:
        answer = await ours.ask(5.0)
    assert isinstance(answer, Stranger)
    assert answer.product == "RabbitMQ"
    assert answer.version.startswith("3.")


async def test_closing_does_not_wait_for_a_hung_broker(rabbitmq: Server) -> None:
    async with client(f"127.0.0.1:{rabbitmq.amqp_port}", rabbitmq.password) as ours:
        assert isinstance(await ours.ask(5.0), Link)
        rabbitmq.pause()
        async with asyncio.timeout(patient(3)):
            await ours.aclose()


async def test_closing_what_was_never_opened_is_nothing() -> None:
    async with speaking(b"") as port, client(port.address) as ours:
        await ours.aclose()
        assert port.taken == 0


async def test_another_version_of_the_protocol_is_named() -> None:
    async with speaking(b"AMQP\x00\x01\x00\x00", hangs_up=False) as port:
        for password in ("", "sesame 17"):
            async with client(port.address, password) as ours:
                with pytest.raises(BadAnswer, match=r"speaks AMQP 1\.0, not 0-9-1"):
                    await ours.ask(5.0)
