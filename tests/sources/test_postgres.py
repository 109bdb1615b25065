"""PostgreSQL's source: what it sets, what it leaves as evidence, and that it lets go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer, Refused
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.postgres import QUESTION, PostgresClient, Vitals
from sutaz_tui.sources.postgres_greeting import Stranger
from tests.loopback import configured, speaking
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import patient


@asynccontextmanager
async def client(address: str, password: str = "") -> AsyncIterator[PostgresClient]:
    entry = Postgres(
        id="p",
        title="PostgreSQL",
        address=address,
        user="jarvis",
        password=password,
        database="jarvis",
        interval=60.0,
    )
    clients = Clients(configured(entry, secrets={"POSTGRES_PASSWORD": password} if password else {}))
    made = PostgresClient(entry, clients)
    try:
        yield made
    finally:
        await made.aclose()
        await clients.aclose()


async def test_its_session_is_named_read_only_and_bounded(postgres: Server) -> None:
    async with client(f"127.0.0.1:{postgres.port}") as ours:
        assert isinstance(await ours.ask(5.0), Vitals)
        session = ours._kept
        assert session is not None
        settings = ("application_name", "default_transaction_read_only", "statement_timeout")
        found = [await session.fetchval(f"SHOW {name}") for name in settings]
        assert found == ["sutaz-tui", "on", "4s"]
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await session.execute("CREATE TABLE t (i int)")


async def test_the_shell_line_asks_the_same(locked_postgres: Server) -> None:
    assert locked_postgres.password
    async with client(f"127.0.0.1:{locked_postgres.port}", locked_postgres.password) as ours:
        with recording() as steps:
            answer = await ours.ask(5.0)
    assert isinstance(answer, Vitals)
    line = steps[0].reproduce
    assert line.startswith(
        f'PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -p {locked_postgres.port} -U jarvis'
    )
    assert line.endswith(f'-Atc "{QUESTION}"')
    environment = {"POSTGRES_PASSWORD": locked_postgres.password, "PATH": "/usr/bin:/bin"}
    pipe = asyncio.subprocess.PIPE
    ran = await asyncio.create_subprocess_exec("/bin/sh", "-c", line, stdout=pipe, env=environment)
    told, _ = await asyncio.wait_for(ran.communicate(), patient(20))
    assert told.decode().startswith(f"{answer.version}|")


async def test_a_stranger_is_asked_without_asyncpg_and_let_go(locked_postgres: Server) -> None:
    async with client(f"127.0.0.1:{locked_postgres.port}") as ours:
        answer = await ours.ask(5.0)
        assert answer == Stranger("wants a password", answer.latency)
        assert ours._kept is None


async def test_a_server_that_drops_every_login_is_refused() -> None:
    dropped = b"R\0\0\0\x0c\0\0\0\x05salt"
    async with speaking(dropped) as port, client(port.address, "secret") as ours:
        with pytest.raises(Refused, match="closed the connection during the login"):
            await ours.ask(5.0)


async def test_strange_rows_are_no_facts() -> None:
    async with speaking(b"Z\0\0\0\x05I") as port, client(port.address, "secret") as ours:
        with pytest.raises(BadAnswer, match="PostgreSQL"):
            await ours.ask(5.0)
