"""Who holds whom up: a chain of three in a real PostgreSQL, a role that sees little, shapes that no server here makes."""

import asyncio

import asyncpg

from sutaz_tui.sources.postgres_sessions import Session
from sutaz_tui.text.table import text_of
from sutaz_tui.views.pg_blocking import PG_BLOCKING, _rows
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import patient
from tests.views.postgres_states import chain, rows, sessions, waiting


def lines(*listed: Session) -> list[str]:
    columns = [column for column in PG_BLOCKING.columns if column.id in ("pid", "state")]
    return text_of(columns, list(_rows(listed)))[1:]


async def test_a_chain_of_three_is_a_tree_whose_root_is_the_one_to_end(postgres: Server) -> None:
    async with chain(postgres) as (first, second, third):
        pids = [connection.get_server_pid() for connection in (first, second, third)]
        found = await rows(PG_BLOCKING, postgres)
        assert [(row.values["pid"], row.depth) for row in found.rows] == list(
            zip(pids, (0, 1, 2), strict=True)
        )
        assert [row.values["state"] for row in found.rows] == ["idle in tx", "waits: row", "waits: row"]
        assert [row.values["application"] for row in found.rows] == ["first", "second", "third"]
        assert found.rows[0].values["holds"] == 2 and found.rows[0].glyph == "!"
        assert found.about.startswith("2 waiting, ") and found.about.endswith(" of 100 connections")
        assert found.missing == ""
        table = text_of(PG_BLOCKING.columns, found.rows)
        assert f"!   └ {pids[2]}" in table[3] and "\x1b" not in table[3] and "\n" not in table[3]
        assert all(isinstance(row.values["for"], float) for row in found.rows)


async def test_a_query_s_secret_is_masked(postgres: Server) -> None:
    async with chain(postgres):
        found = await rows(PG_BLOCKING, postgres)
    query = str(found.rows[2].values["query"])
    assert query.startswith("UPDATE shop SET n = 3 WHERE id = 2 /* *** ")
    assert "opensesame" not in repr(found)


async def test_the_copied_statement_ends_that_session_and_frees_the_next(postgres: Server) -> None:
    async with chain(postgres) as (first, _, _), sessions(postgres, "hand") as (hand,):
        root = (await rows(PG_BLOCKING, postgres)).rows[0]
        assert not first.is_closed(), "asking ends nobody"
        later = root.copied.replace("backend_start = '2", "backend_start = '1")
        assert await hand.fetch(later) == [], "another session of the same pid is left alone"
        assert [tuple(row) for row in await hand.fetch(root.copied)] == [(True,)]
        try:
            await first.execute("SELECT 1", timeout=patient(5))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            return
        raise AssertionError("it goes on")


async def test_a_role_that_sees_little_sees_who_waits_for_whom_and_is_told_the_grant(
    postgres: Server,
) -> None:
    async with sessions(postgres, "admin") as (admin,):
        await admin.execute("CREATE ROLE mon LOGIN")
        async with chain(postgres) as made:
            few = await rows(PG_BLOCKING, postgres, user="mon")
            assert [row.values["pid"] for row in few.rows] == [each.get_server_pid() for each in made]
            assert few.missing == "5 sessions of other roles hidden: grant pg_monitor to mon"
            assert "query" not in few.rows[0].values and few.rows[0].copied == ""
            await admin.execute("GRANT pg_monitor TO mon")
            all_of_it = await rows(PG_BLOCKING, postgres, user="mon")
    assert all_of_it.missing == "" and all_of_it.rows[0].values["state"] == "idle in tx"


async def test_where_nobody_waits_it_says_so(postgres: Server) -> None:
    found = await rows(PG_BLOCKING, postgres)
    assert (found.rows, found.total) == ((), 0) and found.about.startswith("nobody waits for a lock, ")


async def test_a_prepared_transaction_that_holds_is_named() -> None:
    with Server(max_prepared_transactions="2") as server:
        async with sessions(server, "admin", "gone") as (admin, gone):
            await admin.execute("CREATE TABLE shop (id int)")
            await gone.execute("BEGIN; LOCK TABLE shop; PREPARE TRANSACTION 'left'")
            async with sessions(server, "waits") as (waits,):
                pid = waits.get_server_pid()
                task = asyncio.create_task(waits.execute("SELECT * FROM shop"))
                await waiting(admin, 1)
                found = await rows(PG_BLOCKING, server)
                task.cancel()
    assert [row.values["pid"] for row in found.rows] == [0, pid]
    assert "pg_prepared_xacts" in str(found.rows[0].values["state"])
    assert found.rows[1].values["state"] == "waits: table"


def test_a_ring_and_a_holder_that_is_not_told_end_and_show_everybody_once() -> None:
    ring = [Session(1, lock="relation", holders=(2,)), Session(2, lock="relation", holders=(1,))]
    assert lines(*ring) == ["! 1    waits: table", "! └ 2  waits: table"]
    unknown = lines(Session(5, lock="tuple", holders=(9,)))
    assert unknown == ["! 9    not told", "! └ 5  waits: tuple"]
    assert lines(Session(7, lock="tuple")) == ["! 7    waits: tuple"], "its holder has just let go"


def test_who_waits_for_several_stands_once_and_nearest_to_the_root() -> None:
    first = Session(1, state="idle in transaction")
    waiting = (Session(2, lock="tuple", holders=(1,)), Session(3, lock="tuple", holders=(2, 1), waited=61.0))
    assert [(row.values["pid"], row.depth, row.glyph) for row in _rows((first, *waiting))] == [
        (1, 0, "!"),
        (2, 1, "!"),
        (3, 1, "✗"),
    ]


def test_chains_that_hold_up_most_come_first() -> None:
    pair = (Session(1), Session(2, lock="tuple", holders=(1,)))
    three = (Session(3), Session(4, lock="tuple", holders=(3,)), Session(5, lock="tuple", holders=(4,)))
    assert [row.values["pid"] for row in _rows((*pair, *three))] == [3, 4, 5, 1, 2]
