"""ChromaDB's API v2; every v1 path is gone (410)."""

import time
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.vector_store import Collection, Point
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

VERSION = "1.0.0"
TENANT, DATABASE = "default_tenant", "default_database"
BASE = "/api/v2/tenants/{tenant}/databases/{database}/collections"
HNSW = {"space": "l2", "ef_construction": 100, "ef_search": 100, "max_neighbors": 16, "resize_factor": 1.2}
SPACES = {"l2": "l2", "cosine": "cosine", "ip": "dot"}


class Chroma:
    """Collections by name and by id, each API call a method."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.collections: dict[str, Collection] = {}

    def find(self, key: str) -> Collection | None:
        by_id = (each for each in self.collections.values() if each.id == key)
        return self.collections.get(key) or next(by_id, None)

    async def listing(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([shown(each) for each in self.collections.values()])
        wanted = await request.json()
        name = wanted.get("name")
        if not isinstance(name, str) or not 3 <= len(name) <= 512:
            return error(400, "InvalidArgumentError", "Expected a name of 3-512 characters")
        if name in self.collections:
            if self.world.traits.recreating_wipes:
                self.collections[name].points.clear()
            elif not wanted.get("get_or_create"):
                return error(409, "UniqueConstraintError", f"Collection [{name}] already exists")
            return JSONResponse(shown(self.collections[name]))
        space = ((wanted.get("configuration") or {}).get("hnsw") or {}).get("space")
        space = space or (wanted.get("metadata") or {}).get("hnsw:space") or "l2"
        made = Collection(name, None, SPACES.get(space, "l2"), str(uuid.uuid4()), wanted.get("metadata"))
        self.collections[name] = made
        return JSONResponse(shown(made))

    async def count_all(self, _: Request) -> Response:
        return JSONResponse(len(self.collections))

    async def one(self, request: Request) -> Response:
        found = self.find(request.path_params["key"])
        if found is None:
            return missing(request.path_params["key"])
        if request.method == "DELETE":
            if self.world.traits.deletes_are_done:
                del self.collections[found.name]
            return JSONResponse({})
        return JSONResponse(shown(found))

    async def act(self, request: Request) -> Response:
        found = self.find(request.path_params["key"])
        if found is None:
            return missing(request.path_params["key"])
        action = request.path_params["action"]
        if request.method == "GET":
            return JSONResponse(len(found.points)) if action == "count" else error(405, "MethodError", action)
        wanted = await request.json()
        match action:
            case "add" | "upsert" | "update":
                return self._add(found, wanted, replaces=action != "add")
            case "query":
                return self._query(found, wanted)
            case "get":
                return self._get(found, wanted)
            case "delete":
                gone = [key for key in wanted.get("ids") or [] if key in found.points]
                if self.world.traits.deletes_are_done and self.world.traits.points_are_deleted:
                    for key in gone:
                        del found.points[key]
                return JSONResponse({})
        return error(404, "NotFoundError", action)

    def _add(self, found: Collection, wanted: dict[str, Any], replaces: bool) -> Response:
        traits = self.world.traits
        ids, vectors = wanted.get("ids") or [], wanted.get("embeddings") or []
        if len(ids) != len(vectors):
            return error(400, "InvalidArgumentError", "ids and embeddings must have the same length")
        documents = wanted.get("documents") or [None] * len(ids)
        metadatas = wanted.get("metadatas") or [None] * len(ids)
        for key, vector, document, metadata in zip(ids, vectors, documents, metadatas, strict=False):
            found.dimension = found.dimension or len(vector)
            if len(vector) != found.dimension and traits.dimensions_are_enforced:
                return _unfit(found, vector)
            if key in found.points and not (replaces and traits.upserts_replace):
                continue
            if traits.vectors_are_kept:
                found.points[key] = Point(key, vector, metadata, document)
        return JSONResponse({}, 200 if replaces else 201)

    def _query(self, found: Collection, wanted: dict[str, Any]) -> Response:
        for vector in wanted.get("query_embeddings") or []:
            if found.dimension and len(vector) != found.dimension:
                return _unfit(found, vector)
        rows = [self._nearest(found, vector, wanted) for vector in wanted.get("query_embeddings") or []]
        include = wanted.get("include") or ["documents", "metadatas", "distances"]
        vectors = [[point.vector for _, point in row] for row in rows]
        return JSONResponse(
            {
                "ids": [[point.id for _, point in row] for row in rows],
                "embeddings": vectors if "embeddings" in include else None,
                "documents": [[point.document for _, point in row] for row in rows],
                "uris": None,
                "metadatas": [[point.payload for _, point in row] for row in rows],
                "distances": [[away for away, _ in row] for row in rows],
                "include": include,
            }
        )

    def _nearest(
        self, found: Collection, vector: list[float], wanted: dict[str, Any]
    ) -> list[tuple[float, Point]]:
        count = int(wanted.get("n_results", 10))
        near = found.nearest(vector, len(found.points))
        if not self.world.traits.search_finds_nearest:
            near.reverse()
        where = (wanted.get("where") or {}) if self.world.traits.filters_work else {}
        kept = [
            pair
            for pair in near
            if all((pair[1].payload or {}).get(key) == value for key, value in where.items())
        ]
        # ChromaDB's distance is small for what is alike, also by cosine and product.
        return [(away if found.metric == "l2" else 1 - away, point) for away, point in kept[:count]]

    def _get(self, found: Collection, wanted: dict[str, Any]) -> Response:
        ids = wanted.get("ids")
        points = [point for key, point in found.points.items() if ids is None or key in ids]
        points = points[: int(wanted.get("limit") or len(points) or 1)]
        include = wanted.get("include") or ["documents", "metadatas"]
        return JSONResponse(
            {
                "ids": [point.id for point in points],
                "embeddings": [point.vector for point in points] if "embeddings" in include else None,
                "documents": [point.document for point in points],
                "uris": None,
                "metadatas": [point.payload for point in points],
                "include": include,
            }
        )


def app(world: World) -> Starlette:
    chroma = Chroma(world)

    async def heartbeat(_: Request) -> Response:
        await think(world, 0.002)
        return JSONResponse({"nanosecond heartbeat": time.time_ns()})

    async def version(_: Request) -> Response:
        return JSONResponse(VERSION)

    async def healthcheck(_: Request) -> Response:
        return JSONResponse({"is_executor_ready": True, "is_log_client_ready": True})

    async def preflight(_: Request) -> Response:
        return JSONResponse({"max_batch_size": 5461, "supports_base64_encoding": True})

    async def identity(_: Request) -> Response:
        return JSONResponse({"user_id": "", "tenant": TENANT, "databases": [DATABASE]})

    async def tenant(request: Request) -> Response:
        name = request.path_params["tenant"]
        return JSONResponse({"name": name}) if name == TENANT else missing(name)

    async def gone(_: Request) -> Response:
        return error(410, "Unimplemented", "The v1 API is deprecated. Please use /v2 apis")

    return application(
        routes=[
            Route("/api/v2/heartbeat", heartbeat),
            Route("/api/v2/version", version),
            Route("/api/v2/healthcheck", healthcheck),
            Route("/api/v2/pre-flight-checks", preflight),
            Route("/api/v2/auth/identity", identity),
            Route("/api/v2/tenants/{tenant}", tenant),
            Route(BASE, chroma.listing, methods=["GET", "POST"]),
            Route(f"{BASE}_count", chroma.count_all),
            Route(f"{BASE}/{{key}}", chroma.one, methods=["GET", "DELETE"]),
            Route(f"{BASE}/{{key}}/{{action}}", chroma.act, methods=["GET", "POST"]),
            Route("/api/v1/{rest:path}", gone, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )


def shown(collection: Collection) -> dict[str, Any]:
    space = {"dot": "ip"}.get(collection.metric, collection.metric)
    hnsw = {**HNSW, "space": space, "sync_threshold": 1000}
    return {
        "id": collection.id,
        "name": collection.name,
        "configuration_json": {"hnsw": hnsw, "spann": None, "embedding_function": None},
        "metadata": collection.metadata,
        "dimension": collection.dimension,
        "tenant": TENANT,
        "database": DATABASE,
        "log_position": 0,
        "version": 0,
    }


def error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"error": kind, "message": message}, status)


def _unfit(found: Collection, vector: list[float]) -> Response:
    message = f"Collection expecting embedding with dimension of {found.dimension}, got {len(vector)}"
    return error(400, "InvalidArgumentError", message)


def missing(name: str) -> Response:
    return error(404, "NotFoundError", f"Collection [{name}] does not exist")
