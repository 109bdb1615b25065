"""A real PostgreSQL in states made on purpose, and a view that asks it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Rows, View
from tests.loopback import configured
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import patient


@asynccontextmanager
async def sessions(
    server: Server, *names: str, user: str = "jarvis"
) -> AsyncIterator[list[asyncpg.Connection]]:
    """A session for each name, which is its application_name; ended hard, whatever they wait for."""
    made = [
        await asyncpg.connect(
            host=server.host,
            port=server.port,
            user=user,
            database="jarvis",
            server_settings={"application_name": name},
        )
        for name in names
    ]
    try:
        yield made
    finally:
        for connection in made:
            connection.terminate()


async def rows(view: View, server: Server, user: str = "jarvis") -> Rows:
    """What the view shows to a user."""
    entry = Postgres(
        id="p",
        title="PostgreSQL",
        address=f"{server.host}:{server.port}",
        user=user,
        password="let me in",
        database="jarvis",
        interval=60.0,
    )
    clients = Clients(configured(entry, secrets={"KEY": "opensesame"}))
    try:
        return await view.asker(entry, clients)(patient(5.0))
    finally:
        await clients.aclose()


async def waiting(connection: asyncpg.Connection, number: int) -> None:
    """Return when so many sessions wait for a lock."""
    async with asyncio.timeout(patient(20)):
        while True:
            if await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") >= number:
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def chain(server: Server) -> AsyncIterator[list[asyncpg.Connection]]:
    """`first` holds a row up, `second` waits for it and holds another, which `third` waits for."""
    async with sessions(server, "admin", "first", "second", "third") as (admin, first, second, third):
        await admin.execute(
            "CREATE TABLE shop (id int PRIMARY KEY, n int); INSERT INTO shop VALUES (1, 0), (2, 0)"
        )
        await first.execute("BEGIN; UPDATE shop SET n = 1 WHERE id = 1")
        await second.execute("BEGIN; UPDATE shop SET n = 2 WHERE id = 2")
        async with asyncio.TaskGroup() as group:
            waits = (second, "UPDATE shop SET n = 2 WHERE id = 1"), (third, SECRET)
            tasks = []
            for number, (connection, statement) in enumerate(waits, 1):
                tasks.append(group.create_task(connection.execute(statement)))
                await waiting(admin, number)
            try:
                yield [first, second, third]
            finally:
                for task in tasks:
                    task.cancel()


SECRET = "UPDATE shop SET n = 3 WHERE id = 2 /* opensesame\n\x1b[31m */"
