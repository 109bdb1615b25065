"""A scratch collection in Qdrant, by its REST API."""

from collections.abc import Mapping
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong
from sutaz_tui.checks.vectors.stores import DIMENSION, Hit, Store, Vector, number, tag_of
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

METRICS = {"l2": "Euclid", "cosine": "Cosine"}
# Without it Qdrant answers before a change is applied.
WAIT = {"wait": "true"}


class Qdrant(Store):
    """Keeps payloads beside the vectors; ids are numbers. Its Euclid is the distance, its Cosine a likeness."""

    service = "qdrant"
    title = "Qdrant"

    @property
    def _path(self) -> str:
        return f"/collections/{self.name}"

    async def create(self, metric: str) -> HttpAnswer:
        wanted = {"vectors": {"size": DIMENSION, "distance": METRICS[metric]}}
        return await self.ask.request("PUT", "qdrant", self._path, json=wanted)

    def opened(self, answer: HttpAnswer) -> None:
        found = result(self.ask, answer)
        self.ask.expect(found is True, "result true: it was made", found)

    async def drop(self) -> HttpAnswer:
        return await self.ask.request("DELETE", "qdrant", self._path)

    async def is_listed(self) -> bool:
        return self.name in await qdrant_collections(self.ask)

    async def add(self, vectors: Mapping[int, Vector]) -> HttpAnswer:
        points = [
            {"id": id, "vector": list(vector), "payload": {"tag": tag_of(id), "document": f"document {id}"}}
            for id, vector in vectors.items()
        ]
        path = f"{self._path}/points"
        return await self.ask.request("PUT", "qdrant", path, params=WAIT, json={"points": points})

    async def count(self) -> int:
        found = await self._do("count", {"exact": True})
        value = found.get("count") if isinstance(found, dict) else found
        return number(value, "its number of vectors")

    async def seek(self, vector: Vector, most: int, tag: str = "") -> HttpAnswer:
        wanted: dict[str, Any] = {"vector": list(vector), "limit": most}
        if tag:
            wanted["filter"] = {"must": [{"key": "tag", "match": {"value": tag}}]}
        return await self.ask.post("qdrant", f"{self._path}/points/search", json=wanted)

    def hits(self, answer: HttpAnswer) -> list[Hit]:
        found = result(self.ask, answer)
        try:
            return [Hit(int(hit["id"]), float(hit["score"])) for hit in found]
        except (KeyError, TypeError, ValueError) as error:
            raise Wrong("a list of hits with id and score", one_line(str(found), 200)) from error

    async def read(self, id: int) -> HttpAnswer:
        """One point with vector and payload; 404 when it is not there."""
        return await self.ask.get("qdrant", f"{self._path}/points/{id}")

    async def shape(self) -> dict[str, Any]:
        """How its vectors are configured: size and distance."""
        found = result(self.ask, await self.ask.get("qdrant", self._path))
        if isinstance(found, dict) and found.get("status") == "red":
            raise Wrong("a collection that works", "status red")
        try:
            shape = found["config"]["params"]["vectors"]
            return {"size": shape["size"], "distance": shape["distance"]}
        except (KeyError, TypeError) as error:
            raise Wrong("a collection's size and distance", one_line(str(found), 200)) from error

    async def forget(self, id: int) -> None:
        """Delete one point."""
        await self._do("delete", {"points": [id]})

    async def _do(self, action: str, wanted: dict[str, Any]) -> Any:
        path = f"{self._path}/points/{action}"
        return result(self.ask, await self.ask.post("qdrant", path, params=WAIT, json=wanted))


def result(ask: Ask, answer: HttpAnswer) -> Any:
    """What an answer of Qdrant carries: 200, status ok, and a result."""
    found = ask.as_object(answer)
    ask.expect(found.get("status") == "ok" and "result" in found, "status ok and a result", found)
    return found["result"]


async def qdrant_collections(ask: Ask) -> list[str]:
    """The names that Qdrant lists."""
    found = result(ask, await ask.get("qdrant", "/collections"))
    try:
        return [str(each["name"]) for each in found["collections"]]
    except (KeyError, TypeError) as error:
        raise Wrong("a list of collections with names", one_line(str(found), 200)) from error
