"""Statements of a real PostgreSQL that counts them, and of one that does not."""

from collections.abc import Iterator

import pytest

from sutaz_tui.sources.postgres_statements import NOT_HERE, OFF
from sutaz_tui.views.pg_statements import PG_STATEMENTS
from tests.servers.postgres import Postgres as Server
from tests.views.postgres_states import rows, sessions


@pytest.fixture(scope="module")
def counting() -> Iterator[Server]:
    with Server(shared_preload_libraries="pg_stat_statements") as server:
        yield server


async def test_where_it_is_off_what_turns_it_on_is_said(postgres: Server) -> None:
    found = await rows(PG_STATEMENTS, postgres)
    assert found.rows == () and found.missing == OFF


async def test_what_took_most_time_is_first_without_its_constants(counting: Server) -> None:
    assert (await rows(PG_STATEMENTS, counting)).missing == NOT_HERE
    async with sessions(counting, "admin") as (admin,):
        await admin.execute("CREATE EXTENSION pg_stat_statements")
        await admin.execute("SELECT pg_sleep(0.2), 'opensesame'")
        for number in range(3):
            await admin.execute(f"SELECT {number} + 1")
        await admin.execute("CREATE ROLE few LOGIN")
    found = await rows(PG_STATEMENTS, counting)
    first = found.rows[0].values
    assert "pg_sleep($1)" in str(first["query"]) and "opensesame" not in repr(found)
    assert first["calls"] == 1 and isinstance(first["mean"], float) and first["mean"] >= 0.2
    assert first["database"] == "jarvis" and first["role"] == "jarvis" and isinstance(first["share"], float)
    added = next(row.values for row in found.rows if row.values["query"] == "SELECT $1 + $2")
    assert added["calls"] == 3 and not found.missing
    few = await rows(PG_STATEMENTS, counting, user="few")
    assert "of other roles hidden: grant pg_monitor to few" in few.missing
