"""The checks of kinds on real servers, as another stack has them: they pass, and see what is wrong there."""

import asyncio
from collections.abc import Iterable

import asyncpg
import pika
from redis import Redis as RedisClient

from sutaz_tui.config import Basic, Config, ServiceConfig, Source, kind_of
from sutaz_tui.config.kinds import (
    Consul,
    Container,
    Docker,
    Http,
    Memcached,
    Mysql,
    Postgres,
    Prometheus,
    Rabbitmq,
    Redis,
)
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking, load_checks
from tests.checks.scripted import EVERYTHING
from tests.loopback import configured
from tests.servers.consul import Consul as ConsulServer
from tests.servers.mariadb import MariaDB
from tests.servers.memcached import Memcached as MemcachedServer
from tests.servers.podman import Podman
from tests.servers.postgres import Postgres as PostgresServer
from tests.servers.prometheus import Prometheus as PrometheusServer
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis as RedisServer
from tests.servers.waiting import Deadline


async def found(config: Config) -> dict[str, CheckResult]:
    """How all checks of a config end, by the last word of their ids."""
    checks = load_checks(config)
    assert checks and {check.category for check in checks} == {kind_of(one) for one in config.services}
    checking = Checking(config)
    try:
        run = await checking.run(checks, allow=EVERYTHING, ignore_needs=True)
    finally:
        await checking.aclose()
    return {one.check_id.rpartition(".")[2]: one for one in run.results}


def red(results: dict[str, CheckResult]) -> dict[str, str]:
    return {id: one.message for id, one in results.items() if one.outcome is not Outcome.PASS}


async def until_red(config: Config, names: Iterable[str], within: float = 30.0) -> dict[str, str]:
    """What does not pass, once it is these: management and scrapes learn of it some seconds later."""
    deadline = Deadline(within)
    while set(told := red(await found(config))) != set(names):
        assert not deadline.is_over(), told
        await asyncio.sleep(0.5)
    return told


async def test_a_postgres_and_a_slot_that_nobody_reads() -> None:
    with PostgresServer(locked=True, fsync="on") as server:
        password = server.password
        entry = Postgres(
            id="orders", address=f"127.0.0.1:{server.port}", user=server.user, password=password,
            database=server.database,
        )  # fmt: skip
        config = configured(entry, secrets={"PASSWORD": password}, logins={"services.orders": "PASSWORD"})
        assert red(await found(config)) == {}
        session = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user=server.user, password=password,
            database=server.database, ssl=False,
        )  # fmt: skip
        try:
            await session.execute("SELECT pg_create_physical_replication_slot('gone')")
        finally:
            await session.close()
        told = red(await found(config))
    assert told == {
        "replication": "expected every slot in use; found 1 unused: the log is kept for them until the disk is full"
    }


async def test_a_postgres_role_that_sees_no_other_session_is_not_green() -> None:
    """To a role of few rights nobody waits, whoever does."""
    with PostgresServer(locked=True, fsync="on") as server:
        session = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user=server.user, password=server.password,
            database=server.database, ssl=False,
        )  # fmt: skip
        try:
            await session.execute("CREATE ROLE watcher LOGIN PASSWORD 'sesame'")
            entry = Postgres(
                id="orders", address=f"127.0.0.1:{server.port}", user="watcher", password="sesame",
                database=server.database,
            )  # fmt: skip
            told = await found(configured(entry, secrets={"PASSWORD": "sesame"}))
        finally:
            await session.close()
    hidden = {id: one.message for id, one in told.items() if one.outcome is Outcome.SKIP}
    assert hidden == dict.fromkeys(
        ("transactions", "idle", "locks"),
        "sessions of other roles are hidden from ours: GRANT pg_monitor TO watcher",
    )
    assert {one.outcome for one in told.values()} == {Outcome.SKIP, Outcome.PASS}


async def test_a_redis_as_it_is_installed_and_one_with_a_limit(redis: RedisServer) -> None:
    entry: ServiceConfig = Redis(id="cache", address=f"127.0.0.1:{redis.port}")
    told = red(await found(configured(entry)))
    assert set(told) == {"limit", "room"} and "maxmemory 0: no limit" in told["limit"]
    with RedisClient(port=redis.port) as client:
        client.config_set("maxmemory", "100mb")
        assert red(await found(configured(entry))) == {}
        assert list(client.scan_iter("sutaztui-*")) == []


async def test_a_mariadb_that_may_lose_commits() -> None:
    """What no replica is says nothing of replication."""
    with MariaDB() as server:
        entry = Mysql(id="shop", address=server.address, user="shop", password=server.password)
        config = configured(entry, secrets={"PASSWORD": server.password})
        told = await found(config)
        assert {id: one.outcome for id, one in told.items()} == {
            "answers": Outcome.PASS, "connections": Outcome.PASS, "durable": Outcome.PASS, "replication": Outcome.SKIP,
        }, red(told)  # fmt: skip
        server.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
        told = await found(config)
    assert told["durable"].message == "expected 1 and ON; found 2 and ON: a crash may lose commits"


async def test_a_memcached_whose_connections_are_taken(memcached: MemcachedServer) -> None:
    assert red(await found(configured(Memcached(id="sessions", address=f"127.0.0.1:{memcached.port}")))) == {}
    with MemcachedServer("-c", "100", "-t", "1") as small:
        entry = Memcached(id="sessions", address=f"127.0.0.1:{small.port}")
        held = [await asyncio.open_connection("127.0.0.1", small.port) for _ in range(82)]
        try:
            assert set(await until_red(configured(entry), ("connections",))) == {"connections"}
            held += [await asyncio.open_connection("127.0.0.1", small.port) for _ in range(10)]
            told = await until_red(configured(entry), ("answers", "connections", "round-trip"))
        finally:
            for _, writer in held:
                writer.close()
    assert "takes no more connections; raise its limit (-c)" in told["answers"]


async def test_a_rabbitmq_and_messages_that_nobody_takes(rabbitmq: RabbitMQ) -> None:
    vhost, password = rabbitmq.new_vhost(), rabbitmq.password
    assert password is not None
    config = configured(
        Rabbitmq(
            id="mail", address=f"127.0.0.1:{rabbitmq.amqp_port}", source="mail", user=rabbitmq.user,
            password=password, vhost=vhost,
        ),
        sources={"mail": Source(url=rabbitmq.url, auth=Basic(user=rabbitmq.user, password=password))},
        secrets={"PASSWORD": password},
        logins={"services.mail": "PASSWORD"},
    )  # fmt: skip
    assert await until_red(config, ()) == {}
    parameters = pika.ConnectionParameters(port=rabbitmq.amqp_port, virtual_host=vhost)
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.queue_declare("lonely", durable=True)
        for _ in range(150):
            channel.basic_publish("", "lonely", b"hello")
        # It grew, and no longer does.
        told = await until_red(config, ("consumed",))
    assert told["consumed"] == "expected a consumer where messages wait; found none on lonely 150"


async def test_a_consul_where_nobody_is_registered(consul: ConsulServer) -> None:
    config = configured(
        Consul(id="registry", source="registry"), sources={"registry": Source(url=consul.url)}
    )
    results = await found(config)
    assert {id: one.outcome for id, one in results.items()} == {
        "leader": Outcome.PASS, "nodes": Outcome.PASS, "stale": Outcome.SKIP,
    }  # fmt: skip


async def test_a_prometheus_whose_rule_asks_for_what_is_not_there(prometheus: PrometheusServer) -> None:
    config = configured(
        Prometheus(id="metrics", source="metrics"), sources={"metrics": Source(url=prometheus.url)}
    )
    good = {"alert": "Down", "expr": "up == 0", "labels": {"severity": "warning"}}
    await asyncio.to_thread(prometheus.configure, {"self": [prometheus.target]}, [good])
    assert await until_red(config, ()) == {}
    dead = {"alert": "Gone", "expr": "gone_total > 5", "labels": {"severity": "warning"}}
    await asyncio.to_thread(prometheus.configure, {"self": [prometheus.target]}, [good, dead])
    told = await until_red(config, ("fire",))
    assert told["fire"] == "expected each can fire; found 1 cannot: Gone: no gone_total"


async def test_web_servers_as_they_are_installed(prometheus: PrometheusServer, consul: ConsulServer) -> None:
    """A server may leave out of HEAD what it learns from the body alone: Prometheus does."""
    told = red(await found(configured(Http(id="metrics", address=f"{prometheus.url}/-/ready"))))
    # Judged by seconds: a busy machine may be slow.
    assert {**told, "latency": ""} == {"headers": "its answer is no page that a browser draws", "latency": ""}
    told = red(await found(configured(Http(id="page", address=f"{consul.url}/ui/"))))
    assert (
        set(told) - {"latency"} == {"headers"}
        and "without x-content-type-options: nosniff" in told["headers"]
    )


async def test_a_podman_and_a_container_without_a_limit(podman: Podman) -> None:
    await asyncio.to_thread(podman.run_container, "limited", "sleep 600", "--memory", "64m")
    sources = {"engine": Source(url=f"unix://{podman.socket_path}")}
    engine = Docker(id="engine", source="engine")
    assert red(await found(configured(engine, sources=sources))) == {}
    await asyncio.to_thread(podman.run_container, "greedy", "sleep 600")
    told = red(await found(configured(engine, sources=sources)))
    assert told == {
        "limits": "expected a limit for each; found none for greedy: one leak takes the whole host"
    }
    limited = Container(id="one", container="limited", docker="engine")
    both = configured(engine, limited, sources=sources)
    checks = [check for check in load_checks(both) if check.service == "one"]
    checking = Checking(both)
    try:
        run = await checking.run(checks, ignore_needs=True)
    finally:
        await checking.aclose()
    assert [one.outcome for one in run.results] == [Outcome.PASS] * 4
