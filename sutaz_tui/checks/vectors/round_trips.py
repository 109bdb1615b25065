"""Round trips that every store must manage, each in a scratch collection of its own that is removed afterwards."""

from collections.abc import Awaitable, Callable, Mapping

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, Twin, patch, trait
from sutaz_tui.checks.vectors.category import CATEGORY
from sutaz_tui.checks.vectors.chroma_store import COLLECTIONS, Chroma
from sutaz_tui.checks.vectors.qdrant_store import Qdrant
from sutaz_tui.checks.vectors.stores import DIMENSION, SOUGHT, SQUARES, TOO_LONG, Faiss, Store
from sutaz_tui.model import CheckClass

STORES: Mapping[str, Callable[[Ask, str], Store]] = {"chromadb": Chroma, "qdrant": Qdrant, "faiss": Faiss}
TITLES = {"chromadb": "ChromaDB", "qdrant": "Qdrant", "faiss": "FAISS"}
SENDS = "a scratch collection of four vectors, removed again"
REFUSED = (400, 409, 422)

Body = Callable[[Store], Awaitable[str]]


def add(name: str, title: str, body: Body, twins: Mapping[str, Twin], **covers: tuple[str, ...]) -> None:
    """One check for each store of `twins`; `covers` by store."""
    for service, twin in twins.items():
        CATEGORY.add(
            f"{service}.{name}",
            f"{TITLES[service]}: {title}",
            _opened(service, name, body),
            service,
            twin=twin,
            check_class=CheckClass.WRITES,
            sends=SENDS,
            covers=covers.get(service, ()),
        )


def _opened(service: str, name: str, body: Body) -> Run:
    async def run(ask: Ask) -> str:
        store = STORES[service](ask, name)
        await store.open()
        return await body(store)

    return run


def everywhere(**traits: object) -> dict[str, Twin]:
    """The same switch for each store: it is told apart by which store is asked."""
    return {service: trait(**traits) for service in STORES}


async def _is_made(store: Store) -> str:
    ask = store.ask
    ask.expect(await store.is_listed(), f"{store.name} among its collections", "it is not listed")
    count = await store.count()
    ask.expect(count == 0, "a new collection without vectors", f"{count} vectors")
    return "made, listed and empty"


add(
    "made",
    "a new collection is listed and empty",
    _is_made,
    {
        "chromadb": patch("chromadb", COLLECTIONS, method="GET", body=[]),
        "qdrant": patch("qdrant", "/collections", set={"result.collections": []}),
        "faiss": patch("faiss", "/collections", method="GET", set={"collections": []}),
    },
    chromadb=("db-11",),
    qdrant=("db-14",),
)


async def _are_kept(store: Store) -> str:
    await store.fill()
    count = await store.count()
    store.ask.expect(count == 4, "4 vectors after 4 were added", f"{count} vectors")
    return "4 of 4 vectors kept"


add("kept", "added vectors are stored", _are_kept, everywhere(vectors_are_kept=False))


async def _is_nearest(store: Store) -> str:
    await store.fill()
    found = [hit.id for hit in await store.nearest()]
    store.ask.expect(found == [1, 2, 3, 4], "the four known vectors, nearest first: 1, 2, 3, 4", found)
    return "known vectors found in their order"


add(
    "nearest",
    "a search returns the nearest vectors in order",
    _is_nearest,
    everywhere(search_finds_nearest=False),
    chromadb=("vec-01", "perf-14"),
    qdrant=("perf-15",),
    faiss=("db-16",),
)


async def _are_true(store: Store) -> str:
    await store.fill()
    found = [hit.far for hit in await store.nearest()]
    wanted = [square**0.5 for square in SQUARES] if store.service == "qdrant" else list(SQUARES)
    store.ask.expect(
        close(found, wanted),
        f"distances {', '.join(f'{far:.3f}' for far in wanted)}",
        ", ".join(f"{far:.3f}" for far in found),
    )
    return "distances as calculated"


def close(found: list[float], wanted: list[float]) -> bool:
    """Whether figures agree but for single precision."""
    return len(found) == len(wanted) and all(
        abs(one - other) < 0.001 for one, other in zip(found, wanted, strict=True)
    )


add(
    "distance",
    "a search returns correct distances",
    _are_true,
    {
        "chromadb": patch("chromadb", f"{COLLECTIONS}/*/query", set={"distances.0.1": 0.5}),
        "qdrant": patch("qdrant", "/collections/*/points/search", set={"result.1.score": 0.5}),
        "faiss": patch("faiss", "/search", set={"results.1.distance": 0.5}),
    },
)


async def _stays_in_bounds(store: Store) -> str:
    await store.fill()
    found = [hit.id for hit in await store.nearest(2)]
    store.ask.expect(found == [1, 2], "the two nearest of four where two are asked for", found)
    return "two asked for, the two nearest found"


add(
    "limit",
    "a search respects its limit",
    _stays_in_bounds,
    {
        "chromadb": patch(
            "chromadb",
            f"{COLLECTIONS}/*/query",
            set={"ids.0": ["1", "2", "3"], "distances.0": [0.08, 0.128, 1.44]},
        ),
        "qdrant": patch(
            "qdrant",
            "/collections/*/points/search",
            set={"result": [{"id": id, "score": 0.1 * id} for id in (1, 2, 3)]},
        ),
        "faiss": patch(
            "faiss",
            "/search",
            set={"results": [{"index": place, "distance": 0.1 * place} for place in (0, 1, 2)]},
        ),
    },
)


async def _is_enforced(store: Store) -> str:
    ask = store.ask
    await store.fill()
    answer = await store.add({5: TOO_LONG})
    ask.expect(
        answer.status in REFUSED,
        f"{DIMENSION} numbers taken, {len(TOO_LONG)} refused with 400 or 422",
        f"{answer.status}: {answer.text()}",
    )
    count = await store.count()
    ask.expect(count == 4, "nothing stored of what was refused: 4 vectors", f"{count} vectors")
    return f"a vector of {DIMENSION} taken, one of {len(TOO_LONG)} refused with {answer.status}"


add(
    "dimension",
    "a vector of the wrong dimension is refused, the right one accepted",
    _is_enforced,
    everywhere(dimensions_are_enforced=False),
)


async def _survives(store: Store) -> str:
    ask = store.ask
    await store.fill()
    answer = await store.create("l2")
    # FAISS answers 200 and says that it exists; what counts is that nothing is lost.
    if store.service != "faiss":
        ask.expect(answer.status in REFUSED, "409: it exists already", f"{answer.status}: {answer.text()}")
    else:
        ask.status(answer, 200, *REFUSED)
    ask.expect("exist" in answer.text(), "words that it exists already", answer.text() or "nothing")
    count = await store.count()
    ask.expect(count == 4, "the 4 vectors still there", f"{count} vectors")
    return "made once; the second time nothing was lost"


add(
    "made-twice",
    "creating a collection twice loses nothing",
    _survives,
    everywhere(recreating_wipes=True),
)


async def _is_gone(store: Store) -> str:
    ask = store.ask
    await store.fill()
    ask.expect(await store.is_listed(), f"{store.name} among its collections", "it is not listed")
    ask.status(await store.drop(), 200)
    ask.expect(
        not await store.is_listed(),
        f"no {store.name} after its deletion was answered with 200",
        "it is listed",
    )
    answer = await store.seek(SOUGHT, 1)
    ask.expect(answer.status >= 400, "no search in what was deleted", f"{answer.status}: {answer.text()}")
    return "deleted, no longer listed, and not to be searched"


add("dropped", "a deleted collection is gone", _is_gone, everywhere(deletes_are_done=False))


async def _is_refused(store: Store) -> str:
    ask = store.ask
    await store.fill()
    ask.expect(bool(store.hits(await store.seek(SOUGHT, 1))), "a hit for a vector that fits", "none")
    answer = await store.seek(TOO_LONG, 1)
    ask.expect(
        answer.status in REFUSED,
        "a search that fits answered, one of another dimension refused with 400 or 422",
        f"{answer.status}: {answer.text()}",
    )
    return f"a search of another dimension is refused with {answer.status}"


add(
    "search-dimension",
    "a search of the wrong dimension is refused, the right one answered",
    _is_refused,
    {
        "chromadb": patch("chromadb", f"{COLLECTIONS}/*/query", status=200),
        "qdrant": patch("qdrant", "/collections/*/points/search", status=200),
    },
)
