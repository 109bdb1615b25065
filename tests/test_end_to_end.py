"""The whole program on real servers: what it says of them is true, while they run, die, hang and come back."""

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pika
import pytest
from redis import Redis as RedisClient

from sutaz_tui.config import Config, load
from sutaz_tui.engine.pace import SECOND_ASK
from sutaz_tui.engine.poller import JITTER
from sutaz_tui.model import Snapshot, Status
from tests.running import LEAK, command, hurried, watching
from tests.servers.alertmanager import Alertmanager
from tests.servers.chromadb import ChromaDB
from tests.servers.consul import Consul
from tests.servers.node_exporter import NodeExporter
from tests.servers.postgres import Postgres
from tests.servers.process import Server
from tests.servers.prometheus import ALWAYS_FIRING, Prometheus
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.waiting import eventually

INTERVAL = 1.5
TIMEOUT = 1.0
# What a busy machine may add to a wait.
GRACE = 5.0
# One worker starts the eight servers, once.
here = pytest.mark.xdist_group("rabbitmq")

SOURCES = """
env: test
groups: [{id: all, title: All}]
sources:
  prometheus: {url: "%(prometheus)s"}
  consul: {url: "%(consul)s"}
  rabbitmq:
    url: "%(management)s"
    auth: {type: basic, user: watcher, password: "${RABBITMQ_PASSWORD:-}"}
services:
"""
ENTRIES = {
    "postgres": "title: PostgreSQL, address: '%(postgres)s', user: jarvis, database: jarvis,"
    " password: '${POSTGRES_PASSWORD:-}'",
    "redis": "title: Redis, address: '%(redis)s', password: '${REDIS_PASSWORD:-}'",
    "rabbitmq": "title: RabbitMQ, source: rabbitmq, address: '%(amqp)s', user: watcher,"
    " password: '${RABBITMQ_PASSWORD:-}'",
    "prometheus": "title: Prometheus, source: prometheus",
    "node-exporter": "kind: exporter, title: Node exporter, address: '%(node)s', metric: node_load1",
    "alertmanager": "title: Alertmanager, address: '%(alertmanager)s'",
    "consul": "title: Consul, source: consul",
    "chromadb": "title: ChromaDB, address: '%(chromadb)s'",
}


def config_file(folder: Path, ids: tuple[str, ...], **addresses: str) -> Path:
    """A config of these services at these addresses; sources that are not named point to nobody."""
    nobody = dict.fromkeys(("prometheus", "consul", "management"), "http://127.0.0.1:1")
    lines = SOURCES
    for id in ids:
        entry = ENTRIES[id] if "kind:" in ENTRIES[id] else f"kind: {id}, {ENTRIES[id]}"
        lines += f"  - {{id: {id}, {entry}, interval: {INTERVAL}, timeout: {TIMEOUT}}}\n"
    path = folder / "servers.yaml"
    path.write_text(lines % (nobody | addresses), "utf-8")
    return path


def address(server: Server, port: int | None = None) -> str:
    return f"{server.host}:{port or server.port}"


def config_of(server: Server, folder: Path, **secrets: str) -> Config:
    """A config of the one server that wants a login."""
    match server:
        case Postgres():
            id, places = "postgres", {"postgres": address(server)}
        case Redis():
            id, places = "redis", {"redis": address(server)}
        case RabbitMQ():
            id, places = "rabbitmq", {"amqp": address(server, server.amqp_port), "management": server.url}
        case _:
            raise AssertionError(f"no entry for {server.name}")
    return load(None, config_file(folder, (id,), **places), {**os.environ, **secrets})


class Eight:
    """All eight real servers, something in each of them, and the config that watches them."""

    def __init__(self, open_: ExitStack, rabbitmq: RabbitMQ, folder: Path) -> None:
        self.rabbitmq = rabbitmq
        self.postgres = open_.enter_context(Postgres(locked=True, max_connections="37"))
        self.redis = open_.enter_context(Redis(password="sesame 17"))
        self.node = open_.enter_context(NodeExporter())
        self.alertmanager = open_.enter_context(Alertmanager())
        self.consul = open_.enter_context(Consul())
        self.chromadb = open_.enter_context(ChromaDB())
        gone = NodeExporter()
        targets = {"node": [self.node.target], "gone": [gone.target]}
        open_.callback(gone.close)
        self.gone = gone.target
        self.prometheus = open_.enter_context(Prometheus(targets, ALWAYS_FIRING))
        self.path = config_file(
            folder,
            tuple(ENTRIES),
            postgres=address(self.postgres),
            redis=address(self.redis),
            amqp=address(rabbitmq, rabbitmq.amqp_port),
            management=rabbitmq.url,
            prometheus=self.prometheus.url,
            node=self.node.url,
            alertmanager=self.alertmanager.url,
            consul=self.consul.url,
            chromadb=self.chromadb.url,
        )
        self.logins = {
            "POSTGRES_PASSWORD": self.postgres.password or "",
            "REDIS_PASSWORD": self.redis.password or "",
            "RABBITMQ_PASSWORD": rabbitmq.password or "",
        }
        self.servers: dict[str, Server] = {
            "postgres": self.postgres,
            "redis": self.redis,
            "rabbitmq": rabbitmq,
            "prometheus": self.prometheus,
            "node-exporter": self.node,
            "alertmanager": self.alertmanager,
            "consul": self.consul,
            "chromadb": self.chromadb,
        }

    @property
    def config(self) -> Config:
        return load(None, self.path, {**os.environ, **self.logins})

    def status(self, *ids: str) -> tuple[int, dict[str, Any]]:
        """Exit code, and what `status --format json` says, services by id."""
        done = command("status", "--format", "json", "-c", str(self.path), *ids, env=self.logins)
        assert done.stderr == ""
        whole: dict[str, Any] = json.loads(done.stdout)
        whole["services"] = {service["id"]: service for service in whole["services"]}
        return done.returncode, whole


@pytest.fixture(scope="module")
def shared_eight(shared_rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eight]:
    with ExitStack() as open_:
        yield Eight(open_, shared_rabbitmq, tmp_path_factory.mktemp("eight"))
        shared_rabbitmq.forget()


@pytest.fixture
def eight(shared_eight: Eight) -> Iterator[Eight]:
    """The eight servers, running and answering again after each test."""
    yield shared_eight
    for server in shared_eight.servers.values():
        server.heal()


def told_by_postgres(server: Postgres) -> dict[str, Any]:
    """What the server answers a client of its own, while four sessions of other clients are open."""

    async def ask() -> dict[str, Any]:
        connection = await asyncpg.connect(server.url, password=server.password)
        try:
            return dict(
                await connection.fetchrow(
                    "SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS in_recovery,"
                    " current_setting('max_connections')::int AS max_connections"
                )
            )
        finally:
            await connection.close()

    return asyncio.run(ask())


@here
def test_status_says_of_eight_real_servers_what_they_say_themselves(eight: Eight) -> None:
    eight.alertmanager.fire("DiskFull", "Less than a tenth is left.", severity="critical")
    eight.consul.register("shop")
    eight.consul.register("till")
    eight.consul.register("bakery", "critical")
    vhost = eight.rabbitmq.new_vhost()
    login = pika.PlainCredentials("guest", "guest")
    broker = pika.BlockingConnection(
        pika.ConnectionParameters(eight.rabbitmq.host, eight.rabbitmq.amqp_port, vhost, login)
    )
    with ExitStack() as open_:
        open_.callback(broker.close)
        channel = broker.channel()
        for queue in ("letters", "parcels"):
            channel.queue_declare(queue)
        for _ in range(5):
            channel.basic_publish("", "letters", b"hello")
        clients = [
            open_.enter_context(RedisClient("127.0.0.1", eight.redis.port, password=eight.redis.password))
            for _ in range(3)
        ]
        assert all(client.ping() for client in clients)
        clients[0].set("kept", "x")

        def overview() -> Any:
            return eight.rabbitmq.call("/api/overview").json()

        eventually(
            lambda: overview()["queue_totals"].get("messages_ready", 0) >= 5, "the letters are counted"
        )
        eventually(lambda: len(eight.prometheus.query("up")) == 2, "both targets were scraped")
        eventually(lambda: eight.prometheus.query("ALERTS"), "the rule fires")

        code, whole = eight.status()
        seen = {id: service["facts"] for id, service in whole["services"].items()}
        info = clients[0].info()
        totals = overview()
        postgres = told_by_postgres(eight.postgres)

    assert {id: service["status"] for id, service in whole["services"].items()} == dict.fromkeys(
        ENTRIES, "up"
    )
    assert code == 0, "nothing is down or unknown"
    assert whole["summary"] == {"up": 8, "degraded": 0, "down": 0, "unknown": 0, "absent": 0}

    assert {name: seen["postgres"][name] for name in postgres} == postgres
    assert postgres["max_connections"] == 37
    assert seen["postgres"]["connections"] == 1, "its own session is the only one"
    assert seen["redis"]["version"] == info["redis_version"]
    assert seen["redis"]["clients"] == 4, "three of the test and its own"
    assert seen["redis"]["role"] == "master"
    assert seen["rabbitmq"]["version"] == totals["rabbitmq_version"]
    assert seen["rabbitmq"]["queues"] == totals["object_totals"]["queues"] >= 2
    assert seen["rabbitmq"]["ready"] == totals["queue_totals"]["messages_ready"] >= 5
    assert (seen["prometheus"]["targets_up"], seen["prometheus"]["targets"]) == (1, 2)
    assert seen["prometheus"]["alerts"] == 1
    built = eight.prometheus.call("/api/v1/status/buildinfo").json()["data"]
    assert seen["prometheus"]["version"] == built["version"]
    lines = eight.node.call("/metrics").body.decode().splitlines()
    samples = sum(not line.startswith("#") for line in lines)
    assert seen["node-exporter"]["series"] == pytest.approx(samples, rel=0.1)
    assert seen["alertmanager"]["alerts"] == 1
    assert (seen["consul"]["passing"], seen["consul"]["critical"]) == (2, 1)
    assert seen["consul"]["leader"] == eight.consul.call("/v1/status/leader").json()
    assert seen["consul"]["version"] == eight.consul.call("/v1/agent/self").json()["Config"]["Version"]
    assert seen["chromadb"]["version"] == eight.chromadb.call("/api/v2/version").json()

    for service in whole["services"].values():
        assert service["latency"] > 0
        assert 0 <= service["age"] < 30
    assert f"missing: {eight.gone}" in whole["services"]["prometheus"]["summary"]


def has(*ids: str, status: Status) -> Callable[[Snapshot], bool]:
    return lambda snapshot: all(
        state.status is status for state in snapshot.services if state.service.id in ids
    )


@here
async def test_killed_servers_are_down_within_an_interval_and_up_within_one_of_their_return(
    eight: Eight,
) -> None:
    killed = tuple(id for id in ENTRIES if id != "rabbitmq")
    # The next ask may come an interval and its jitter later; the second one confirms it.
    soon = INTERVAL * (1 + JITTER) + SECOND_ASK + GRACE
    async with watching(hurried(eight.config, *killed)) as board:
        # A Prometheus that was just started says for some seconds that it has no targets.
        await board.until(has(*killed, status=Status.UP), "all are up", soon + GRACE)
        for id in killed:
            await asyncio.to_thread(eight.servers[id].kill)
        first = await board.until(
            lambda shown: any(state.asks == 1 for state in shown.services), "a failed ask", soon
        )
        assert {state.status for state in first.services if state.asks == 1} == {Status.DEGRADED}
        assert {state.word for state in first.services if state.asks == 1} == {"1/2"}
        down = await board.until(has(*killed, status=Status.DOWN), "all are down", soon)
        # A refusal shows that the host is there: each is a cause of its own.
        assert sorted(cause.id for cause in down.causes) == sorted(killed)
        for state in down.services:
            assert "refused" in state.summary
            assert not LEAK.search(f"{state.summary} {state.error}"), state.error
            assert (state.latency, dict(state.facts)) == (None, {})

        code, whole = await asyncio.to_thread(eight.status, *killed)
        assert code == 1
        assert {service["status"] for service in whole["services"].values()} == {"down"}
        assert sorted(cause["id"] for cause in whole["causes"]) == sorted(killed)

        for id in killed:
            await asyncio.to_thread(eight.servers[id].start)
        up = await board.until(
            lambda shown: all(state.history and state.status is not Status.DOWN for state in shown.services),
            "all answer again",
            soon,
        )
        for state in up.services:
            assert Status.DOWN in [change.after for change in state.history]
        await board.until(has(*killed, status=Status.UP), "all are up again", soon + GRACE)


@here
async def test_frozen_servers_are_down_by_their_deadline_and_up_when_they_go_on(eight: Eight) -> None:
    frozen = ("postgres", "redis", "rabbitmq", "node-exporter")
    soon = INTERVAL * (1 + JITTER) + 2 * TIMEOUT + SECOND_ASK + GRACE
    async with watching(hurried(eight.config, *frozen)) as board:
        await board.until(has(*frozen, status=Status.UP), "all are up", GRACE)
        try:
            for id in frozen:
                await asyncio.to_thread(eight.servers[id].pause)
            down = await board.until(has(*frozen, status=Status.DOWN), "all are down", soon)
        finally:
            for id in frozen:
                eight.servers[id].resume()
        for state in down.services:
            assert f"{TIMEOUT:g} s" in state.summary
            assert not LEAK.search(f"{state.summary} {state.error}"), state.error
        # They back off: `R` asks at once.
        board.engine.ask_all()
        await board.until(has(*frozen, status=Status.UP), "all are up again", soon)


@here
@pytest.mark.parametrize(
    ("fixture", "variable"),
    [
        ("locked_postgres", "POSTGRES_PASSWORD"),
        ("locked_redis", "REDIS_PASSWORD"),
        ("rabbitmq", "RABBITMQ_PASSWORD"),
    ],
)
async def test_a_login_is_seen_refused_missing_and_right(
    fixture: str, variable: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = request.getfixturevalue(fixture)
    seen = {}
    for name, password in (("wrong", "not 7 this one"), ("none", ""), ("right", server.password)):
        config = config_of(server, tmp_path, **{variable: password})
        async with watching(config) as board:
            seen[name] = await board.until_state(
                config.services[0].id, lambda state: state.asked is not None, "was asked", 10
            )
    wrong, none, right = seen["wrong"], seen["none"], seen["right"]
    assert (wrong.status, wrong.word) == (Status.UNKNOWN, "denied")
    assert "not 7 this one" not in repr(wrong)
    assert (none.status, none.error) == (Status.UP, None)
    assert none.summary.endswith(f"set {variable} to see more")
    assert right.status is Status.UP
    assert re.search(r"\d", str(right.facts["version"]))
    # What was not seen is missing, never zero.
    assert set(none.facts) < set(right.facts)
    assert not any(value == 0 for value in none.facts.values())


async def test_an_exporter_killed_after_its_postgres_is_a_cause_of_its_own(
    postgres: Postgres, node_exporter: NodeExporter, tmp_path: Path
) -> None:
    path = config_file(
        tmp_path, ("postgres", "node-exporter"), postgres=address(postgres), node=node_exporter.url
    )
    text = path.read_text("utf-8").replace("metric: node_load1", "metric: node_load1, depends_on: [postgres]")
    path.write_text(text, "utf-8")
    config = load(None, path, os.environ)
    async with watching(config) as board:
        await board.until(has("postgres", "node-exporter", status=Status.UP), "both are up")
        await asyncio.to_thread(postgres.kill)
        await board.until_state("postgres", lambda state: state.status is Status.DOWN, "is down")
        await asyncio.to_thread(node_exporter.kill)
        broken = await board.until(
            lambda snapshot: {cause.id for cause in snapshot.causes} == {"postgres", "node-exporter"},
            "the exporter is told beside PostgreSQL",
        )
        [cause] = [cause for cause in broken.causes if cause.id == "postgres"]
        assert (cause.affected, cause.needed_by) == ((), ("node-exporter",))
        await asyncio.to_thread(postgres.start)
        await board.until_state("postgres", lambda state: state.status is Status.UP, "is up again")
