"""The three stores side by side: they find the same, and the backend says of them what is seen."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Twin, Wrong, patch
from sutaz_tui.checks.vectors.category import CATEGORY
from sutaz_tui.checks.vectors.round_trips import STORES, TITLES, close
from sutaz_tui.errors import SourceError
from sutaz_tui.model import CheckClass

SENDS = "a scratch collection of four vectors to each of the three stores, removed again"
ALIVE = {"chromadb": "/api/v2/heartbeat", "qdrant": "/", "faiss": "/health"}


@CATEGORY.check(
    "parity.order",
    "the three stores find the same vectors in the same order",
    *STORES,
    # One store alone, for three that are wrong alike would agree.
    twin=patch(
        "qdrant",
        "/collections/*/points/search",
        set={"result": [{"id": id, "score": 0.1} for id in (4, 3, 2, 1)]},
    ),
    check_class=CheckClass.WRITES,
    sends=SENDS,
)
async def same_order(ask: Ask) -> str:
    found = {}
    for service, make in STORES.items():
        store = make(ask, "parity-order")
        await store.open()
        await store.fill()
        found[service] = [hit.id for hit in await store.nearest(3)]
    words = "; ".join(f"{TITLES[service]} {order}" for service, order in found.items())
    ask.expect(all(order == [1, 2, 3] for order in found.values()), "1, 2, 3 from all three", words)
    return "all three find 1, 2, 3"


@CATEGORY.check(
    "parity.distance",
    "the three stores measure the same distances",
    *STORES,
    twin=patch("faiss", "/search", set={"results.0.distance": 0.3}),
    check_class=CheckClass.WRITES,
    sends=SENDS,
)
async def same_distance(ask: Ask) -> str:
    found = {}
    for service, make in STORES.items():
        store = make(ask, "parity-distance")
        await store.open()
        await store.fill()
        power = 2 if service == "qdrant" else 1
        found[service] = [hit.far**power for hit in await store.nearest(3)]
    words = "; ".join(
        f"{TITLES[service]} {', '.join(f'{far:.3f}' for far in row)}" for service, row in found.items()
    )
    first = found["chromadb"]
    ask.expect(
        len(first) == 3 and all(close(row, first) for row in found.values()),
        "the same squared distances",
        words,
    )
    return "all three measure the same"


@CATEGORY.check(
    "backend.flags",
    "the backend's status of each vector store is correct",
    "backend",
    twin=Twin(traits={"lying_flags": ["chromadb"]}, faults={"chromadb": "refuse"}),
    covers=("api-13", "api-14", "api-15", "inf-08", "inf-09", "inf-10"),
)
async def flags_are_true(ask: Ask) -> str:
    listed = (await ask.body("backend", "/api/v1/health/services")).get("services")
    ask.expect(isinstance(listed, list), "a list of services", listed)
    said = {each.get("name"): each.get("healthy") for each in listed or [] if isinstance(each, dict)}
    for service in STORES:
        ask.expect(
            isinstance(said.get(service), bool), f"a word on {TITLES[service]}", ", ".join(map(str, said))
        )
    seen = {service: await _answers(ask, service) for service in STORES}
    lies = [
        f"{TITLES[service]}: it says {_word(bool(said[service]))}, seen {_word(seen[service])}"
        for service in STORES
        if said[service] is not seen[service]
    ]
    ask.expect(not lies, "the backend's word and what is seen agree", "; ".join(lies))
    ask.expect(
        any(seen.values()), "at least one vector store that answers", "the backend is right: all are down"
    )
    return ", ".join(f"{TITLES[service]} {_word(up)}" for service, up in seen.items())


async def _answers(ask: Ask, service: str) -> bool:
    try:
        await ask.body(service, ALIVE[service])
    except (SourceError, Wrong):
        return False
    return True


def _word(up: bool) -> str:
    return "up" if up else "down"
