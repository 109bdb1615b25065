"""What ChromaDB and Qdrant keep beside vectors and FAISS does not: documents, tags, single deletions, likeness."""

from typing import cast

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, patch, trait
from sutaz_tui.checks.vectors.category import CATEGORY
from sutaz_tui.checks.vectors.chroma_store import COLLECTIONS, Chroma
from sutaz_tui.checks.vectors.qdrant_store import Qdrant, result
from sutaz_tui.checks.vectors.round_trips import SENDS, STORES, TITLES, add, close
from sutaz_tui.checks.vectors.stores import COSINES, DIMENSION, SOUGHT, Store, tag_of
from sutaz_tui.model import CheckClass


async def _is_returned(store: Store) -> str:
    ask = store.ask
    await store.fill()
    if isinstance(store, Chroma):
        found = await store.read(2)
        document, tag = found.get("documents"), (found.get("metadatas") or {}).get("tag")
        vector = found.get("embeddings")
    else:
        point = result(ask, await cast(Qdrant, store).read(2))
        ask.expect(isinstance(point, dict), "a point", point)
        kept, vector = point.get("payload") or {}, point.get("vector")
        document, tag = kept.get("document"), kept.get("tag")
    ask.expect(
        (document, tag) == ("document 2", tag_of(2)),
        "'document 2' with its tag 'even'",
        f"{document!r} with {tag!r}",
    )
    ask.expect(
        isinstance(vector, list) and close([float(part) for part in vector], [0.8, 0.6, 0.0, 0.0]),
        "the vector as it was stored",
        vector,
    )
    return "document, tag and vector as they were stored"


add(
    "returned",
    "metadata comes back with its vector",
    _is_returned,
    {
        "chromadb": patch("chromadb", f"{COLLECTIONS}/*/get", set={"documents.0": "document 3"}),
        "qdrant": patch(
            "qdrant", "/collections/*/points/2", method="GET", set={"result.payload.document": "document 3"}
        ),
    },
)


async def _is_filtered(store: Store) -> str:
    await store.fill()
    answer = await cast(Chroma | Qdrant, store).seek(SOUGHT, 4, tag="even")
    found = [hit.id for hit in store.hits(answer)]
    store.ask.expect(found == [2, 4], "only those with the tag 'even': 2, 4", found)
    return "a search among the tagged finds only these"


add(
    "filter",
    "a filtered search returns only matches",
    _is_filtered,
    {"chromadb": trait(filters_work=False), "qdrant": trait(filters_work=False)},
)


async def _is_forgotten(store: Store) -> str:
    ask = store.ask
    await store.fill()
    before = [hit.id for hit in await store.nearest(1)]
    ask.expect(before == [1], "vector 1 found before it is deleted", before)
    if isinstance(store, Chroma):
        ask.status(await store.forget(1), 200)
    else:
        await cast(Qdrant, store).forget(1)
    found = [hit.id for hit in await store.nearest()]
    ask.expect(found == [2, 3, 4], "2, 3, 4 after vector 1 was deleted", found)
    return "a deleted vector is found no more, the others are"


add(
    "forgotten",
    "a deleted vector is no longer found",
    _is_forgotten,
    {"chromadb": trait(points_are_deleted=False), "qdrant": trait(points_are_deleted=False)},
)


async def _is_replaced(store: Store) -> str:
    ask = store.ask
    await store.fill()
    change = {4: (0.96, 0.28, 0.0, 0.0)}
    if isinstance(store, Chroma):
        ask.status(await store.add(change, "upsert"), 200, 201)
    else:
        ask.status(await store.add(change), 200)
    found = [hit.id for hit in await store.nearest(1)]
    ask.expect(found == [4], "vector 4 found where it was moved to", found)
    count = await store.count()
    ask.expect(count == 4, "still 4 vectors", f"{count} vectors")
    return "stored again under its id, it is replaced"


add(
    "replaced",
    "storing an id again replaces its vector",
    _is_replaced,
    {"chromadb": trait(upserts_replace=False), "qdrant": trait(upserts_replace=False)},
)


def _alike(service: str) -> Run:
    async def run(ask: Ask) -> str:
        store = STORES[service](ask, "cosine")
        await store.open("cosine")
        await store.fill()
        found = [hit.far for hit in await store.nearest()]
        wanted = list(COSINES) if service == "qdrant" else [1 - cosine for cosine in COSINES]
        ask.expect(
            close(found, wanted),
            f"by cosine {', '.join(f'{far:.3f}' for far in wanted)}",
            ", ".join(f"{far:.3f}" for far in found),
        )
        return "likeness by cosine as calculated"

    return run


for _service, _twin in {
    "chromadb": patch("chromadb", f"{COLLECTIONS}/*/query", set={"distances.0": [0.08, 0.128, 1.44, 2.0]}),
    "qdrant": patch("qdrant", "/collections/*/points/search", set={"result.0.score": 0.08}),
}.items():
    CATEGORY.add(
        f"{_service}.cosine",
        f"{TITLES[_service]}: a cosine collection uses cosine distance",
        _alike(_service),
        _service,
        twin=_twin,
        check_class=CheckClass.WRITES,
        sends=SENDS,
    )


@CATEGORY.check(
    "qdrant.shape",
    "Qdrant: a collection keeps its dimension and distance",
    "qdrant",
    twin=patch(
        "qdrant", "/collections/sutaztui-*", method="GET", set={"result.config.params.vectors.size": 384}
    ),
    check_class=CheckClass.WRITES,
    sends="an empty scratch collection, removed again",
)
async def qdrant_shape(ask: Ask) -> str:
    store = Qdrant(ask, "shape")
    await store.open("cosine")
    found = await store.shape()
    ask.expect(
        found == {"size": DIMENSION, "distance": "Cosine"}, f"size {DIMENSION}, distance Cosine", found
    )
    return "made as it was asked for"
