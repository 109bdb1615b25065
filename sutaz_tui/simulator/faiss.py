"""The stack's FAISS service: collections in memory, no metrics."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.vector_store import Collection, Point
from sutaz_tui.simulator.web import fastapi, json_object, think
from sutaz_tui.simulator.world import World

DIMENSION = 768


def app(world: World) -> Starlette:
    collections: dict[str, Collection] = {}

    async def health(_: Request) -> Response:
        await think(world, 0.002)
        limits = {"dimension": DIMENSION, "max_vectors": 1_000_000}
        return JSONResponse({"status": "healthy", **limits, "indices_loaded": list(collections)})

    async def listing(_: Request) -> Response:
        found = [
            {"name": each.name, "vectors": len(each.points), "dimension": each.dimension}
            for each in collections.values()
        ]
        return JSONResponse({"collections": found})

    async def create(request: Request) -> Response:
        value = await json_object(request, collection=str)
        name, dimension = value["collection"], int(value.get("dimension", DIMENSION))
        if name in collections:
            raise HTTPException(400, f"Collection {name} already exists")
        metric = str(value.get("metric", "L2"))
        collections[name] = Collection(name, dimension, "l2" if metric == "L2" else "dot")
        message = f"Index {name} created successfully"
        return JSONResponse({"message": message, "dimension": dimension, "metric": metric})

    async def add(request: Request) -> Response:
        value = await json_object(request, vectors=list)
        name = request.query_params.get("collection") or str(value.get("collection", "default"))
        found = _known(name)
        ids = value.get("ids") or [str(len(found.points) + place) for place in range(len(value["vectors"]))]
        metadata = value.get("metadata") or [None] * len(ids)
        for identity, vector, payload in zip(ids, value["vectors"], metadata, strict=False):
            if len(vector) != found.dimension:
                raise HTTPException(
                    400, f"Vector dimension mismatch: {len(vector)}, expected {found.dimension}"
                )
            if world.traits.vectors_are_kept:
                found.points[identity] = Point(identity, vector, payload)
        return JSONResponse(
            {"message": f"Added {len(ids)} vectors to {name}", "total_vectors": len(found.points)}
        )

    async def search(request: Request) -> Response:
        value = await json_object(request, vector=list)
        name = str(value.get("collection", "default"))
        if name not in collections and world.traits.faiss_unknown_is_500:
            raise HTTPException(500, f"404: Collection {name} not found")
        nearest = _known(name).nearest(value["vector"], int(value.get("k", 10)))
        if not world.traits.search_finds_nearest:
            nearest.reverse()
        results = [{"id": point.id, "distance": away, "metadata": point.payload} for away, point in nearest]
        return JSONResponse({"results": results, "collection": name})

    async def delete(request: Request) -> Response:
        name = request.path_params["name"]
        _known(name)
        if world.traits.deletes_are_done:
            del collections[name]
        return JSONResponse({"message": f"Collection {name} deleted"})

    def _known(name: str) -> Collection:
        if name not in collections:
            raise HTTPException(404, f"Collection {name} not found")
        return collections[name]

    return fastapi(
        [
            Route("/health", health),
            Route("/collections", listing),
            Route("/index/create", create, methods=["POST"]),
            Route("/vectors/add", add, methods=["POST"]),
            Route("/search", search, methods=["POST"]),
            Route("/collections/{name}", delete, methods=["DELETE"]),
        ]
    )
