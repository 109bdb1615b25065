"""The messaging category: proven on the simulated stack, and true of a real RabbitMQ and a real Consul."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import quote

import pika
import pytest

from sutaz_tui.checks.base import Check
from sutaz_tui.checks.mcp import CATEGORY as MCP
from sutaz_tui.checks.messaging import CATEGORY, NOT_COVERED
from sutaz_tui.checks.messaging.consul import REGISTERED
from sutaz_tui.checks.messaging.management import AGENT_QUEUES, EXCHANGE, QUEUES
from sutaz_tui.config import Basic, Config, Header, Source
from sutaz_tui.config.kinds import Backend, Consul, Kong, McpBridge, Rabbitmq
from sutaz_tui.demo.prove import prove
from sutaz_tui.model import CheckClass, CheckResult, Outcome
from sutaz_tui.sources.amqp import AmqpClient
from sutaz_tui.sources.clients import Clients
from sutaz_tui.wiring.checks import Checking
from tests.loopback import configured, until
from tests.servers.consul import Consul as ConsulServer
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import patient
from tests.web import Reply, web_server

EVERYTHING = frozenset(CheckClass)
RABBITMQ = [check for check in CATEGORY.checks if check.id.startswith("messaging.rabbitmq.")]
BY_AMQP = {f"messaging.rabbitmq.{name}" for name in ("round-trip", "routing", "throughput")}
BRIDGE_IN_CONSUL = next(check for check in MCP.checks if check.id == "mcp.consul")
CONSUL = [check for check in CATEGORY.checks if check.id.startswith("messaging.consul.")]


async def test_each_check_passes_on_the_healthy_stack_and_fails_on_its_own_fault_only() -> None:
    assert [str(unproven) for unproven in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert {f"rck-{number:02}" for number in range(1, 19)} <= covered
    assert len(CATEGORY.checks) >= 18


async def results(
    config: Config, checks: list[Check], longest: float | None = None
) -> dict[str, CheckResult]:
    """One run of these checks, by the last word of their ids."""
    checking = Checking(config)
    try:
        run = await checking.run(checks, allow=EVERYTHING, ignore_needs=True, longest=longest)
    finally:
        await checking.aclose()
    return {result.check_id.rpartition(".")[2]: result for result in run.results}


def red(found: dict[str, CheckResult]) -> dict[str, str]:
    return {name: result.message for name, result in found.items() if result.outcome is not Outcome.PASS}


# RabbitMQ


def rabbit(server: RabbitMQ, vhost: str, password: str | None = None) -> Config:
    password = server.password if password is None else password
    assert password is not None
    return configured(
        Rabbitmq(
            id="rabbitmq",
            title="RabbitMQ",
            address=f"127.0.0.1:{server.amqp_port}",
            source="rabbitmq",
            user=server.user,
            password=password,
            vhost=vhost,
        ),
        sources={"rabbitmq": Source(url=server.url, auth=Basic(user=server.user, password=password))},
        secrets={"RABBITMQ_PASSWORD": password} if password else {},
        logins={"services.rabbitmq": "RABBITMQ_PASSWORD"},
    )


@contextmanager
def as_the_bridge_leaves_it(server: RabbitMQ, vhost: str, consumed: bool = True) -> Iterator[None]:
    """The bridge's exchange, queues and bindings, two clients that stay connected, and consumers."""
    parameters = pika.ConnectionParameters(port=server.amqp_port, virtual_host=vhost)
    with pika.BlockingConnection(parameters) as bridge, pika.BlockingConnection(parameters) as backend:
        backend.channel()
        channel = bridge.channel()
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
        for name in QUEUES:
            channel.queue_declare(name, durable=True)
            keys = (f"{name}.*", "agent.all.*") if name in AGENT_QUEUES else ("bridge.*",)
            for key in keys:
                channel.queue_bind(name, EXCHANGE, key)
            if consumed:
                channel.basic_consume(name, lambda *_: None)
        yield


async def test_a_healthy_broker_passes_every_check_and_nothing_is_left_in_it(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    found: dict[str, CheckResult] = {}

    async def all_pass() -> bool:
        # The management API learns of consumers and depths a second after they are there.
        found.update(await results(rabbit(rabbitmq, vhost), RABBITMQ))
        return not red(found)

    with as_the_bridge_leaves_it(rabbitmq, vhost):
        async with asyncio.timeout(patient(30)):
            while not await all_pass():
                late = {"clients", "channels", "consumers", "backlog", "queues", "node"}
                # Judged by seconds: on a busy machine it passes once the others let it.
                assert set(red(found)) <= late | {"throughput"}, red(found)
                await asyncio.sleep(0.2)
        left = rabbitmq.call(f"/api/queues/{vhost}?columns=name").json()
    assert sorted(queue["name"] for queue in left) == sorted(QUEUES)
    steps = str([result.steps for result in found.values()])
    assert rabbitmq.password and rabbitmq.password not in steps
    assert "basic.get" in steps


async def test_a_broker_that_nobody_uses_fails_what_speaks_of_its_users(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    found = red(await results(rabbit(rabbitmq, vhost), RABBITMQ))
    assert {"exchange", "queues", "durable", "bindings", "consumers", "backlog", "routing"} <= set(found)
    assert "mcp.exchange is not there" in found["exchange"]
    assert "no exchange 'mcp.exchange'" in found["routing"]
    assert "agent.letta" in found["queues"]
    assert not {"overview", "vhost", "built-in", "alarms", "round-trip", "throughput"} & set(found)


async def test_queues_that_nobody_takes_from_are_named(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    consumers = [check for check in RABBITMQ if check.id.endswith(".consumers")]
    with as_the_bridge_leaves_it(rabbitmq, vhost, consumed=False):
        async with asyncio.timeout(patient(30)):
            while "none on 13" not in (
                words := red(await results(rabbit(rabbitmq, vhost), consumers))["consumers"]
            ):
                # Before its statistics come, or on a busy machine its answer.
                assert "tells consumers" in words or "within" in words, words
                await asyncio.sleep(0.2)
    assert "agent.letta, agent.autogpt" in words


async def test_a_wrong_password_is_told_as_such(rabbitmq: RabbitMQ) -> None:
    found = await results(rabbit(rabbitmq, "/", "not this one"), RABBITMQ)
    assert not [name for name, result in found.items() if result.outcome in (Outcome.PASS, Outcome.SKIP)]
    for result in found.values():
        words = (
            "login of watcher is refused"
            if result.check_id in BY_AMQP
            else "refuses the configured login (Login failed); check it"
        )
        assert words in result.message
        assert "not this one" not in f"{result}"


async def test_without_a_password_the_checks_are_skipped_and_say_what_to_set(rabbitmq: RabbitMQ) -> None:
    found = await results(rabbit(rabbitmq, "/", ""), RABBITMQ)
    assert {result.outcome for result in found.values()} == {Outcome.SKIP}
    assert all("set RABBITMQ_PASSWORD" in result.message for result in found.values())


async def test_stopped_it_refuses_and_paused_it_keeps_silent(rabbitmq: RabbitMQ) -> None:
    config = rabbit(rabbitmq, "/")
    rabbitmq.pause()
    paused = await results(config, RABBITMQ, longest=0.8)
    rabbitmq.resume()
    await asyncio.to_thread(rabbitmq.stop)
    stopped = await results(config, RABBITMQ)
    for found, words in ((paused, "within"), (stopped, "refused")):
        assert {result.outcome for result in found.values()} == {Outcome.ERROR}
        assert [result.message for result in found.values() if words not in result.message] == []
    for result in stopped.values():
        port = rabbitmq.amqp_port if result.check_id in BY_AMQP else rabbitmq.management_port
        assert f":{port} refused" in result.message


async def test_a_private_queue_ends_with_whoever_is_cancelled(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()
    config = rabbit(rabbitmq, vhost)
    clients, declared = Clients(config), asyncio.Event()
    service = config.services[0]
    assert isinstance(service, Rabbitmq)

    async def hold() -> None:
        async with AmqpClient(service, clients).channel(30.0) as channel:
            await channel.private_queue("sutaztui-held")
            assert await channel.publish("", "sutaztui-held", b"x")
            declared.set()
            await asyncio.Event().wait()

    def is_there() -> bool:
        return rabbitmq.call(f"/api/queues/{quote(vhost)}/sutaztui-held").status == 200

    task = asyncio.create_task(hold())
    await asyncio.wait_for(declared.wait(), patient(10))
    await until(lambda: asyncio.to_thread(is_there))
    task.cancel()
    began = asyncio.get_running_loop().time()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.get_running_loop().time() - began < patient(0.2)

    async def is_gone() -> bool:
        return not await asyncio.to_thread(is_there)

    await until(is_gone)
    await clients.aclose()


# Kong


@pytest.mark.parametrize("data", ["none", [1], None, {"id": "1"}])
async def test_a_kong_whose_lists_are_none_fails_in_words_and_is_no_fault_of_ours(data: object) -> None:
    async with web_server() as web:
        web.other = Reply(200, {"data": data})
        kong = Kong(id="kong", title="Kong", address=web.url, proxy=web.url)
        checks = [check for check in CATEGORY.checks if check.id == "messaging.kong.services"]
        (result,) = (await results(configured(kong), checks)).values()
    assert (result.outcome, result.message) == (
        Outcome.FAIL, f"expected a list of objects as data; found {data!r}",
    )  # fmt: skip


# Consul


@asynccontextmanager
async def registry(server: ConsulServer) -> AsyncIterator[Config]:
    """A config of Consul and two services that answer, both registered as they register themselves."""
    ids = {"sutazai-backend-1": "sutazai-backend", "mcp-bridge-1": "mcp-bridge"}
    async with web_server() as web:
        web.routes = {"/health": Reply(200, {"status": "healthy"})}
        for id, name in ids.items():
            register(server, id, name, web.port)
        try:
            yield configured(
                Consul(id="consul", title="Consul", source="consul"),
                Backend(id="backend", title="Backend", address=web.url),
                McpBridge(id="mcp-bridge", title="MCP bridge", address=web.url),
                sources={"consul": Source(url=server.url)},
            )
        finally:
            server.heal()
            for id in server.call("/v1/agent/services").json():
                server.deregister(id)


def register(server: ConsulServer, id: str, name: str, port: int, status: str = "passing") -> None:
    check = {"TTL": "1h", "Status": status, "CheckID": f"check:{id}"}
    entry: dict[str, Any] = {"ID": id, "Name": name, "Address": "127.0.0.1", "Port": port, "Check": check}
    tagged = {**entry, "Tags": REGISTERED.get(name, ("api",))}
    assert server.call("/v1/agent/service/register", "PUT", tagged).status == 200


async def test_a_healthy_consul_passes_every_check_and_keeps_no_key_of_ours(consul: ConsulServer) -> None:
    async with registry(consul) as config:
        found = await results(config, CONSUL)
        assert red(found) == {}
        assert consul.call("/v1/kv/sutaztui-round-trip").status == 404


async def test_dead_critical_and_missing_entries_are_each_found_and_named(consul: ConsulServer) -> None:
    async with registry(consul) as config:
        register(consul, "sutazai-backend-0ld", "sutazai-backend", 1, "critical")
        # A check that is registered again keeps its status.
        consul.deregister("mcp-bridge-1")
        register(consul, "mcp-bridge-1", "mcp-bridge", 1, "critical")
        found = red(await results(config, CONSUL))
        assert set(found) == {"dead", "critical"}
        assert "sutazai-backend-0ld" in found["dead"]
        assert "critical in Consul, but answering: mcp-bridge" in found["critical"]
        consul.deregister("mcp-bridge-1")
        assert "not there or without tags: mcp-bridge" in red(await results(config, CONSUL))["registered"]


async def test_what_passes_in_consul_and_is_silent_is_found(
    consul: ConsulServer, unused_tcp_port: int
) -> None:
    async with registry(consul) as config:
        silent = Backend(id="backend", title="Backend", address=f"http://127.0.0.1:{unused_tcp_port}")
        moved = configured(config.services[0], silent, config.services[2], sources=config.sources)
        found = red(await results(moved, CONSUL))
        assert set(found) == {"passing"}
        assert "silent: sutazai-backend" in found["passing"]


async def test_stopped_consul_refuses_and_paused_it_keeps_silent(consul: ConsulServer) -> None:
    async with registry(consul) as config:
        consul.pause()
        paused = await results(config, CONSUL, longest=0.5)
        consul.resume()
        await asyncio.to_thread(consul.stop)
        stopped = await results(config, CONSUL)
        for found, words in ((paused, "within 0.5 s"), (stopped, f":{consul.port} refused")):
            assert {result.outcome for result in found.values()} == {Outcome.ERROR}
            assert [result.message for result in found.values() if words not in result.message] == []
        assert stopped["kv-round-trip"].left == (
            f"Consul's key sutaztui-round-trip (:{consul.port} refused)",
        )


async def test_a_consul_that_hides_its_services_from_strangers_passes_nothing_about_them() -> None:
    with ConsulServer(token="the one token") as server:
        config = configured(
            Consul(id="consul", title="Consul", source="consul"), sources={"consul": Source(url=server.url)}
        )
        found = await results(config, CONSUL)
    assert {name for name, result in found.items() if result.outcome is Outcome.PASS} <= {"leader", "keys"}


async def test_a_token_of_few_rights_makes_no_check_advise_to_restart_what_is_registered() -> None:
    with ConsulServer(token="7ddbb1cc-1c33-4a55-9c0b-8b0b2d0a0f11") as server:
        for name in REGISTERED:
            server.register(name, "passing")
        policy = {"Name": "few", "Rules": 'key_prefix "" { policy = "read" }'}
        assert (await asyncio.to_thread(server.call, "/v1/acl/policy", "PUT", policy)).status == 200
        made = await asyncio.to_thread(server.call, "/v1/acl/token", "PUT", {"Policies": [{"Name": "few"}]})
        auth = Header(name="X-Consul-Token", value=made.json()["SecretID"])
        source = {"consul": Source(url=server.url, auth=auth)}
        entries = (
            Consul(id="consul", source="consul"),
            McpBridge(id="mcp-bridge", address="http://127.0.0.1:1"),
        )
        found = await results(configured(*entries, sources=source), [*CONSUL, BRIDGE_IN_CONSUL])
        nobody = await results(
            configured(*entries, sources={"consul": Source(url=server.url)}), [*CONSUL, BRIDGE_IN_CONSUL]
        )
    about_services = {"registered", "backend", "dead", "critical", "passing", "node"}
    assert {name: found[name].outcome for name in about_services} == dict.fromkeys(
        about_services, Outcome.ERROR
    )
    assert all("its ACLs hide what is asked for" in found[name].message for name in about_services)
    assert not any("restart" in result.message for result in found.values())
    assert {nobody[name].outcome for name in about_services} <= {Outcome.ERROR, Outcome.SKIP}
