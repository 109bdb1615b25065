"""A scratch collection in ChromaDB, by its API v2 (1.0): found by name, used by id."""

from collections.abc import Mapping
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong
from sutaz_tui.checks.vectors.stores import Hit, Store, Vector, number, tag_of
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
MOST_LISTED = 1000


class Chroma(Store):
    """Keeps documents and metadata beside the vectors; ids are texts. Its `l2` is the squared distance."""

    service = "chromadb"
    title = "ChromaDB"
    _id = ""

    async def create(self, metric: str) -> HttpAnswer:
        wanted = {"name": self.name, "configuration": {"hnsw": {"space": metric}}}
        return await self.ask.post("chromadb", COLLECTIONS, json=wanted)

    def opened(self, answer: HttpAnswer) -> None:
        found = self.ask.as_object(answer)
        self.ask.expect(found.get("name") == self.name, f"made with the name {self.name}", found.get("name"))
        self._id = str(found.get("id", ""))

    async def drop(self) -> HttpAnswer:
        return await self.ask.request("DELETE", "chromadb", f"{COLLECTIONS}/{self.name}")

    async def is_listed(self) -> bool:
        return self.name in await chroma_collections(self.ask)

    async def add(self, vectors: Mapping[int, Vector], how: str = "add") -> HttpAnswer:
        wanted = {
            "ids": [str(id) for id in vectors],
            "embeddings": [list(vector) for vector in vectors.values()],
            "documents": [f"document {id}" for id in vectors],
            "metadatas": [{"tag": tag_of(id)} for id in vectors],
        }
        return await self._do(how, wanted)

    async def count(self) -> int:
        answer = await self.ask.get("chromadb", f"{COLLECTIONS}/{self._id}/count")
        return number(self.ask.as_json(answer), "its number of vectors")

    async def seek(self, vector: Vector, most: int, tag: str = "") -> HttpAnswer:
        wanted: dict[str, Any] = {
            "query_embeddings": [list(vector)],
            "n_results": most,
            "include": ["distances"],
        }
        return await self._do("query", {**wanted, "where": {"tag": tag}} if tag else wanted)

    def hits(self, answer: HttpAnswer) -> list[Hit]:
        found = self.ask.as_object(answer)
        try:
            return [
                Hit(int(id), float(far))
                for id, far in zip(found["ids"][0], found["distances"][0], strict=True)
            ]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Wrong("ids and distances of one search", one_line(str(found), 200)) from error

    async def read(self, id: int) -> dict[str, Any]:
        """One vector with its document and metadata; empty when it is not there."""
        wanted = {"ids": [str(id)], "include": ["embeddings", "documents", "metadatas"]}
        found = self.ask.as_object(await self._do("get", wanted))
        try:
            if not found["ids"]:
                return {}
            return {name: found[name][0] for name in ("embeddings", "documents", "metadatas")}
        except (KeyError, IndexError, TypeError) as error:
            raise Wrong("one vector with its document and metadata", one_line(str(found), 200)) from error

    async def forget(self, id: int) -> HttpAnswer:
        """Delete one vector."""
        return await self._do("delete", {"ids": [str(id)]})

    async def _do(self, action: str, wanted: dict[str, Any]) -> HttpAnswer:
        return await self.ask.post("chromadb", f"{COLLECTIONS}/{self._id}/{action}", json=wanted)


async def chroma_collections(ask: Ask) -> dict[str, dict[str, Any]]:
    """What ChromaDB lists, by name."""
    found = ask.as_list(await ask.get("chromadb", COLLECTIONS, params={"limit": MOST_LISTED}))
    ask.expect(
        all(isinstance(each, dict) and "name" in each for each in found), "collections with names", found
    )
    return {each["name"]: each for each in found}
