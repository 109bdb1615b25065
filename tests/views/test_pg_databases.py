"""The databases of a real PostgreSQL: sizes, what was counted, a wraparound that is near, a size that is hidden."""

import asyncio

from sutaz_tui.sources.postgres_databases import Database
from sutaz_tui.text.table import text_of
from sutaz_tui.views.pg_databases import LAST, OLD, PG_DATABASES, _row
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import patient
from tests.views.postgres_states import rows, sessions


async def test_databases_are_told_the_largest_first_with_what_was_counted(postgres: Server) -> None:
    async with sessions(postgres, "admin") as (admin,):
        # Larger than what a template is, and one spill to disk.
        await admin.execute("CREATE TABLE much AS SELECT repeat('x', 100) FROM generate_series(1, 100000)")
        await admin.execute(
            "SET work_mem = '64kB'; SELECT count(*) FROM (SELECT * FROM much m ORDER BY 1 OFFSET 9) s"
        )
        async with asyncio.timeout(patient(30)):
            while True:
                # Statistics come with a session's pause.
                await admin.execute("SELECT 1")
                found = await rows(PG_DATABASES, postgres)
                own = found.rows[0].values
                if own.get("temp"):
                    break
                await asyncio.sleep(0.2)
        size = await admin.fetchval("SELECT pg_database_size('jarvis')")
    assert own["name"] == "jarvis" and own["connections"] in (1, 2)
    assert {row.values["name"] for row in found.rows} == {
        "jarvis",
        "postgres",
        "template1",
    } and found.total == 3
    assert abs(int(str(own["size"])) - size) < size // 10
    assert isinstance(own["hits"], float) and 0 < own["hits"] <= 100 and own["deadlocks"] == 0
    assert isinstance(own["age"], int) and 0 < own["age"] < OLD and found.missing == "" and found.about == ""


async def test_a_size_that_a_role_may_not_see_is_told_with_the_grant_and_the_rest_is_there(
    postgres: Server,
) -> None:
    async with sessions(postgres, "admin") as (admin,):
        await admin.execute("CREATE ROLE mon LOGIN")
        await admin.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
        few = await rows(PG_DATABASES, postgres, user="mon")
        assert few.missing == "the size of 1 database is hidden: grant pg_monitor to mon"
        assert [row.values["name"] for row in few.rows if "size" not in row.values] == ["postgres"]
        await admin.execute("GRANT pg_monitor TO mon")
        assert (await rows(PG_DATABASES, postgres, user="mon")).missing == ""


def test_a_wraparound_that_is_near_is_trouble() -> None:
    assert [_row(Database("d", age=age)).glyph for age in (OLD - 1, OLD, LAST)] == ["", "!", "✗"]
    line = text_of(PG_DATABASES.columns, [_row(Database("d", 61_874_211, hits=0.98765, age=OLD))])[1]
    assert line.split() == ["!", "d", "61", "MB", "98.77", "%", "1,000,000,000"], "what is not told is empty"
