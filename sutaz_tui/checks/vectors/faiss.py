"""The stack's FAISS service by what it says of itself."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.vectors.category import CATEGORY
from sutaz_tui.checks.vectors.stores import DIMENSION, Faiss, agreed, faiss_collections, number
from sutaz_tui.model import CheckClass

NOBODY = "sutaztui-nobody"
EMBEDDING = 768
"""The dimension that the stack's agents embed in."""
FULL = 0.9


@CATEGORY.check(
    "faiss.health",
    "FAISS reports healthy",
    "faiss",
    twin=patch("faiss", "/health", set={"status": "unhealthy"}),
    covers=("db-15",),
)
async def health(ask: Ask) -> str:
    found = await ask.body("faiss", "/health")
    ask.expect(found.get("status") == "healthy", "status healthy", found.get("status"))
    ask.expect(isinstance(found.get("indices_loaded"), list), "its indices", sorted(found))
    return f"healthy, dimension {number(found.get('dimension'), 'dimension')}"


@CATEGORY.check(
    "faiss.embedding",
    f"FAISS uses the stack's dimension, {EMBEDDING}",
    "faiss",
    twin=patch("faiss", "/health", set={"dimension": 384}),
)
async def embedding(ask: Ask) -> str:
    found = await ask.body("faiss", "/health")
    ask.expect(found.get("dimension") == EMBEDDING, f"dimension {EMBEDDING}", found.get("dimension"))
    return f"dimension {EMBEDDING}"


@CATEGORY.check(
    "faiss.room",
    "FAISS has room for more vectors",
    "faiss",
    twin=patch("faiss", "/health", set={"max_vectors": 0}),
)
async def room(ask: Ask) -> str:
    most = number((await ask.body("faiss", "/health")).get("max_vectors"), "max_vectors")
    held = sum(number(each.get("vectors"), "vectors") for each in (await faiss_collections(ask)).values())
    ask.expect(held < FULL * most, f"fewer than {FULL:.0%} of {most} vectors", f"{held} vectors")
    return f"{held} of {most} vectors"


@CATEGORY.check(
    "faiss.loaded",
    "FAISS has loaded its listed indices",
    "faiss",
    twin=patch("faiss", "/health", set={"indices_loaded": ["a-ghost"]}),
)
async def loaded(ask: Ask) -> str:
    async def look() -> tuple[list[str], list[str]]:
        listed = sorted(await faiss_collections(ask))
        said = (await ask.body("faiss", "/health")).get("indices_loaded")
        ask.expect(isinstance(said, list), "a list indices_loaded", said)
        return listed, sorted(map(str, said or []))

    listed, said = await agreed(look)
    ask.expect(said == listed, f"loaded what is listed: {', '.join(listed) or 'nothing'}", ", ".join(said))
    return f"{len(listed)} indices, listed and loaded"


@CATEGORY.check(
    "faiss.unknown",
    "FAISS answers 404 to a search in a collection that does not exist",
    "faiss",
    twin=trait(faiss_unknown_is_500=True),
)
async def unknown(ask: Ask) -> str:
    await faiss_collections(ask)
    wanted = {"collection": NOBODY, "vector": [0.0] * DIMENSION, "k": 1}
    answer = await ask.post("faiss", "/search", json=wanted)
    ask.status(answer, 404)
    ask.expect(NOBODY in answer.text(), "words that name the collection", answer.text() or "nothing")
    return "its list answers, a search in a made-up collection is 404"


@CATEGORY.check(
    "faiss.unfit",
    "FAISS refuses a search without a vector, by name of the missing field",
    "faiss",
    twin=patch("faiss", "/search", status=200),
    check_class=CheckClass.WRITES,
    sends="a scratch collection of four vectors, removed again",
)
async def unfit(ask: Ask) -> str:
    store = Faiss(ask, "unfit")
    await store.open()
    await store.fill()
    ask.expect(bool(await store.nearest(1)), "a hit for a whole search", "none")
    answer = await ask.post("faiss", "/search", json={"collection": store.name, "k": 1})
    ask.status(answer, 422)
    ask.expect("vector" in answer.text(), "words that name the missing vector", answer.text() or "nothing")
    return "a whole search answered, one without a vector refused with 422"


@CATEGORY.check(
    "faiss.unknown-delete",
    "FAISS answers 404 to the deletion of a collection that does not exist",
    "faiss",
    twin=patch("faiss", "/collections/sutaztui-*", method="DELETE", status=200),
    check_class=CheckClass.WRITES,
    sends="an empty scratch collection, deleted twice",
)
async def unknown_delete(ask: Ask) -> str:
    store = Faiss(ask, "unknown-delete")
    await store.open()
    ask.status(await store.drop(), 200)
    ask.status(await store.drop(), 404)
    return "deleted once; the second time it is 404"
