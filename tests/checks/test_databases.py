"""The checks of the databases: proven on the simulated stack, true on a real PostgreSQL and a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from redis import Redis as RedisClient

from sutaz_tui.checks.databases import CATEGORY, NOT_COVERED
from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Postgres, Redis
from sutaz_tui.demo.prove import prove
from sutaz_tui.model import Outcome
from tests.checks.on_servers import ask, ask_until, outcomes, troubled
from tests.checks.on_stack import not_passed, results
from tests.loopback import configured
from tests.servers.postgres import Postgres as PostgresServer
from tests.servers.redis import Redis as RedisServer
from tests.servers.waiting import eventually

POSTGRES = [check for check in CATEGORY.checks if check.needs == ("postgres",)]
REDIS = [check for check in CATEGORY.checks if check.needs == ("redis",)]
ROW = [f"db-{number:02}" for number in range(1, 20)]


def of_postgres(server: PostgresServer, password: str) -> Config:
    entry = Postgres(
        id="postgres",
        title="PostgreSQL",
        address=f"127.0.0.1:{server.port}",
        user=server.user,
        password=password,
        database=server.database,
    )
    secrets = {"POSTGRES_PASSWORD": password} if password else {}
    return configured(entry, secrets=secrets, logins={"services.postgres": "POSTGRES_PASSWORD"})


def of_redis(server: RedisServer, password: str = "") -> Config:
    entry = Redis(id="redis", title="Redis", address=f"127.0.0.1:{server.port}", password=password)
    return configured(entry, secrets={"REDIS_PASSWORD": password} if password else {})


async def session(server: PostgresServer, database: str = "") -> asyncpg.Connection:
    return await asyncpg.connect(
        host="127.0.0.1",
        port=server.port,
        user=server.user,
        password=server.password,
        database=database or server.database,
        ssl=False,
    )


@pytest.fixture
async def stack_postgres() -> AsyncIterator[PostgresServer]:
    """A PostgreSQL as the stack's: durable, with Kong's database and a table of the backend."""
    with PostgresServer(locked=True, fsync="on") as server:
        connection = await session(server)
        await connection.execute("CREATE DATABASE kong")
        await connection.execute("CREATE TABLE users (id int)")
        await connection.close()
        yield server


@pytest.fixture
def stack_redis(redis: RedisServer) -> Iterator[RedisServer]:
    """A Redis as the stack's: with an append-only file."""
    with RedisClient(port=redis.port) as client:
        client.config_set("appendonly", "yes")
        # Until its first file is written it would not end.
        eventually(lambda: _has_its_file(client), "Redis has written its append-only file")
    yield redis


def _has_its_file(client: RedisClient) -> bool:
    found = client.info("persistence")
    return not found["aof_rewrite_in_progress"] and not found["aof_rewrite_scheduled"]


async def test_each_can_fail_and_fails_only_on_its_own_fault() -> None:
    assert [str(one) for one in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_accounted_for() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers}
    assert [old for old in ROW if (old in covered) == (old in NOT_COVERED)] == []
    assert len(CATEGORY.checks) >= len(ROW)
    assert len({check.id for check in CATEGORY.checks}) == len(CATEGORY.checks)


async def test_the_real_stack_is_red_where_the_backend_is_silent_about_postgres() -> None:
    found = not_passed(await results("real", "databases"))
    assert set(found) == {"databases.postgres.reported"}
    assert "no login works" in found["databases.postgres.reported"]


async def test_the_state_of_the_report_is_green_here() -> None:
    assert not_passed(await results("report", "databases")) == {}


async def test_a_postgres_like_the_stacks_passes_every_check(stack_postgres: PostgresServer) -> None:
    assert troubled(await ask(of_postgres(stack_postgres, stack_postgres.password or ""), POSTGRES)) == {}


async def test_an_empty_postgres_fails_the_checks_of_what_it_lacks(locked_postgres: PostgresServer) -> None:
    found = troubled(await ask(of_postgres(locked_postgres, locked_postgres.password or ""), POSTGRES))
    assert set(found) == {"postgres.databases", "postgres.tables", "postgres.durable"}
    assert "kong missing" in found["postgres.databases"]
    assert "off: fsync" in found["postgres.durable"]


async def test_a_session_that_waits_for_a_lock_is_found(stack_postgres: PostgresServer) -> None:
    config = of_postgres(stack_postgres, stack_postgres.password or "")
    locks = [check for check in POSTGRES if check.id == "databases.postgres.locks"]
    holder, waiter = await session(stack_postgres), await session(stack_postgres)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("LOCK TABLE users")
    waiting = asyncio.create_task(waiter.execute("INSERT INTO users VALUES (1)"))
    try:
        seen = await ask_until(config, locks, lambda troubles: bool(troubles))
        assert "1 wait" in seen["postgres.locks"]
    finally:
        await transaction.rollback()
        await waiting
        await holder.close()
        await waiter.close()
    assert troubled(await ask(config, locks)) == {}


async def test_a_stopped_postgres_is_told_as_refused(stack_postgres: PostgresServer) -> None:
    config = of_postgres(stack_postgres, stack_postgres.password or "")
    await asyncio.to_thread(stack_postgres.stop)
    found = await ask(config, POSTGRES)
    assert outcomes(found) <= {Outcome.ERROR, Outcome.FAIL}
    assert [words for words in troubled(found).values() if "refused" not in words] == []


async def test_a_paused_postgres_is_told_as_silent(stack_postgres: PostgresServer) -> None:
    config = of_postgres(stack_postgres, stack_postgres.password or "")
    await asyncio.to_thread(stack_postgres.pause)
    found = await ask(config, POSTGRES, longest=1.0)
    await asyncio.to_thread(stack_postgres.resume)
    assert outcomes(found) <= {Outcome.ERROR, Outcome.FAIL}
    assert [words for words in troubled(found).values() if "within 1 s" not in words] == []


async def test_a_wrong_password_of_postgres_is_told_without_showing_it(
    locked_postgres: PostgresServer,
) -> None:
    found = await ask(of_postgres(locked_postgres, "not-it-4711"), POSTGRES)
    assert outcomes(found) <= {Outcome.ERROR, Outcome.FAIL}
    for result in found.values():
        assert "is refused; check user and password in the config" in result.message
        assert "not-it-4711" not in f"{result.message} {result.steps}"


async def test_without_a_login_postgres_is_not_asked_and_the_variable_is_named(
    locked_postgres: PostgresServer,
) -> None:
    found = await ask(of_postgres(locked_postgres, ""), POSTGRES)
    assert {result.message for result in found.values()} == {"no login: set POSTGRES_PASSWORD"}
    assert outcomes(found) == {Outcome.SKIP}


async def test_a_redis_like_the_stacks_passes_and_keeps_nothing_of_ours(stack_redis: RedisServer) -> None:
    assert troubled(await ask(of_redis(stack_redis), REDIS)) == {}
    with RedisClient(port=stack_redis.port) as client:
        assert client.keys("*") == []


async def test_a_redis_without_a_file_and_in_the_part_of_a_replica_is_found(redis: RedisServer) -> None:
    with RedisClient(port=redis.port) as client:
        client.replicaof("127.0.0.1", "1")
    found = troubled(await ask(of_redis(redis), REDIS))
    assert "role slave" in found["redis.master"]
    assert "a restart loses" in found["redis.persistence"]
    assert "READONLY" in found["redis.keeps"] or "read only replica" in found["redis.keeps"]


async def test_a_stopped_redis_is_told_as_refused(stack_redis: RedisServer) -> None:
    await asyncio.to_thread(stack_redis.stop)
    found = await ask(of_redis(stack_redis), REDIS)
    assert outcomes(found) == {Outcome.ERROR}
    assert [words for words in troubled(found).values() if "refused" not in words] == []


async def test_a_paused_redis_is_told_as_silent(stack_redis: RedisServer) -> None:
    await asyncio.to_thread(stack_redis.pause)
    found = await ask(of_redis(stack_redis), REDIS, longest=1.0)
    await asyncio.to_thread(stack_redis.resume)
    assert outcomes(found) == {Outcome.ERROR}
    assert [words for words in troubled(found).values() if "within 1 s" not in words] == []


async def test_a_wrong_password_of_redis_is_told_without_showing_it(locked_redis: RedisServer) -> None:
    found = await ask(of_redis(locked_redis, "not-it-4711"), REDIS)
    assert outcomes(found) == {Outcome.ERROR}
    for result in found.values():
        assert "is refused; check user and password in the config" in result.message
        assert "not-it-4711" not in f"{result.message} {result.steps}"
