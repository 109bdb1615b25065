"""Collections of vector databases side by side: a real ChromaDB, and the simulated stack."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sutaz_tui.config.kinds import Chromadb
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.collections import COLLECTIONS
from tests.loopback import configured
from tests.running import Simulated, simulated
from tests.servers.chromadb import ChromaDB
from tests.servers.waiting import patient
from tests.test_show import show

BASE = "/api/v2/tenants/default_tenant/databases/default_database/collections"


async def test_a_real_chromadb_tells_its_collections(chromadb: ChromaDB) -> None:
    id = chromadb.new_collection("invoices")
    chromadb.new_collection("empty")
    added = {"ids": ["a", "b"], "embeddings": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]}
    assert chromadb.call(f"{BASE}/{id}/add", "POST", added).status == 201
    entry = Chromadb(id="chroma", title="ChromaDB", address=chromadb.url, interval=60.0)
    clients = Clients(configured(entry))
    try:
        found = await COLLECTIONS.asker(entry, clients)(patient(5.0))
    finally:
        await clients.aclose()
    rows = {row.values["collection"]: row for row in found.rows}
    assert found.total == len(found.rows) >= 2 and not found.missing, "others may have left theirs in it"
    told = {"collection": "invoices", "store": "ChromaDB", "count": 2, "dimension": 3, "distance": "l2"}
    assert rows["invoices"].values == told
    assert rows["empty"].values["count"] == 0 and "dimension" not in rows["empty"].values


@pytest.fixture
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


def address(stack: Simulated, id: str) -> str:
    return next(service.address for service in stack.config.services if service.id == id)


def put(stack: Simulated, method: str, url: str, body: Any) -> Any:
    answer = stack.client.request(method, url, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_where_the_same_collection_differs_is_said_first(stack: Simulated) -> None:
    vectors = {"size": 3, "distance": "Cosine"}
    qdrant = address(stack, "qdrant")
    for name in ("docs", "only-here"):
        put(stack, "PUT", f"{qdrant}/collections/{name}", {"vectors": vectors})
    points = [{"id": number, "vector": [1.0, 0.0, float(number)]} for number in range(3)]
    put(stack, "PUT", f"{qdrant}/collections/docs/points", {"points": points})
    chroma = address(stack, "chromadb") + BASE
    configuration = {"hnsw": {"space": "cosine"}}
    id = put(stack, "POST", chroma, {"name": "docs", "configuration": configuration})["id"]
    put(stack, "POST", f"{chroma}/{id}/add", {"ids": ["a"], "embeddings": [[1.0, 0.0, 0.0]]})
    code, told, _ = show(stack, "collections", "--format", "json")
    found = json.loads(told)
    rows = found["rows"]
    assert code == 0 and [row["collection"] for row in rows] == ["docs", "docs", "only-here"]
    assert {row["store"]: row.get("differs") for row in rows[:2]} == {
        "ChromaDB": "vectors 3 in Qdrant",
        "Qdrant": "vectors 1 in ChromaDB",
    }
    assert {row["distance"] for row in rows} == {"cosine"} and "differs" not in rows[2]
    assert "1 collection differs" in show(stack, "collections")[1]


def test_a_store_that_is_down_is_named_and_the_others_are_told(stack: Simulated) -> None:
    stack.fault("qdrant", "refuse")
    code, told, _ = show(stack, "collections")
    assert code == 0 and "Qdrant" in told
    for id in ("chromadb", "faiss"):
        stack.fault(id, "refuse")
    assert show(stack, "collections")[0] == 1
