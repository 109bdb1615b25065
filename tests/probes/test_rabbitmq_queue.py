"""The `rabbitmq-queue` kind against a real broker, and against answers that are none."""

import asyncio

import pika
import pytest

from sutaz_tui.config import Basic, Config, Source
from sutaz_tui.config.kinds import Rabbitmq, RabbitmqQueue
from sutaz_tui.model import Status
from tests.loopback import configured, probing, reading
from tests.servers.rabbitmq import RabbitMQ as Server
from tests.servers.waiting import patient
from tests.web import Reply, web_server


def config(
    url: str, queue: str = "work", vhost: str = "/", password: str = "watch this", **limits: int
) -> Config:
    entry = RabbitmqQueue(
        id="q", title="Work queue", source="rabbitmq", queue=queue, vhost=vhost, interval=60.0, **limits
    )
    auth = Basic(user="watcher", password=password)
    return configured(entry, sources={"rabbitmq": Source(url=url, auth=auth)})


def of(server: Server, queue: str, vhost: str, password: str = "watch this", **limits: int) -> Config:
    return config(f"http://127.0.0.1:{server.management_port}", queue, vhost, password, **limits)


def fill(server: Server, vhost: str, queue: str, messages: int) -> None:
    parameters = pika.ConnectionParameters(port=server.amqp_port, virtual_host=vhost)
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        for _ in range(messages):
            channel.basic_publish("", queue, b"x")


async def test_its_depth_and_consumers_are_judged(rabbitmq: Server) -> None:
    vhost = rabbitmq.new_vhost()
    name = "a queue/with %2F signs"
    await asyncio.to_thread(fill, rabbitmq, vhost, name, 3)
    async with probing(of(rabbitmq, name, vhost)) as probe, asyncio.timeout(patient(30)):
        # The management's statistics come seconds after the messages, some before others.
        while (facts := (found := await reading(probe)).facts).get("ready") != 3 or "consumers" not in facts:
            assert found.status is Status.UP
    assert found.summary == "ready 3, unacked 0, consumers 0"
    async with probing(of(rabbitmq, name, vhost, warn_messages=3)) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "deep")
    async with probing(of(rabbitmq, name, vhost, warn_messages=1, down_messages=3)) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "3 messages, down from 3" in (found.error or "")
    async with probing(of(rabbitmq, name, vhost, min_consumers=1)) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "cons")


async def test_a_queue_that_is_not_there_is_down(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq, "nobody", "/")) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "there is no queue nobody in vhost /" in (found.error or "")


async def test_a_refused_login_is_unknown_and_denied(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq, "work", "/", "wrong")) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")


async def test_without_a_login_nothing_is_known(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq, "work", "/", "")) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert "set one at its source" in (found.error or "")


async def test_a_management_that_is_not_there_leaves_the_queue_unknown(unused_tcp_port: int) -> None:
    async with probing(config(f"http://127.0.0.1:{unused_tcp_port}")) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert f":{unused_tcp_port} refused" in (found.error or "")


@pytest.mark.parametrize(
    ("body", "limits", "status"),
    [
        ({"name": "work"}, {}, Status.UP),
        ({"name": "work"}, {"warn_messages": 1}, Status.UNKNOWN),
        ({"name": "work"}, {"min_consumers": 1}, Status.UNKNOWN),
        (
            {"name": "work", "messages_ready": True, "messages_unacknowledged": "9"},
            {"down_messages": 1},
            Status.UNKNOWN,
        ),
        ({"name": "work", "state": "down"}, {}, Status.DOWN),
        ([], {}, Status.UNKNOWN),
        ("\x1b[2J", {}, Status.UNKNOWN),
    ],
)
async def test_what_is_not_told_is_not_invented(body: object, limits: dict[str, int], status: Status) -> None:
    async with web_server() as web:
        web.routes = {"/api/queues/%2F/work": Reply(200, body)}
        async with probing(config(web.url, **limits)) as probe:
            found = await reading(probe)
    assert found.status is status
    assert not {"ready", "unacked", "consumers"} & set(found.facts)
    assert found.summary.isprintable()


async def test_a_broker_whose_statistics_are_turned_off_is_up_with_what_is_missing() -> None:
    """As RabbitMQ's own container image is; for ever, not "yet"."""
    with Server(statistics=False) as server:
        await asyncio.to_thread(fill, server, "/", "work", 3)
        async with probing(of(server, "work", "/")) as probe:
            found = await reading(probe)
            assert (found.status, found.summary) == (Status.UP, "ready 3, unacked 0")
        async with probing(of(server, "work", "/", warn_messages=2, min_consumers=1)) as probe:
            found = await reading(probe)
            assert (found.status, found.word) == (Status.DEGRADED, "deep")
        async with probing(of(server, "work", "/", min_consumers=1)) as probe:
            found = await reading(probe)
            words = "its consumers are not reported: statistics are turned off in this broker"
            assert (found.status, found.summary) == (Status.UNKNOWN, f"{words}; ready 3, unacked 0")
        entry = Rabbitmq(id="r", title="R", address=f"127.0.0.1:{server.amqp_port}", source="m")
        login = Basic(user=server.user, password=server.password)
        whole = configured(entry, sources={"m": Source(url=server.url, auth=login)})
        async with probing(whole) as probe:
            found = await reading(probe)
            assert found.status is Status.UP
            assert "queues 1, ready 3, unacked 0" in found.summary
            assert "statistics are turned off in this broker: consumers are not counted" in found.summary


async def test_a_user_without_rights_in_the_vhost_is_told_which(rabbitmq: Server) -> None:
    vhost = rabbitmq.new_vhost()
    await asyncio.to_thread(fill, rabbitmq, vhost, "work", 1)
    gone = await asyncio.to_thread(rabbitmq.call, f"/api/permissions/{vhost}/{rabbitmq.user}", "DELETE")
    assert gone.status == 204
    async with probing(of(rabbitmq, "work", vhost)) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert (
        f"User not authorised to access virtual host); give it rights in the vhost {vhost}" in found.summary
    )
