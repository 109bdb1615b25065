"""The `rabbitmq` kind against a real broker, and against ports that are none."""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pika
import pytest
from pika import frame, spec

from sutaz_tui.config import Basic, Config, Source
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.engine.since import own_start
from sutaz_tui.model import Status
from sutaz_tui.sources.rabbitmq import OwnStart
from tests.loopback import configured, probing, reading, speaking
from tests.servers.rabbitmq import RabbitMQ as Server
from tests.servers.waiting import patient
from tests.web import Reply, web_server

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def config(
    amqp: str,
    management: str,
    password: str = "",
    *,
    management_password: str | None = None,
    timeout: float = 5.0,
    vhost: str = "/",
) -> Config:
    inside = password if management_password is None else management_password
    return configured(
        Rabbitmq(
            id="rabbitmq",
            title="RabbitMQ",
            address=amqp,
            source="rabbitmq",
            user="watcher",
            password=password,
            vhost=vhost,
            timeout=timeout,
            interval=60.0,
            warn=4.0,
        ),
        sources={"rabbitmq": Source(url=f"http://{management}", auth=Basic(user="watcher", password=inside))},
        secrets={"RABBITMQ_PASSWORD": password} if password else {},
        logins={"services.rabbitmq": "RABBITMQ_PASSWORD"},
    )


def of(
    server: Server, password: str = "", inside: str | None = None, timeout: float = 5.0, vhost: str = "/"
) -> Config:
    amqp, management = f"127.0.0.1:{server.amqp_port}", f"127.0.0.1:{server.management_port}"
    return config(amqp, management, password, management_password=inside, timeout=timeout, vhost=vhost)


@asynccontextmanager
async def management(**answers: tuple[int, object]) -> AsyncIterator[str]:
    """The address of a management API that knows these: overview, alarms, queues, nodes."""
    known: dict[str, tuple[int, object]] = {
        "/api/overview": (
            200,
            {"product_version": "3.13.7", "object_totals": {"queues": 1, "connections": 2}},
        ),
        "/api/health/checks/alarms": (200, {"status": "ok"}),
        "/api/queues": (200, {"items": [], "page_count": 1}),
        "/api/nodes": (200, []),
    }
    for name, answer in answers.items():
        known[next(path for path in known if path.endswith(name))] = answer
    async with web_server() as web:
        web.routes = {path: Reply(status, body) for path, (status, body) in known.items()}
        yield web.url.removeprefix("http://")


def start() -> bytes:
    method = spec.Connection.Start(
        server_properties={"product": "RabbitMQ", "version": "3.13.7"}, mechanisms="PLAIN", locales="en_US"
    )
    return bytes(frame.Method(0, method).marshal())


async def test_a_healthy_broker_tells_its_facts(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq, rabbitmq.password)) as probe:
        found = await reading(probe)
        again = await reading(probe)
    assert found.status is again.status is Status.UP
    assert str(found.facts["version"]).startswith("3.")
    assert found.facts["alarms"] == 0
    assert {"queues", "consumers", "connections"} <= set(found.facts)
    assert found.error is None
    shown = f"{found.steps}"
    assert rabbitmq.password not in shown
    assert '"$RABBITMQ_PASSWORD"' in shown
    assert again.steps[0].timing is not None and any(
        step.timing and step.timing.reused for step in again.steps
    )


async def test_messages_without_a_consumer_are_counted(rabbitmq: Server) -> None:
    vhost = rabbitmq.new_vhost()

    def publish() -> None:
        parameters = pika.ConnectionParameters(port=rabbitmq.amqp_port, virtual_host=vhost)
        with pika.BlockingConnection(parameters) as connection:
            channel = connection.channel()
            channel.queue_declare("lonely")
            for _ in range(3):
                channel.basic_publish("", "lonely", b"x")

    await asyncio.to_thread(publish)
    async with probing(of(rabbitmq, rabbitmq.password)) as probe, asyncio.timeout(patient(30)):
        # The totals and the queues' own numbers are counted apart, and either may come first or not yet.
        while (facts := (found := await reading(probe)).facts).get("ready") != 3 or not facts.get(
            "queues_without_consumers"
        ):
            assert found.status is Status.UP
    assert "with messages and no consumer" in found.summary


async def test_without_a_password_it_is_up_and_says_how_to_see_more(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.endswith("set RABBITMQ_PASSWORD to see more")
    assert set(found.facts) == {"version"}
    assert str(found.facts["version"]).startswith("3.")


@pytest.mark.parametrize("where", ["both", "management"])
async def test_a_wrong_password_is_unknown_and_denied(rabbitmq: Server, where: str) -> None:
    password = "wrong rabbit hole" if where == "both" else rabbitmq.password
    async with probing(of(rabbitmq, password, "wrong rabbit hole")) as probe:
        found = await reading(probe)
    assert (found.status, found.word, found.backs_off) == (Status.UNKNOWN, "denied", True)
    assert "login" in (found.error or "")
    assert "ProbableAuthentication" not in (found.error or "")


async def test_a_vhost_that_is_closed_to_a_user_is_told_with_what_opens_it(rabbitmq: Server) -> None:
    vhost = rabbitmq.new_vhost(permitted=False)
    async with probing(of(rabbitmq, rabbitmq.password, vhost=vhost)) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert f"rabbitmqctl set_permissions -p {vhost} " in (found.error or "")


async def test_a_vhost_that_is_not_there_is_named(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq, rabbitmq.password, vhost="nowhere")) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert "has no vhost nowhere" in found.summary


async def test_hanging_it_is_down_within_its_deadline(rabbitmq: Server) -> None:
    loop = asyncio.get_running_loop()
    async with probing(of(rabbitmq, rabbitmq.password, timeout=1.0)) as probe:
        assert (await reading(probe)).status is Status.UP
        rabbitmq.pause()
        for _ in range(2):  # on the kept connection, then on a new one
            started = loop.time()
            found = await reading(probe)
            assert loop.time() - started < patient(2.5)
            assert (found.status, found.backs_off) == (Status.DOWN, True)
        rabbitmq.resume()
        await asyncio.to_thread(rabbitmq.heal)
        async with asyncio.timeout(patient(20)):
            while (await reading(probe)).status is not Status.UP:
                pass


async def test_stopped_it_is_down_and_back_after_its_return(rabbitmq: Server) -> None:
    async with probing(of(rabbitmq, rabbitmq.password)) as probe:
        async with asyncio.timeout(patient(20)):
            # A young node has no statistics yet.
            while "started" not in (before := await reading(probe)).facts:
                pass
        assert before.status is Status.UP
        stopped = datetime.now(UTC)
        await asyncio.to_thread(rabbitmq.stop)
        found = await reading(probe)
        assert found.status is Status.DOWN
        assert found.error == f"RabbitMQ: :{rabbitmq.amqp_port} refused"
        await asyncio.to_thread(rabbitmq.start)
        async with asyncio.timeout(patient(20)):
            while (again := await reading(probe)).status is not Status.UP or "started" not in again.facts:
                pass
        first, second = own_start(before.facts, before.at), own_start(again.facts, again.at)
        assert first is not None and second is not None
        # To the second, as it is written.
        assert first < stopped < second + timedelta(seconds=1) < datetime.now(UTC) + timedelta(seconds=1)


def test_a_start_is_the_same_until_the_uptime_is_less() -> None:
    now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    seen, start = OwnStart(), now - timedelta(seconds=100)
    assert seen.told(100_000, now) == start
    # Statistics are some seconds old.
    assert seen.told(100_000, now + timedelta(seconds=4)) == start
    assert seen.told(128_000, now + timedelta(seconds=45)) == start
    restarted = now + timedelta(seconds=50)
    assert seen.told(5_000, restarted + timedelta(seconds=5)) == restarted
    # Nobody looked for long: the uptime has become more than it was, of another start.
    assert seen.told(90_000, now + timedelta(hours=1)) == now + timedelta(hours=1, seconds=-90)
    for nonsense in (None, 10**20):
        assert seen.told(nonsense, now) is None


async def test_the_start_of_one_node_of_several_is_not_told(rabbitmq: Server) -> None:
    node = {"uptime": 100_000}
    for nodes, is_told in (([node], True), ([node, node], False), ([], False), ({}, False), ([7], False)):
        async with (
            management(nodes=(200, nodes)) as inside,
            probing(config(f"127.0.0.1:{rabbitmq.amqp_port}", inside, rabbitmq.password)) as probe,
        ):
            found = await reading(probe)
            assert (found.status, "started" in found.facts) == (Status.UP, is_told), nodes


async def test_a_management_that_does_not_answer_is_degraded(rabbitmq: Server, unused_tcp_port: int) -> None:
    amqp, elsewhere = f"127.0.0.1:{rabbitmq.amqp_port}", f"127.0.0.1:{unused_tcp_port}"
    async with probing(config(amqp, elsewhere, rabbitmq.password)) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "mgmt")
    assert f":{unused_tcp_port} refused" in found.summary


async def test_an_alarm_is_degraded_and_named() -> None:
    alarm = {
        "status": "failed",
        "alarms": [{"node": "a", "resource": "memory"}, {"node": "b", "resource": "memory"}],
    }
    async with (
        speaking(start()) as amqp,
        management(alarms=(503, alarm)) as inside,
        probing(config(amqp.address, inside, management_password="x y z")) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "alarm")
    assert "alarm: memory" in found.summary
    assert found.facts["alarms"] == 1


async def test_a_broker_is_told_in_one_line() -> None:
    totals = {"queues": 1204, "connections": 2, "consumers": 4}
    overview = {
        "product_version": "3.13.7",
        "object_totals": totals,
        "queue_totals": {"messages_ready": 3, "messages_unacknowledged": 0},
    }
    lonely = {"vhost": "/", "messages_ready": 3, "messages_unacknowledged": 0, "consumers": 0}
    queues = {"items": [{"name": name, **lonely} for name in ("a", "b")], "page_count": 1}
    async with (
        speaking(start()) as amqp,
        management(overview=(200, overview), queues=(200, queues)) as inside,
        probing(config(amqp.address, inside, management_password="x y z")) as probe,
    ):
        found = await reading(probe)
    assert found.summary == (
        "3.13.7, queues 1,204, ready 3, unacked 0, consumers 4, 2 queues with messages and no consumer,"
        " the fullest a 3; set RABBITMQ_PASSWORD to see more"
    )


async def test_what_this_user_may_not_see_is_missing_and_not_zero() -> None:
    queues = {"items": [{"name": "young", "vhost": "/"}], "page_count": 1}
    async with (
        speaking(start()) as amqp,
        management(alarms=(403, {}), queues=(200, queues)) as inside,
        probing(config(amqp.address, inside, management_password="x y z")) as probe,
    ):
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.facts == {"version": "3.13.7", "queues": 1, "connections": 2}


@pytest.mark.parametrize(
    "answers",
    [
        {"overview": (500, "boom")},
        {"overview": (200, [])},
        {"overview": (200, {})},
        {"queues": (200, {"items": 7})},
        {"queues": (404, {})},
    ],
)
async def test_a_management_that_talks_nonsense_is_degraded(answers: dict[str, tuple[int, object]]) -> None:
    async with (
        speaking(start()) as amqp,
        management(**answers) as inside,
        probing(config(amqp.address, inside, management_password="x y z")) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "mgmt")


@pytest.mark.parametrize("password", ["", "secret sauce"])
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (HTTP, "answers as HTTP"),
        (b"AMQP\x00\x01\x00\x00", "speaks AMQP 1.0"),
        (b"-ERR unknown command\r\n", "answers as Redis"),
        (b"", "without an answer"),
        (b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x63\xce", "not as RabbitMQ"),
        (b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce", "not as RabbitMQ"),
        (start()[:40], "not as RabbitMQ"),
        (b"\x01\x00\x00\xff\xff\xff\xff" * 20, "not as RabbitMQ"),
        (b"\x1b[2Jgotcha [red]" * 9, "not as RabbitMQ"),
    ],
)
async def test_what_is_not_rabbitmq_is_down_and_named(
    password: str,
    said: bytes,
    heard: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with (
        speaking(said) as amqp,
        management() as inside,
        probing(config(amqp.address, inside, password)) as probe,
    ):
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert heard in found.summary
    assert found.summary.isprintable()
    assert not complaints
    assert not [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("password", ["", "secret sauce"])
@pytest.mark.parametrize("said", [b"", start(), struct.pack("!BHI", 1, 0, 5000)])
async def test_silence_is_down_within_the_deadline_and_the_socket_closed(password: str, said: bytes) -> None:
    async with (
        speaking(said, hangs_up=False) as amqp,
        management() as inside,
        probing(config(amqp.address, inside, password, timeout=0.4)) as probe,
    ):
        started = asyncio.get_running_loop().time()
        found = await reading(probe)
        assert asyncio.get_running_loop().time() - started < patient(1.2)
        if said == start() and not password:
            assert found.status is Status.UP
        else:
            assert (found.status, found.backs_off) == (Status.DOWN, True)
        async with asyncio.timeout(patient(5)):
            await amqp.idle.wait()


async def test_a_cancelled_ask_closes_its_socket() -> None:
    async with (
        speaking(b"", hangs_up=False) as amqp,
        management() as inside,
        probing(config(amqp.address, inside, "secret sauce")) as probe,
    ):
        asking = asyncio.create_task(probe.ask())
        async with asyncio.timeout(patient(5)):
            await amqp.busy.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(patient(5)):
            await amqp.idle.wait()
