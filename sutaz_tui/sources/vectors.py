"""The collections of vector databases, as ChromaDB (v2 API), Qdrant and the stack's FAISS service each tell them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from sutaz_tui.config import ServiceConfig, kind_of
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.unexpected import UnexpectedStatus, expect_ok, login_denied
from sutaz_tui.text.sanitise import one_line

MOST = 200
"""Collections of a database of which more than the name is asked: each costs ChromaDB and Qdrant a request."""
AT_ONCE = 4
CHROMA = "/api/v2/tenants/default_tenant/databases/default_database/collections"
DISTANCES = {
    "euclid": "l2",
    "l2": "l2",
    "cosine": "cosine",
    "dot": "dot",
    "ip": "dot",
    "manhattan": "manhattan",
}


class Held(Struct, frozen=True):
    """One collection: how many vectors of which dimension it holds, and by what distance; None where that is not told."""

    name: str
    count: int | None = None
    dimension: int | None = None
    distance: str | None = None


class VectorStore:
    """One of the three; raises SourceError."""

    def __init__(self, service: ServiceConfig, clients: Clients) -> None:
        self.title = service.title
        self._http = clients.http(service)
        self._ask = {"chromadb": self._chroma, "qdrant": self._qdrant, "faiss": self._faiss}[kind_of(service)]

    async def collections(self, timeout: float) -> tuple[list[Held], int]:
        """The first of them in the order of the database, and how many there are."""
        return await self._ask(timeout)

    async def _chroma(self, timeout: float) -> tuple[list[Held], int]:
        total = _whole(await self._body(f"{CHROMA}_count", timeout))
        listed = self._objects(await self._body(f"{CHROMA}?limit={MOST}", timeout), "collections")

        async def one(told: dict[str, Any]) -> Held:
            hnsw = _within(told, "configuration_json", "hnsw", "space") or _within(
                told, "metadata", "hnsw:space"
            )
            count = await self._body(f"{CHROMA}/{quote(str(told.get('id')), safe='')}/count", timeout)
            return _held(told.get("name"), count, told.get("dimension"), hnsw)

        return await _each(listed, one), max(total or 0, len(listed))

    async def _qdrant(self, timeout: float) -> tuple[list[Held], int]:
        result = _within(await self._body("/collections", timeout), "result", "collections")
        listed = self._objects(result, "collections")

        async def one(told: dict[str, Any]) -> Held:
            name = str(told.get("name"))
            found = _within(await self._body(f"/collections/{quote(name, safe='')}", timeout), "result")
            vectors = _within(found, "config", "params", "vectors")
            # Several named vectors have a size and a distance each: the first stands for them.
            if isinstance(vectors, dict) and "size" not in vectors:
                vectors = next(iter(vectors.values()), None)
            size, distance = _within(vectors, "size"), _within(vectors, "distance")
            return _held(name, _within(found, "points_count"), size, distance)

        return await _each(listed[:MOST], one), len(listed)

    async def _faiss(self, timeout: float) -> tuple[list[Held], int]:
        listed = self._objects(
            _within(await self._body("/collections", timeout), "collections"), "collections"
        )
        found = [
            _held(told.get("name"), told.get("vectors"), told.get("dimension"), told.get("metric"))
            for told in listed[:MOST]
        ]
        return found, len(listed)

    async def _body(self, path: str, timeout: float) -> Any:
        answer = await self._http.get(path, timeout=timeout)
        if answer.status in (401, 403):
            raise login_denied(self.title, answer, "its auth in the config")
        return expect_ok(self.title, answer).json()

    def _objects(self, found: Any, what: str) -> list[dict[str, Any]]:
        if not isinstance(found, list):
            raise BadAnswer(self.title, f"its answer holds no list of {what}")
        return [one for one in found if isinstance(one, dict)]


async def _each(listed: list[dict[str, Any]], ask: Callable[[dict[str, Any]], Awaitable[Held]]) -> list[Held]:
    """What is asked of each, a few at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(told: dict[str, Any]) -> Held | None:
        async with free:
            try:
                return await ask(told)
            except UnexpectedStatus as error:
                if error.answer.status == 404:
                    return None  # deleted since it was listed
                raise

    return [held for held in await asyncio.gather(*map(one, listed)) if held is not None]


def _held(name: Any, count: Any, dimension: Any, distance: Any) -> Held:
    word = one_line(distance, 20).lower() if isinstance(distance, str) else ""
    return Held(one_line(str(name), 120), _whole(count), _whole(dimension), DISTANCES.get(word, word) or None)


def _whole(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _within(found: Any, *path: str) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
