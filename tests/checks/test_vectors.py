"""The vector stores' checks: proven on the simulated stack, and true of a real ChromaDB."""

import asyncio

import pytest

from sutaz_tui.checks.base import Check
from sutaz_tui.checks.vectors import CATEGORY, NOT_COVERED
from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Chromadb, Qdrant
from sutaz_tui.demo.prove import Control, prove
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass
from tests.checks.interrupted import cancelled, outcomes
from tests.checks.on_stack import not_passed, results
from tests.loopback import configured
from tests.servers.chromadb import ChromaDB

CHROMADB = [check for check in CATEGORY.checks if check.needs == ("chromadb",)]
LIST = "/api/v2/tenants/default_tenant/databases/default_database/collections"


def of(server: ChromaDB) -> Config:
    return configured(Chromadb(id="chromadb", title="ChromaDB", address=server.url))


def named(name: str) -> Check:
    return next(check for check in CATEGORY.checks if check.id == f"vectors.{name}")


def left_in(server: ChromaDB) -> list[str]:
    names = [each["name"] for each in server.call(LIST).json()]
    return [name for name in names if name.startswith("sutaztui-")]


async def test_each_is_proven() -> None:
    assert [str(one) for one in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert "vec-01" in covered
    assert len(CATEGORY.checks) >= 42


def test_what_writes_says_what_it_sends() -> None:
    assert all(check.sends for check in CATEGORY.checks if check.check_class is not CheckClass.READS)


async def test_the_report_is_green_here() -> None:
    assert not_passed(await results("report", "vectors")) == {}


async def test_on_the_real_stack_an_unknown_collection_breaks_faiss() -> None:
    found = not_passed(await results("real", "vectors"))
    assert set(found) == {"vectors.faiss.unknown"}
    assert "expected 404; found 500" in found["vectors.faiss.unknown"]


async def test_a_real_chromadb_passes_and_nothing_is_left_in_it(chromadb: ChromaDB) -> None:
    found = await outcomes(of(chromadb), CHROMADB)
    assert {name: words for name, words in found.items() if not words.startswith("pass")} == {}
    assert len(found) >= 20
    assert left_in(chromadb) == []


async def test_a_stopped_chromadb_is_named_as_refusing(chromadb: ChromaDB) -> None:
    await asyncio.to_thread(chromadb.stop)
    found = await outcomes(of(chromadb), CHROMADB)
    assert all(words.startswith("error: ChromaDB: ") and "refuse" in words for words in found.values()), found


async def test_a_paused_chromadb_is_named_as_silent(chromadb: ChromaDB) -> None:
    await asyncio.to_thread(chromadb.pause)
    reads = [check for check in CHROMADB if check.check_class is CheckClass.READS]
    found = await outcomes(of(chromadb), reads, longest=0.5)
    assert all(words.startswith("error: ") and "within 0.5 s" in words for words in found.values()), found


async def test_a_cancelled_check_leaves_nothing_in_chromadb(chromadb: ChromaDB) -> None:
    await cancelled(of(chromadb), named("chromadb.nearest"))
    assert left_in(chromadb) == []


async def test_what_a_crashed_run_left_is_removed_by_the_next(chromadb: ChromaDB) -> None:
    chromadb.new_collection("sutaztui-vectors-kept")
    found = await outcomes(of(chromadb), [named("chromadb.kept")])
    assert found == {"chromadb.kept": "pass: 4 of 4 vectors kept"}
    assert left_in(chromadb) == []


@pytest.mark.parametrize("name", ["qdrant.kept", "faiss.kept", "parity.order"])
async def test_a_cancelled_check_leaves_nothing_in_the_others(name: str) -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        await cancelled(stack.config(), named(name))
        # FAISS and Qdrant list no collection at all, so their own checks find none of ours either.
        found = await outcomes(stack.config(), [named("qdrant.collections"), named("faiss.loaded")])
    assert found == {
        "qdrant.collections": "pass: 0 collections",
        "faiss.loaded": "pass: 0 indices, listed and loaded",
    }


async def test_a_collection_that_cannot_be_removed_is_listed() -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        await Control(stack.control).put("/control/traits/deletes_are_done", value=False)
        found = await outcomes(stack.config(), [named("qdrant.kept")])
    assert "left Qdrant's collection sutaztui-vectors-kept" in found["qdrant.kept"]


async def test_without_an_address_of_its_grpc_port_that_check_is_not_run() -> None:
    config = configured(Qdrant(id="qdrant", title="Qdrant", address="http://127.0.0.1:9"))
    found = await outcomes(config, [named("qdrant.grpc")])
    assert found["qdrant.grpc"].startswith("skip: ") and "services.qdrant.grpc" in found["qdrant.grpc"]
