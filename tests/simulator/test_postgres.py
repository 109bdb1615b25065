"""The simulated PostgreSQL, asked by asyncpg and by bytes on a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from sutaz_tui.simulator import postgres
from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.scenarios import changed
from sutaz_tui.simulator.world import World
from sutaz_tui.sources.postgres import QUESTION
from tests.servers.waiting import patient

pytestmark = pytest.mark.asyncio

MONITOR = """
    SELECT current_setting('server_version') AS version,
           (SELECT count(*) FROM pg_stat_activity) AS connections,
           current_setting('max_connections')::int AS max_connections,
           pg_is_in_recovery() AS in_recovery,
           coalesce(extract(epoch FROM now() - (SELECT min(xact_start) FROM pg_stat_activity)), 0)::float8
               AS oldest_transaction,
           current_database() AS database,
           pg_postmaster_start_time() AS started,
           CASE WHEN pg_is_in_recovery() THEN 1.0 END AS lag,
           sum(deadlocks) AS deadlocks, pg_database_size(current_database()) AS size
    FROM pg_stat_database
"""


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(postgres.protocol(world), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def connected(world: World, port: int, **changes: object) -> asyncpg.Connection:
    login: dict[str, object] = {
        "user": "jarvis",
        "password": world.secrets["POSTGRES_PASSWORD"],
        "database": "jarvis_ai",
        "timeout": 5,
    }
    return await asyncpg.connect(host="127.0.0.1", port=port, **{**login, **changes})


async def test_the_monitors_question_is_answered_with_types() -> None:
    world = World("healthy")
    async with listening(world) as port:
        connection = await connected(world, port, server_settings={"application_name": "sutaz-tui"})
        row = dict(await connection.fetchrow(MONITOR))
        assert connection.get_server_version().major == 16
        await connection.close()
    assert row["version"] == "16.4"
    assert 13 <= row["connections"] <= 16
    assert row["max_connections"] == 100
    assert row["in_recovery"] is False
    assert 0 < row["oldest_transaction"] < 1
    assert row["database"] == "jarvis_ai"
    assert datetime.now(UTC) - row["started"] > timedelta(days=3)
    assert row["lag"] is None
    assert (row["deadlocks"], row["size"] > 60_000_000) == (0, True)


async def test_the_question_of_our_own_source_is_answered_over_one_unnamed_statement() -> None:
    world = World("healthy")
    async with listening(world) as port:
        settings = {"default_transaction_read_only": "on", "statement_timeout": "1600"}
        connection = await connected(world, port, ssl=False, statement_cache_size=0, server_settings=settings)
        rows = [dict(await connection.fetchrow(QUESTION)) for _ in range(2)]
        await connection.close()
    assert {name: type(value) for name, value in rows[1].items()} == {
        "version": str,
        "connections": int,
        "max_connections": int,
        "in_recovery": bool,
        "oldest_transaction": float,
        "waiting": int,
        "database": str,
        "started": datetime,
        "lag": type(None),
        "is_cut_off": type(None),
    }


async def test_traits_change_the_figures() -> None:
    world = World("healthy")
    world.traits = changed(world.traits, {"postgres_in_recovery": True, "postgres_max_connections": 40})
    async with listening(world) as port:
        connection = await connected(world, port)
        row = dict(await connection.fetchrow(MONITOR))
        await connection.close()
    assert row["in_recovery"] is True
    assert row["max_connections"] == 40
    assert row["lag"] > 0


async def test_every_connection_is_counted_and_the_limit_holds() -> None:
    world = World("healthy", monotonic=lambda: 0.0)
    async with listening(world) as port:
        first = await connected(world, port)
        alone = await first.fetchval(MONITOR, column=1)
        second = await connected(world, port)
        assert await first.fetchval(MONITOR, column=1) == alone + 1
        await second.close()
        world.traits = changed(world.traits, {"postgres_max_connections": alone})
        with pytest.raises(asyncpg.TooManyConnectionsError):
            await connected(world, port)
        await first.close()


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"user": "nobody"}])
async def test_a_wrong_login_is_refused(changes: dict[str, object]) -> None:
    world = World("healthy")
    async with listening(world) as port:
        with pytest.raises(asyncpg.InvalidPasswordError, match="password authentication failed"):
            await connected(world, port, **changes)


async def test_the_fault_denied_refuses_the_right_password() -> None:
    world = World("healthy")
    world.faults.set("postgres", Fault("denied"))
    async with listening(world) as port:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected(world, port)
        world.faults.set("postgres", None)
        connection = await connected(world, port)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


async def test_an_unknown_database_is_named() -> None:
    world = World("healthy")
    async with listening(world) as port:
        with pytest.raises(asyncpg.InvalidCatalogNameError, match="nowhere"):
            await connected(world, port, database="nowhere")


async def test_prepared_statements_pools_and_transactions() -> None:
    world = World("healthy")
    login = {"user": "jarvis", "password": world.secrets["POSTGRES_PASSWORD"], "database": "jarvis_ai"}
    async with (
        listening(world) as port,
        asyncpg.create_pool(host="127.0.0.1", port=port, min_size=1, max_size=1, **login) as pool,
    ):
        for _ in range(2):
            async with pool.acquire() as connection:
                statement = await connection.prepare(
                    "SELECT 1 AS ok, 'a, b' AS words, true AS yes, 2.5 AS half"
                )
                assert dict(await statement.fetchrow()) == {
                    "ok": 1,
                    "words": "a, b",
                    "yes": True,
                    "half": 2.5,
                }
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            assert "PostgreSQL 16.4 " in await connection.fetchval("SELECT version()")
            assert connection.is_in_transaction()
        async with pool.acquire() as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("SHOW max_connections") == "100"
            assert await connection.fetchval("SELECT set_config('work_mem', $1, false)", "8MB") is not None


async def test_a_setting_is_kept_for_its_session() -> None:
    world = World("healthy")
    async with listening(world) as port:
        connection = await connected(world, port, server_settings={"statement_timeout": "2000"})
        assert await connection.fetchval("SHOW statement_timeout") == "2000"
        await connection.execute("SET work_mem = '8MB'; SET search_path TO public")
        assert await connection.fetchval("SELECT current_setting('work_mem')") == "8MB"
        await connection.close()


async def test_what_is_not_understood_is_an_error_and_the_connection_lives_on() -> None:
    world = World("healthy")
    async with listening(world) as port:
        connection = await connected(world, port)
        with pytest.raises(asyncpg.UndefinedColumnError, match="phase_of_the_moon"):
            await connection.fetchval("SELECT phase_of_the_moon FROM sky")
        with pytest.raises(asyncpg.FeatureNotSupportedError):
            await connection.execute("DROP TABLE users")
        assert await connection.fetchval("SELECT 1") == 1
        async with connection.transaction():
            with pytest.raises(asyncpg.UndefinedColumnError):
                await connection.fetchval("SELECT phase_of_the_moon")
            with pytest.raises(asyncpg.InFailedSQLTransactionError):
                await connection.fetchval("SELECT 1")
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


async def test_a_long_statement_ends_by_its_timeout_or_by_a_cancel_request() -> None:
    world = World("healthy")
    async with listening(world) as port:
        connection = await connected(world, port, server_settings={"statement_timeout": "50"})
        for ask in (connection.fetchval, connection.execute):
            with pytest.raises(asyncpg.QueryCanceledError, match="statement timeout"):
                await ask("SELECT pg_sleep(30)")
        await connection.execute("SET statement_timeout = 0")
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT pg_sleep(30)", timeout=0.05)
        assert await connection.fetchval("SELECT pg_sleep(0.01), 1 AS one", column=1, timeout=5) == 1
        await connection.close()


async def test_a_stranger_is_asked_for_a_password() -> None:
    async with listening(World("healthy")) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\0\0\0\x08\x04\xd2\x16\x2f")  # SSLRequest
        assert await reader.readexactly(1) == b"N"
        parameters = b"user\0stranger\0database\0jarvis_ai\0\0"
        writer.write((len(parameters) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + parameters)
        assert await reader.readexactly(9) == b"R\0\0\0\x17\0\0\0\x0a"
        assert await reader.readexactly(15) == b"SCRAM-SHA-256\0\0"
        writer.close()


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0\0\0\0\0", b"\xff" * 64])
async def test_another_language_is_hung_up_on(garbage: bytes) -> None:
    async with listening(World("healthy")) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(garbage)
        assert await asyncio.wait_for(reader.read(), patient(5)) == b""
        writer.close()
