"""The real servers of the tests are what they promise to be."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pika
import pika.exceptions
import pytest
import redis.exceptions
from redis import Redis as RedisClient
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.servers import families
from tests.servers.alertmanager import Alertmanager
from tests.servers.blackbox import Blackbox
from tests.servers.chromadb import ChromaDB
from tests.servers.consul import Consul
from tests.servers.nginx import Nginx
from tests.servers.node_exporter import NodeExporter
from tests.servers.podman import Podman
from tests.servers.postgres import Postgres
from tests.servers.process import Server, ServerFailed
from tests.servers.prometheus import ALWAYS_FIRING, Prometheus
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.waiting import eventually, patient

ROOT = Path(__file__).resolve().parents[1]

EVERY_SERVER = [
    *("redis", "locked_redis", "postgres", "locked_postgres"),
    *("node_exporter", "blackbox", "alertmanager", "nginx"),
    *(
        pytest.param(name, marks=pytest.mark.xdist_group(name))
        for name in ("rabbitmq", "prometheus", "consul", "chromadb", "podman")
    ),
]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    named = request.getfixturevalue(request.param)
    assert isinstance(named, Server)
    return named


@pytest.mark.parametrize("server", EVERY_SERVER, indirect=True)
def test_a_server_answers_hangs_goes_on_stops_and_comes_back_where_it_was(server: Server) -> None:
    port, first = server.port, server.pid
    assert server.answers()
    server.pause()
    assert server.accepts(), "a paused server still takes connections"
    assert not server.answers(within=0.3), "a paused server answers nothing"
    server.resume()
    eventually(server.answers, "it answers again")
    server.stop()
    assert not server.accepts(), "a stopped server refuses"
    assert server.pid is None
    server.start()
    assert server.answers()
    assert server.port == port
    assert server.pid not in (None, first)


@pytest.mark.parametrize("server", EVERY_SERVER, indirect=True)
def test_a_server_killed_or_paused_by_one_test_is_healed_for_the_next(server: Server) -> None:
    server.pause()
    server.heal()
    assert server.answers()
    server.kill()
    assert not server.accepts()
    server.heal()
    assert server.answers()


def test_ending_a_server_leaves_no_process_no_folder_and_no_port() -> None:
    with Postgres() as server:
        assert server.pid is not None
        members = families.family(server.pid)
        assert len(members) > 3, "PostgreSQL's own processes are part of its family"
    assert [member for member in members if families.is_alive(member)] == []
    assert not server.folder.exists()
    assert not server.accepts()


def test_a_server_that_cannot_start_says_why() -> None:
    class Misconfigured(Redis):
        def command(self) -> list[str]:
            return [*super().command(), "--no-such-setting", "1"]

    with pytest.raises(ServerFailed, match="no-such-setting"):
        Misconfigured().__enter__()


def test_a_killed_test_process_leaves_no_server_behind() -> None:
    program = """
import os, signal
from tests.servers.redis import Redis
server = Redis().start()
print(server.pid, server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    # The reaper shares stderr, so `run` returns when that has ended too.
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patient(30),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid, folder = done.stdout.split()
    left = families.look(int(pid))
    assert left is None or not families.is_alive(left)
    assert not Path(folder).exists()


def test_postgres_lets_in_with_the_password_only(locked_postgres: Postgres) -> None:
    async def version(password: str) -> object:
        connection = await asyncpg.connect(locked_postgres.url, password=password)
        try:
            return await connection.fetchval("SHOW server_version")
        finally:
            await connection.close()

    assert str(asyncio.run(version(locked_postgres.password or ""))).split(".")[0].isdigit()
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(version("wrong"))


def test_an_open_session_of_a_paused_postgres_hangs_too(postgres: Postgres) -> None:
    async def ask() -> None:
        connection = await asyncpg.connect(postgres.url)
        assert await connection.fetchval("SELECT 1") == 1
        postgres.pause()
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(connection.fetchval("SELECT 2")), 0.3)
        finally:
            postgres.resume()
            connection.terminate()

    asyncio.run(ask())


def test_postgres_keeps_its_data_and_takes_settings() -> None:
    async def ask(server: Postgres, statement: str) -> object:
        connection = await asyncpg.connect(server.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    with Postgres(max_connections="17") as server:
        assert asyncio.run(ask(server, "SHOW max_connections")) == "17"
        asyncio.run(ask(server, "CREATE TABLE kept AS SELECT 42 AS answer"))
        server.kill()
        server.start()
        assert asyncio.run(ask(server, "SELECT answer FROM kept")) == 42


def test_redis_lets_in_with_the_password_only(locked_redis: Redis) -> None:
    def ping(password: str | None) -> object:
        once = Retry(NoBackoff(), retries=0)
        with RedisClient(locked_redis.host, locked_redis.port, password=password, retry=once) as client:
            return client.ping()

    assert ping(locked_redis.password) is True
    for wrong in (None, "wrong"):
        with pytest.raises(redis.exceptions.AuthenticationError):
            ping(wrong)


def test_rabbitmq_speaks_amqp_management_and_metrics(rabbitmq: RabbitMQ) -> None:
    vhost = rabbitmq.new_vhost()

    def connect(password: str) -> pika.BlockingConnection:
        login = pika.PlainCredentials("guest", password)
        where = pika.ConnectionParameters(rabbitmq.host, rabbitmq.amqp_port, vhost, login)
        return pika.BlockingConnection(where)

    connection = connect("guest")
    try:
        channel = connection.channel()
        channel.queue_declare("letters")
        channel.basic_publish("", "letters", b"hello")
        queue = f"/api/queues/{vhost}/letters"
        eventually(lambda: rabbitmq.call(queue).json().get("messages_ready") == 1, "the letter is counted")
    finally:
        connection.close()
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        connect("wrong")
    assert b"rabbitmq_build_info" in rabbitmq.call("/metrics", port=rabbitmq.metrics_port).body


def test_rabbitmq_knows_a_watcher_and_refuses_strangers(rabbitmq: RabbitMQ) -> None:
    def overview(headers: dict[str, str]) -> int:
        connection = rabbitmq.connection(rabbitmq.management_port, 5.0)
        try:
            connection.request("GET", "/api/overview", headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    assert overview(rabbitmq.basic(rabbitmq.user, rabbitmq.password or "")) == 200
    assert overview(rabbitmq.basic(rabbitmq.user, "wrong")) == 401
    assert overview({}) == 401


def test_prometheus_scrapes_a_target_and_sees_it_die(
    prometheus: Prometheus, node_exporter: NodeExporter
) -> None:
    prometheus.configure(targets={"node": [node_exporter.target]})

    def up(value: str) -> bool:
        return [sample["value"][1] for sample in prometheus.query('up{job="node"}')] == [value]

    # It may look at its targets anew after five seconds only.
    eventually(lambda: up("1"), "the node exporter is scraped", within=30.0)
    node_exporter.stop()
    eventually(lambda: up("0"), "its death is seen", within=30.0)


def test_prometheus_tells_alertmanager_of_a_firing_alert(
    prometheus: Prometheus, alertmanager: Alertmanager
) -> None:
    prometheus.configure(rules=ALWAYS_FIRING, alertmanagers=[alertmanager.target])
    alertmanager.fire("DiskFull", "The disk is full.", severity="critical")

    def names() -> set[str]:
        return {alert["labels"]["alertname"] for alert in alertmanager.call("/api/v2/alerts").json()}

    eventually(lambda: names() == {"AlwaysFiring", "DiskFull"}, "both alerts have arrived", within=30.0)
    states = [alert["state"] for alert in prometheus.call("/api/v1/alerts").json()["data"]["alerts"]]
    assert states == ["firing"]


@pytest.mark.parametrize("kind", [Prometheus, NodeExporter, Blackbox, Alertmanager])
def test_a_locked_one_of_the_prometheus_family_refuses_strangers(kind: Any) -> None:
    with kind(locked=True) as server:
        assert server.answers()
        server.password = "wrong"
        assert server.call(server.ready_path).status == 401
        server.password = None
        assert server.call(server.ready_path).status == 401


def test_blackbox_tells_a_living_target_from_a_dead_one(blackbox: Blackbox, nginx: Nginx) -> None:
    assert b"\nprobe_success 1\n" in blackbox.probe(nginx.url).body
    nginx.stop()
    assert b"\nprobe_success 0\n" in blackbox.probe(nginx.url).body


def test_nginx_answers_on_every_one_of_many_ports() -> None:
    with Nginx(listeners=300, body='{"service": "it\'s many"}') as server:
        assert len(set(server.ports)) == 300
        for port in (server.ports[0], server.ports[-1]):
            assert server.call("/", port=port).json() == {"service": "it's many"}


def test_consul_knows_services_by_their_checks(consul: Consul) -> None:
    consul.register("letta", "passing", port=11401)
    consul.register("crewai", "critical", port=11403)
    try:
        critical = consul.call("/v1/health/state/critical").json()
        assert [check["ServiceName"] for check in critical] == ["crewai"]
        assert [entry["Service"]["Port"] for entry in consul.call("/v1/health/service/letta").json()] == [
            11401
        ]
    finally:
        consul.deregister("letta")
        consul.deregister("crewai")


def test_consul_with_a_token_hides_everything_from_strangers() -> None:
    with Consul(token="7b0c4c8e-0000-4000-8000-5e5a3e000017") as server:
        server.register("letta")
        assert "letta" in server.call("/v1/catalog/services").json()
        server.password = None
        assert "letta" not in server.call("/v1/catalog/services").json()


def test_chromadb_keeps_collections_over_a_restart(chromadb: ChromaDB) -> None:
    made = chromadb.new_collection("kept-over-a-restart")
    chromadb.restart()
    path = "/api/v2/tenants/default_tenant/databases/default_database/collections/kept-over-a-restart"
    assert chromadb.call(path).json()["id"] == made


def test_podman_shows_exit_codes_restarts_and_logs(podman: Podman) -> None:
    podman.run_container("failed", "echo no luck; exit 3")
    podman.run_container("again", "exit 137", "--restart=always")
    podman.run_container("running", "sleep 600", "--memory=64m")

    def look(name: str) -> Any:
        return podman.call(f"/v1.41/containers/{name}/json").json()

    def exited() -> bool:
        return bool(look("failed")["State"]["Status"] == "exited")

    eventually(exited, "the container has ended")
    assert look("failed")["State"]["ExitCode"] == 3
    assert (
        podman.call("/v1.41/containers/failed/logs?stdout=1").body
        == b"\x01\x00\x00\x00\x00\x00\x00\x08no luck\n"
    )
    assert look("running")["State"]["Running"] is True
    stats = podman.call("/v1.41/containers/running/stats?stream=false").json()
    assert stats["memory_stats"]["limit"] == 64 * 1024 * 1024
    eventually(lambda: look("again")["RestartCount"] > 0, "it was started again")


def test_a_container_beyond_its_memory_is_killed(podman: Podman) -> None:
    podman.run_container("hungry", "exec dd if=/dev/zero of=/dev/null bs=64M count=1", "--memory=16m")

    def code() -> object:
        return podman.call("/v1.41/containers/hungry/json").json()["State"]["ExitCode"]

    eventually(lambda: code() == 137, "it was killed")


def test_podmans_containers_are_gone_when_it_is(podman: Podman) -> None:
    with Podman() as server:
        server.run_container("orphan", "sleep 600")
        pid = int(server.podman("inspect", "orphan", "--format", "{{.State.Pid}}"))
        container = families.look(pid)
        assert container is not None
    assert families.has_ended(container, within=10.0)


@pytest.mark.parametrize(("ci", "counts"), [("", "1 passed, 2 skipped"), ("true", "2 failed, 1 passed")])
def test_a_missing_server_is_listed_loudly_or_fails_in_ci(tmp_path: Path, ci: str, counts: str) -> None:
    (tmp_path / "test_missing.py").write_text(
        "from tests.servers.programs import need\n"
        "def test_one(): need('no-such-server')\n"
        "def test_two(): need('sh', 'no-such-server')\n"
        "def test_there(): assert need('sh')[0].name == 'sh'\n",
        encoding="utf-8",
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    options = ["-p", "tests.servers.plugin", "-p", "no:cacheprovider", "-n", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=patient(60),
        check=False,
    )
    assert counts in done.stdout, done.stdout
    loud = "NOT TESTED" in done.stdout and "2 tests not run: no-such-server" in done.stdout
    assert loud is (ci == ""), done.stdout
