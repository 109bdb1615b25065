"""The three vector stores behind one face: a scratch collection of a check's own, and what can be done with it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

Vector = Sequence[float]

DIMENSION = 4
KNOWN: Mapping[int, Vector] = {
    1: (1.0, 0.0, 0.0, 0.0),
    2: (0.8, 0.6, 0.0, 0.0),
    3: (0.0, 1.0, 0.0, 0.0),
    4: (0.0, 0.0, 0.0, 1.0),
}
"""Unit vectors, so that distance and likeness rank them alike."""
SOUGHT: Vector = (0.96, 0.28, 0.0, 0.0)
SQUARES = (0.08, 0.128, 1.44, 2.0)
"""The squared distances of `SOUGHT` to the known ones, which are therefore found in the order 1, 2, 3, 4."""
COSINES = (0.96, 0.936, 0.28, 0.0)
TOO_LONG: Vector = (1.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found: the vector's number, and how far it is as this store says it."""

    id: int
    far: float


class Store(ABC):
    """One scratch collection, named after its check, in one store.

    Methods that return an HttpAnswer leave its judgement to the check; the others raise Wrong for a wrong answer.
    """

    service: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, ask: Ask, check: str) -> None:
        self.ask = ask
        self.name = f"sutaztui-vectors-{check}"

    async def open(self, metric: str = "l2") -> None:
        """Make the collection anew (`l2` or `cosine`), whatever an earlier run left, and have it removed afterwards."""
        await self.drop()
        self.ask.afterwards(f"{self.title}'s collection {self.name}", self.remove)
        self.opened(await self.create(metric))

    async def remove(self) -> None:
        """Remove the collection and see that it is gone; BadAnswer where it is not."""
        try:
            self.ask.status(await self.drop(), 200, 404)
            is_left = await self.is_listed()
        except Wrong as wrong:
            raise BadAnswer(self.title, f"its removal answered {wrong.found}") from wrong
        if is_left:
            raise BadAnswer(self.title, "its removal was confirmed, but it is still there")

    async def fill(self) -> None:
        """Add the known vectors."""
        self.ask.status(await self.add(KNOWN), 200, 201)

    @abstractmethod
    async def create(self, metric: str) -> HttpAnswer:
        """Ask for the collection."""

    @abstractmethod
    def opened(self, answer: HttpAnswer) -> None:
        """The answer says that the collection was made."""

    @abstractmethod
    async def drop(self) -> HttpAnswer:
        """Ask for its removal."""

    @abstractmethod
    async def is_listed(self) -> bool:
        """Whether the store lists it."""

    @abstractmethod
    async def add(self, vectors: Mapping[int, Vector]) -> HttpAnswer:
        """Store vectors; odd numbers carry the tag `odd`, where the store keeps tags."""

    @abstractmethod
    async def count(self) -> int:
        """How many vectors it holds."""

    @abstractmethod
    async def seek(self, vector: Vector, most: int) -> HttpAnswer:
        """Search for the nearest."""

    @abstractmethod
    def hits(self, answer: HttpAnswer) -> list[Hit]:
        """What a search found, nearest first."""

    async def nearest(self, most: int = 4) -> list[Hit]:
        """The nearest of the known vectors."""
        return self.hits(await self.seek(SOUGHT, most))


def tag_of(number: int) -> str:
    """The tag that a vector carries."""
    return "odd" if number % 2 else "even"


def number(value: Any, what: str, most: int = int(reading.MOST)) -> int:
    """A whole number of an answer."""
    return reading.whole(value, what, most=most)


LOOKS = 5
PAUSE = 0.05


async def agreed(look: Callable[[], Awaitable[tuple[Any, Any]]]) -> tuple[Any, Any]:
    """Two figures that must be the same, looked at up to five times until they are.

    Others make and delete collections between two questions: that passes, a fault does not.
    """
    for _ in range(LOOKS - 1):
        one, other = await look()
        if one == other:
            return one, other
        await asyncio.sleep(PAUSE)
    return await look()


class Faiss(Store):
    """The stack's FAISS service: it keeps vectors alone, and finds them by their place in the order of adding."""

    service = "faiss"
    title = "FAISS"

    async def create(self, metric: str) -> HttpAnswer:
        wanted = {"collection": self.name, "dimension": DIMENSION, "metric": "L2" if metric == "l2" else "IP"}
        return await self.ask.post("faiss", "/index/create", json=wanted)

    def opened(self, answer: HttpAnswer) -> None:
        found = self.ask.as_object(answer)
        self.ask.expect(found.get("dimension") == DIMENSION, f"made with dimension {DIMENSION}", found)

    async def drop(self) -> HttpAnswer:
        return await self.ask.request("DELETE", "faiss", f"/collections/{self.name}")

    async def is_listed(self) -> bool:
        return self.name in await faiss_collections(self.ask)

    async def add(self, vectors: Mapping[int, Vector]) -> HttpAnswer:
        given = [{"id": str(id), "vector": list(vector)} for id, vector in vectors.items()]
        return await self.ask.post("faiss", "/vectors/add", params={"collection": self.name}, json=given)

    async def count(self) -> int:
        found = (await faiss_collections(self.ask)).get(self.name)
        self.ask.expect(found is not None, f"a collection {self.name}", "it is not listed")
        return number((found or {}).get("vectors"), "its number of vectors")

    async def seek(self, vector: Vector, most: int) -> HttpAnswer:
        wanted = {"collection": self.name, "vector": list(vector), "k": most}
        return await self.ask.post("faiss", "/search", json=wanted)

    def hits(self, answer: HttpAnswer) -> list[Hit]:
        found = self.ask.as_object(answer).get("results")
        try:
            # The known vectors are added in the order of their numbers, which begin with 1.
            return [Hit(int(hit["index"]) + 1, float(hit["distance"])) for hit in found or []]
        except (KeyError, TypeError, ValueError) as error:
            raise Wrong("results of index and distance", one_line(str(found), 200)) from error


async def faiss_collections(ask: Ask) -> dict[str, dict[str, Any]]:
    """What FAISS lists, by name."""
    found = (await ask.body("faiss", "/collections")).get("collections")
    ask.expect(
        isinstance(found, list) and all(isinstance(each, dict) and "name" in each for each in found),
        "a list of collections with names",
        found,
    )
    return {each["name"]: each for each in found or []}
