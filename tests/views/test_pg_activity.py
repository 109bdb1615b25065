"""What sessions do: running, waiting, idle in a transaction of a real PostgreSQL, and as little as a role may see."""

import asyncio

from sutaz_tui.sources.postgres_sessions import Session
from sutaz_tui.text.table import text_of
from sutaz_tui.views.pg_activity import PG_ACTIVITY, _row
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import patient
from tests.views.postgres_states import chain, rows, sessions


async def test_running_waiting_and_idle_in_transaction_are_told_the_longest_first(postgres: Server) -> None:
    async with chain(postgres), sessions(postgres, "runs", "rests") as (runs, rests):
        await rests.execute("SELECT 1")
        task = asyncio.create_task(runs.execute("SELECT pg_sleep(600)"))
        async with asyncio.timeout(patient(20)):
            while True:
                found = await rows(PG_ACTIVITY, postgres)
                if len(found.rows) == 4:
                    break
        task.cancel()
    told = {row.values["application"]: (row.values["state"], row.glyph) for row in found.rows}
    assert told == {
        "first": ("idle in tx", ""),
        "second": ("waits: row", "!"),
        "third": ("waits: row", "!"),
        "runs": ("running", ""),
    }
    spans = [float(str(row.values["transaction"])) for row in found.rows]
    assert spans == sorted(spans, reverse=True) and found.rows[0].values["application"] == "first"
    assert (
        "of 100 connections, 2 waiting, 1 idle in transaction" in found.about
        and found.order == "longest transaction first"
    )
    assert all(row.copied.startswith("select pg_terminate_backend(pid) ") for row in found.rows)
    assert "opensesame" not in repr(found) and "\x1b" not in "".join(text_of(PG_ACTIVITY.columns, found.rows))


async def test_a_role_that_sees_little_is_told_the_grant_and_not_that_nothing_runs(postgres: Server) -> None:
    async with sessions(postgres, "admin", "busy") as (admin, busy):
        await admin.execute("CREATE ROLE mon LOGIN")
        await busy.execute("BEGIN; SELECT 1")
        few = await rows(PG_ACTIVITY, postgres, user="mon")
        assert few.rows == () and few.missing == "2 sessions of other roles hidden: grant pg_monitor to mon"
        await admin.execute("GRANT pg_monitor TO mon")
        found = await rows(PG_ACTIVITY, postgres, user="mon")
    assert [row.values["application"] for row in found.rows] == ["busy"] and found.missing == ""


def test_idle_in_a_transaction_is_trouble_from_a_minute_on_however_long_that_has_worked() -> None:
    def glyph(idle: float) -> str:
        return _row(
            Session(1, state="idle in transaction (aborted)", transaction=900.0, unchanged=idle)
        ).glyph

    assert (glyph(59.0), glyph(61.0)) == ("", "!")
    values = _row(Session(1, state="active", transaction=900.0, unchanged=5.0)).values
    assert (values["for"], values["transaction"]) == (5.0, 900.0)
