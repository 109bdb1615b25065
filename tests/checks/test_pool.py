"""The pool's checks: proven on the simulated stack, and true of a real PostgreSQL."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg

from sutaz_tui.checks.base import Check
from sutaz_tui.checks.pool import CATEGORY, NOT_COVERED
from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Postgres
from sutaz_tui.demo.prove import Control, prove
from sutaz_tui.demo.stack import Demo
from tests.checks.interrupted import outcomes
from tests.checks.on_stack import not_passed, results
from tests.loopback import configured
from tests.servers.postgres import Postgres as PostgresServer

POSTGRES = [check for check in CATEGORY.checks if check.needs == ("postgres",)]


def of(server: PostgresServer, password: str = "") -> Config:
    secret = password or server.password or ""
    service = Postgres(
        id="postgres",
        title="PostgreSQL",
        address=f"{server.host}:{server.port}",
        user=server.user,
        password=secret,
        database=server.database,
    )
    return configured(service, secrets={"POSTGRES_PASSWORD": secret})


def named(name: str) -> list[Check]:
    return [check for check in CATEGORY.checks if check.id == f"pool.{name}"]


async def connected(server: PostgresServer) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=server.database,
        ssl=False,
    )


async def test_each_is_proven() -> None:
    assert [str(one) for one in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert {f"pool-{number:02}" for number in range(1, 14)} <= covered
    assert len(CATEGORY.checks) >= 13


async def test_in_the_report_only_the_crowd_is_red_and_the_pool_is_named() -> None:
    found = not_passed(await results("report", "pool"))
    assert set(found) == {"pool.crowd"}
    assert "found 0 of 20: 20 × 503" in found["pool.crowd"]
    assert "QueuePool" in found["pool.crowd"]


async def test_on_the_real_stack_the_backend_does_not_tell_of_postgresql() -> None:
    found = not_passed(await results("real", "pool"))
    assert set(found) == {"pool.reported"}
    assert "expected PostgreSQL among its services" in found["pool.reported"]


async def test_nothing_heavy_is_sent_when_few_connections_are_free() -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        await Control(stack.control).put("/control/traits/postgres_connections", value=80)
        found = await outcomes(stack.config(), [*named("crowd"), *named("leak"), *named("recovery")])
    assert len(found) == 3
    assert all(
        words.startswith("skip: only ") and "of 100 connections are free" in words for words in found.values()
    ), found


async def test_a_real_postgresql_passes(locked_postgres: PostgresServer) -> None:
    found = await outcomes(of(locked_postgres), POSTGRES)
    assert {name: words for name, words in found.items() if not words.startswith("pass")} == {}
    assert len(found) >= 9


async def test_a_postgresql_too_small_for_the_pool_is_told_so() -> None:
    with PostgresServer(locked=True, max_connections="20") as server:
        found = await outcomes(of(server), named("size"))
    assert found["size"] == "fail: expected more than 30 connections; found 17 for all"


async def test_connections_beyond_the_pool_are_counted(locked_postgres: PostgresServer) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(31):
            stack.push_async_callback((await connected(locked_postgres)).close)
        found = await outcomes(of(locked_postgres), named("used"))
    assert found["used"] == "fail: expected at most 30; found 31 connections"


async def test_a_stopped_postgresql_is_named_as_refusing(locked_postgres: PostgresServer) -> None:
    await asyncio.to_thread(locked_postgres.stop)
    found = await outcomes(of(locked_postgres), POSTGRES)
    assert all(words.startswith("error: PostgreSQL: ") and "refuse" in words for words in found.values()), (
        found
    )


async def test_a_paused_postgresql_is_named_as_silent(locked_postgres: PostgresServer) -> None:
    await asyncio.to_thread(locked_postgres.pause)
    found = await outcomes(of(locked_postgres), POSTGRES, longest=0.5)
    assert all(words.startswith("error: ") and "within 0.5 s" in words for words in found.values()), found


async def test_a_wrong_password_is_named_and_not_told(locked_postgres: PostgresServer) -> None:
    found = await outcomes(of(locked_postgres, "not the password"), POSTGRES)
    assert all("is refused; check user and password in the config" in words for words in found.values()), (
        found
    )
    assert all("not the password" not in words for words in found.values())
