"""The simulated RabbitMQ's AMQP port, asked by pika's asyncio and blocking adapters and by bytes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pika
import pytest
from pika import exceptions
from pika.adapters.asyncio_connection import AsyncioConnection

from sutaz_tui.simulator import amqp
from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.world import World
from tests.servers.waiting import Deadline, patient

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def listening(world: World, made: list[Any] | None = None) -> AsyncIterator[int]:
    """The port of a served world; each connection's protocol is appended to `made`."""
    factory, kept = amqp.protocol(world), [] if made is None else made

    def connection() -> asyncio.Protocol:
        made_now = factory()
        kept.append(made_now)
        return made_now

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def parameters(
    world: World, port: int, password: str = "", user: str = "", vhost: str = "/"
) -> pika.ConnectionParameters:
    credentials = pika.PlainCredentials(
        user or world.secrets["RABBITMQ_USER"], password or world.secrets["RABBITMQ_PASSWORD"]
    )
    return pika.ConnectionParameters(
        "127.0.0.1", port, vhost, credentials, blocked_connection_timeout=5, socket_timeout=5
    )


async def in_thread(world: World, port: int, do: Callable[[Any, Any], Any]) -> Any:
    """Run `do(connection, channel)` with a blocking pika client in a thread."""

    def run() -> Any:
        connection = pika.BlockingConnection(parameters(world, port))
        try:
            return do(connection, connection.channel())
        finally:
            if connection.is_open:
                connection.close()

    return await asyncio.wait_for(asyncio.to_thread(run), patient(15))


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop go round until `holds`, at most 5 s."""
    loop = asyncio.get_running_loop()
    deadline = Deadline(5)
    while not holds():
        assert not deadline.is_over()
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned


async def opened(given: pika.ConnectionParameters) -> AsyncioConnection:
    """An open pika connection on this loop, or the exception that pika gave."""
    outcome: asyncio.Future[AsyncioConnection] = asyncio.get_running_loop().create_future()
    AsyncioConnection(
        given,
        on_open_callback=outcome.set_result,
        on_open_error_callback=lambda _, error: outcome.set_exception(error),
    )
    return await asyncio.wait_for(outcome, patient(5))


async def closed(connection: AsyncioConnection) -> None:
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    connection.add_on_close_callback(lambda _, reason: done.set_result(reason))
    connection.close()
    await asyncio.wait_for(done, patient(5))


async def test_pikas_asyncio_adapter_opens_and_is_seen_by_the_management_api() -> None:
    world = World("healthy")
    async with listening(world) as port:
        connection = await opened(parameters(world, port))
        assert connection.server_properties["product"] == "RabbitMQ"
        assert connection.server_properties["version"] == "3.13.7"
        assert connection.server_capabilities["publisher_confirms"] is True
        (seen,) = world.amqp_connections.values()
        assert (seen["user"], seen["state"], seen["port"]) == ("sutazai", "running", port)
        channel_open: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        connection.channel(on_open_callback=channel_open.set_result)
        await asyncio.wait_for(channel_open, patient(5))
        assert seen["channels"] == 1
        await closed(connection)
    assert world.amqp_connections == {}


@pytest.mark.parametrize(("user", "password"), [("", "wrong"), ("guest", "guest")])
async def test_a_wrong_login_is_refused_with_403(user: str, password: str) -> None:
    world = World("healthy")
    async with listening(world) as port:
        with pytest.raises(exceptions.ProbableAuthenticationError, match="ACCESS_REFUSED"):
            await opened(parameters(world, port, password, user))


async def test_the_fault_denied_refuses_the_right_password() -> None:
    world = World("healthy")
    world.faults.set("rabbitmq", Fault("denied"))
    async with listening(world) as port:
        with pytest.raises(exceptions.ProbableAuthenticationError, match="ACCESS_REFUSED"):
            await opened(parameters(world, port))


async def test_an_unknown_vhost_is_named() -> None:
    world = World("healthy")
    async with listening(world) as port:
        with pytest.raises(exceptions.ProbableAccessDeniedError, match="elsewhere"):
            await opened(parameters(world, port, vhost="elsewhere"))


@pytest.mark.parametrize("words", [b"GET / HTTP/1.1\r\n\r\n", b"AMQP\x00\x01\x00\x00"])
async def test_another_language_is_told_the_version(words: bytes) -> None:
    async with listening(World("healthy")) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(words)
        assert await asyncio.wait_for(reader.read(), patient(5)) == b"AMQP\x00\x00\x09\x01"
        writer.close()


async def test_a_stranger_hears_the_start_of_the_handshake() -> None:
    async with listening(World("healthy")) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"AMQP\x00\x00\x09\x01")
        start = await asyncio.wait_for(reader.readuntil(b"\xce"), patient(5))
        assert start[:3] == b"\x01\x00\x00"
        assert b"RabbitMQ" in start
        writer.write(b"\x01\x00\x00\x00\x00\x00\x04\xff\xff\xff\xff\xce")
        assert b"FRAME_ERROR" in await asyncio.wait_for(reader.readuntil(b"\xce"), patient(5))
        writer.close()


async def test_a_private_queue_makes_the_round_trip_and_is_gone() -> None:
    world = World("healthy")

    def round_trip(_: Any, channel: Any) -> str:
        channel.confirm_delivery()
        name: str = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        properties = pika.BasicProperties(message_id="42", content_type="text/plain", headers={"a": 1})
        body = bytes(range(256)) * 1_200  # more than two frames
        channel.basic_publish("", name, body, properties, mandatory=True)
        assert channel.queue_declare(name, passive=True).method.message_count == 1
        got, returned, received = channel.basic_get(name)
        assert received == body
        assert (returned.message_id, returned.headers) == ("42", {"a": 1})
        assert world.queues[name].unacked == 1
        channel.basic_nack(got.delivery_tag, requeue=True)
        again, _, _ = channel.basic_get(name)
        assert again.redelivered
        channel.basic_ack(again.delivery_tag)
        assert channel.basic_get(name) == (None, None, None)
        assert world.queues[name].unacked == 0
        return name

    async with listening(world) as port:
        name = await in_thread(world, port, round_trip)
        await until(lambda: not world.amqp_connections)
    assert name not in world.queues


async def test_the_bridges_exchange_routes_by_topic_and_returns_the_rest() -> None:
    world = World("real")
    before = {name: queue.depth for name, queue in world.queues.items()}

    def publish(_: Any, channel: Any) -> None:
        channel.exchange_declare("mcp.exchange", "topic", passive=True)
        channel.confirm_delivery()
        channel.basic_publish("mcp.exchange", "agent.letta.task", b"one", mandatory=True)
        channel.basic_publish("mcp.exchange", "agent.all.stop", b"all", mandatory=True)
        channel.basic_publish("mcp.exchange", "bridge.hello", b"b", mandatory=True)
        with pytest.raises(exceptions.UnroutableError):
            channel.basic_publish("mcp.exchange", "agent.Letta (MemGPT).task", b"lost", mandatory=True)

    async with listening(world) as port:
        await in_thread(world, port, publish)
    grown = {name: queue.depth - before[name] for name, queue in world.queues.items()}
    assert grown == {name: {"agent.letta": 2}.get(name, 1) for name in before}
    assert len(before) == 13


async def test_the_stacks_own_consumers_take_what_is_published_to_them() -> None:
    seconds = [0.0]
    world = World("healthy", monotonic=lambda: seconds[0])
    world.queues["agent.letta"].ready = 0
    async with listening(world) as port:
        await in_thread(
            world, port, lambda _, channel: channel.basic_publish("mcp.exchange", "agent.letta.task", b"one")
        )
        assert world.queues["agent.letta"].depth == 1
        delivered = world.queues["agent.letta"].delivered
        seconds[0] = 60.0
        world.tick()
    assert world.queues["agent.letta"].delivered > delivered
    assert not world.queues["agent.letta"].messages


async def test_consumers_are_counted_and_served_in_turn() -> None:
    world = World("healthy")

    def consume(connection: Any, channel: Any) -> list[bytes]:
        name = channel.queue_declare("work", auto_delete=True).method.queue
        channel.basic_qos(prefetch_count=1)
        heard: list[bytes] = []

        def take(_: Any, method: Any, __: Any, body: bytes) -> None:
            assert world.queues[name].unacked == 1
            heard.append(body)
            channel.basic_ack(method.delivery_tag)

        tag = channel.basic_consume(name, take)
        assert world.queues[name].consumers == 1
        for number in range(5):
            channel.basic_publish("", name, str(number).encode())
        while len(heard) < 5:
            connection.process_data_events(time_limit=5)
        channel.basic_cancel(tag)
        return heard

    async with listening(world) as port:
        assert await in_thread(world, port, consume) == [b"0", b"1", b"2", b"3", b"4"]
    assert "work" not in world.queues


async def test_what_may_not_be_done_closes_the_channel_with_its_reason() -> None:
    world = World("healthy")

    def refused(code: int, do: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
        def run(connection: Any, channel: Any) -> None:
            with pytest.raises(exceptions.ChannelClosedByBroker) as caught:
                do(channel)
            assert caught.value.reply_code == code
            assert connection.channel().is_open

        return run

    async with listening(world) as port:
        for code, do in (
            (404, lambda channel: channel.queue_declare("absent", passive=True)),
            (404, lambda channel: channel.exchange_declare("absent", passive=True)),
            (404, lambda channel: channel.basic_get("absent")),
            (403, lambda channel: channel.queue_declare("amq.mine")),
            (406, lambda channel: channel.queue_declare("mcp.bridge", durable=False)),
            (406, lambda channel: channel.exchange_declare("mcp.exchange", "direct")),
        ):
            await in_thread(world, port, refused(code, do))


async def test_a_task_of_the_stack_can_be_fetched_and_a_queue_purged() -> None:
    world = World("real")
    world.queues["agent.letta"].ready = 3

    def empty(_: Any, channel: Any) -> None:
        _, _, body = channel.basic_get("agent.letta", auto_ack=True)
        assert body == b'{"task": "simulated"}'
        assert channel.queue_purge("agent.letta").method.message_count == 2
        channel.queue_declare("scratch")
        assert channel.queue_delete("scratch").method.NAME == "Queue.DeleteOk"

    async with listening(world) as port:
        await in_thread(world, port, empty)
    assert world.queues["agent.letta"].depth == 0
    assert "scratch" not in world.queues


async def test_unacknowledged_messages_come_back_when_a_connection_is_lost() -> None:
    world = World("healthy")
    loop = asyncio.get_running_loop()
    made: list[Any] = []
    async with listening(world, made) as port:

        def lose(_: Any, channel: Any) -> None:
            channel.queue_declare("kept", durable=True)
            channel.basic_publish("", "kept", b"precious")
            assert channel.basic_get("kept")[2] == b"precious"
            loop.call_soon_threadsafe(made[0]._transport.abort)
            while True:
                channel.queue_declare("kept", passive=True)

        with pytest.raises((exceptions.AMQPError, OSError)):
            await in_thread(world, port, lose)
        await until(lambda: not world.queues["kept"].unacked)
    assert list(world.queues["kept"].messages) == [b"precious"]
