"""Replication of a real PostgreSQL: a slot that holds WAL for nobody, somebody who streams, a role that sees little."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.sources.postgres_replication import Copy
from sutaz_tui.views.pg_replication import NOBODY, PG_REPLICATION, _row
from tests.loopback import until
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import patient
from tests.views.postgres_states import rows, sessions


def receivewal() -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_receivewal"), reverse=True)
    return str(places[0]) if places else shutil.which("pg_receivewal")


@asynccontextmanager
async def streaming(postgres: Server, folder: Path, slot: str) -> AsyncIterator[None]:
    program = receivewal()
    assert program is not None
    # With --no-password it asks nobody: the test's server trusts loopback.
    child = await asyncio.create_subprocess_exec(
        program, "-h", postgres.host, "-p", str(postgres.port), "-U", "jarvis", "-D", str(folder), "-S", slot,
        "--no-password", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        child.terminate()
        await child.wait()


async def test_a_slot_that_nobody_reads_holds_wal(postgres: Server) -> None:
    assert (await rows(PG_REPLICATION, postgres)).about == NOBODY
    async with sessions(postgres, "admin") as (admin,):
        await admin.execute("SELECT pg_create_physical_replication_slot('left', true)")
        try:
            await admin.execute("CREATE TABLE IF NOT EXISTS filler AS SELECT generate_series(1, 20000) AS n")
            found = await rows(PG_REPLICATION, postgres)
        finally:
            await admin.execute("DROP TABLE IF EXISTS filler")
            await admin.execute("SELECT pg_drop_replication_slot('left')")
    (row,) = found.rows
    assert row.look == "degraded" and "nobody streams" in str(row.values["state"])
    assert row.values["slot"] == "left" and isinstance(row.values["behind"], int) and row.values["behind"] > 0
    assert found.about == "0 standbys"


@pytest.mark.skipif(receivewal() is None, reason="no pg_receivewal here")
async def test_who_streams_is_told_and_hidden_from_a_role_of_few_rights(
    postgres: Server, tmp_path: Path
) -> None:
    async with sessions(postgres, "admin") as (admin,):

        async def released() -> bool:
            held = await admin.fetchval("SELECT active FROM pg_replication_slots WHERE slot_name = 'copy'")
            return not held

        await admin.execute("SELECT pg_create_physical_replication_slot('copy')")
        await admin.execute("CREATE ROLE few LOGIN")
        try:
            async with streaming(postgres, tmp_path, "copy"):
                async with asyncio.timeout(patient(30)):
                    while True:
                        found = await rows(PG_REPLICATION, postgres)
                        if any(row.values.get("state") == "streaming" for row in found.rows):
                            break
                        await asyncio.sleep(0.2)
                few = await rows(PG_REPLICATION, postgres, user="few")
        finally:
            await until(released, within=30.0)
            await admin.execute("SELECT pg_drop_replication_slot('copy')")
            await admin.execute("DROP ROLE few")
    row = next(row for row in found.rows if row.values.get("state") == "streaming")
    assert row.values["name"] == "pg_receivewal" and row.values["slot"] == "copy" and row.look == ""
    assert found.about == "1 standby" and not found.missing
    assert few.missing == "1 standby hidden: grant pg_monitor to few"


def test_wal_that_is_lost_is_down() -> None:
    assert [_row(Copy(True, state=state, wal=wal)).glyph for state, wal in (
        ("streaming", "reserved"), ("catchup", "reserved"), ("streaming", "unreserved"), ("streaming", "lost")
    )] == ["", "!", "!", "✗"]  # fmt: skip
