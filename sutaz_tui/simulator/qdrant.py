"""Qdrant's REST API: collections, points and search."""

import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sutaz_tui.simulator.exposition import Family, gauge, response
from sutaz_tui.simulator.vector_store import Collection, Point
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

VERSION = "1.15.4"
METRICS = {"Cosine": "cosine", "Dot": "dot", "Euclid": "l2"}


class Unfit(Exception):
    """A request that Qdrant refuses, with its status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Qdrant:
    def __init__(self, world: World) -> None:
        self.world = world
        self.collections: dict[str, Collection] = {}

    def known(self, request: Request) -> Collection:
        name = request.path_params["name"]
        if name not in self.collections:
            raise Unfit(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.collections[name]

    async def listing(self, _: Request) -> object:
        return {"collections": [{"name": name} for name in self.collections]}

    async def one(self, request: Request) -> object:
        name = request.path_params["name"]
        if request.method == "PUT":
            wanted = await request.json()
            if name in self.collections and not self.world.traits.recreating_wipes:
                raise Unfit(409, f"Wrong input: Collection `{name}` already exists!")
            vectors = wanted.get("vectors") or {}
            if not isinstance(vectors.get("size"), int) or vectors.get("distance") not in METRICS:
                raise Unfit(400, "Format error in JSON body: vectors: expected size and distance")
            made = Collection(
                name, vectors["size"], METRICS[vectors["distance"]], metadata=vectors["distance"]
            )
            self.collections[name] = made
            return True
        if request.method == "DELETE":
            if self.world.traits.deletes_are_done:
                return self.collections.pop(name, None) is not None
            return name in self.collections
        found = self.known(request)
        return {
            "status": "green",
            "optimizer_status": "ok",
            "points_count": len(found.points),
            "indexed_vectors_count": 0,
            "segments_count": 2,
            "config": {"params": {"vectors": {"size": found.dimension, "distance": found.metadata}}},
        }

    async def points(self, request: Request) -> object:
        found = self.known(request)
        wanted = await request.json()
        if request.method == "POST":
            chosen = [found.points[key] for key in wanted.get("ids", []) if key in found.points]
            return [{"id": point.id, "payload": point.payload, "vector": point.vector} for point in chosen]
        for given in wanted.get("points", []):
            if len(given["vector"]) != found.dimension and self.world.traits.dimensions_are_enforced:
                got = f"expected dim: {found.dimension}, got {len(given['vector'])}"
                raise Unfit(400, f"Wrong input: Vector dimension error: {got}")
            if given["id"] in found.points and not self.world.traits.upserts_replace:
                continue
            if self.world.traits.vectors_are_kept:
                found.points[given["id"]] = Point(given["id"], given["vector"], given.get("payload"))
        return {"operation_id": 1, "status": "completed"}

    async def point(self, request: Request) -> object:
        key: Any = request.path_params["id"]
        found = self.known(request).points.get(int(key) if key.isdecimal() else key)
        if found is None:
            raise Unfit(404, f"Not found: Point with id {key} does not exists!")
        return {"id": found.id, "payload": found.payload, "vector": found.vector}

    async def delete(self, request: Request) -> object:
        found = self.known(request)
        for key in (await request.json()).get("points", []):
            if self.world.traits.deletes_are_done and self.world.traits.points_are_deleted:
                found.points.pop(key, None)
        return {"operation_id": 2, "status": "completed"}

    async def count(self, request: Request) -> object:
        return {"count": len(self.known(request).points)}

    async def scroll(self, request: Request) -> object:
        limit = int((await request.json()).get("limit", 10))
        found = list(self.known(request).points.values())[:limit]
        points = [{"id": point.id, "payload": point.payload} for point in found]
        return {"points": points, "next_page_offset": None}

    async def search(self, request: Request) -> object:
        found, wanted = self.known(request), await request.json()
        vector = wanted.get("vector") or wanted.get("query") or []
        if len(vector) != found.dimension:
            raise Unfit(400, f"Wrong input: Vector dimension error: expected dim: {found.dimension}")
        must = ((wanted.get("filter") or {}).get("must") or []) if self.world.traits.filters_work else []
        near = [pair for pair in found.nearest(vector, len(found.points)) if _fits(pair[1].payload, must)]
        if not self.world.traits.search_finds_nearest:
            near.reverse()
        limit = int(wanted.get("limit", wanted.get("top", 10)))
        hits = [
            {
                "id": point.id,
                "version": 0,
                # Qdrant's Euclid is the distance itself, where the other stores give its square.
                "score": math.sqrt(score) if found.metric == "l2" else score,
                "payload": point.payload,
            }
            for score, point in near
        ]
        return {"points": hits[:limit]} if request.url.path.endswith("query") else hits[:limit]


def app(world: World) -> ASGIApp:
    qdrant = Qdrant(world)

    async def root(_: Request) -> Response:
        await think(world, 0.002)
        title = "qdrant - vector search engine"
        return JSONResponse(
            {"title": title, "version": VERSION, "commit": "20db14f87c861f3958ad50382cf0b69396e40c10"}
        )

    def word(text: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_: Request) -> Response:
            return PlainTextResponse(text)

        return answer

    async def metrics(_: Request) -> Response:
        return response(qdrant_metrics(qdrant))

    base = "/collections/{name}"
    return application(
        routes=[
            Route("/", root),
            Route("/readyz", word("all shards are ready")),
            Route("/healthz", word("healthz check passed")),
            Route("/livez", word("healthz check passed")),
            Route("/metrics", metrics),
            Route("/collections", _timed(qdrant.listing)),
            Route(base, _timed(qdrant.one), methods=["GET", "PUT", "DELETE"]),
            Route(f"{base}/points", _timed(qdrant.points), methods=["PUT", "POST"]),
            Route(f"{base}/points/delete", _timed(qdrant.delete), methods=["POST"]),
            Route(f"{base}/points/count", _timed(qdrant.count), methods=["POST"]),
            Route(f"{base}/points/scroll", _timed(qdrant.scroll), methods=["POST"]),
            Route(f"{base}/points/search", _timed(qdrant.search), methods=["POST"]),
            Route(f"{base}/points/query", _timed(qdrant.search), methods=["POST"]),
            Route(f"{base}/points/{{id}}", _timed(qdrant.point)),
        ]
    )


def qdrant_metrics(qdrant: Qdrant) -> list[Family]:
    vectors = sum(len(each.points) for each in qdrant.collections.values())
    return [
        gauge("app_info", "information about qdrant server", ({"name": "qdrant", "version": VERSION}, 1.0)),
        gauge("collections_total", "number of collections", ({}, float(len(qdrant.collections)))),
        gauge("collections_vector_total", "total number of vectors", ({}, float(vectors))),
    ]


def _timed(answer: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
    """Wraps a result as Qdrant does, with its time; a body that is no JSON is its 400."""

    async def respond(request: Request) -> Response:
        started = time.perf_counter()
        status, shown = 200, dict[str, object]()
        try:
            shown = {"result": await answer(request), "status": "ok"}
        except Unfit as error:
            status, shown = error.status, {"status": {"error": str(error)}}
        except (ValueError, KeyError, TypeError) as error:
            status, shown = 400, {"status": {"error": f"Format error in JSON body: {error}"}}
        return JSONResponse({**shown, "time": time.perf_counter() - started}, status)

    return respond


def _fits(payload: Any, must: list[dict[str, Any]]) -> bool:
    values = payload if isinstance(payload, dict) else {}
    return all(values.get(rule.get("key")) == (rule.get("match") or {}).get("value") for rule in must)
