"""The stack's FAISS service: collections in memory, no metrics.

It keeps vectors alone: no ids and no metadata; a search answers with positions in the order of adding. Creating a
collection that exists is a 200 that says so, and adding to an unknown one creates it.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.contract import Contract
from sutaz_tui.simulator.vector_store import Collection, Point
from sutaz_tui.simulator.web import fastapi, json_object, json_value, think
from sutaz_tui.simulator.world import World

DIMENSION = 768


def app(world: World) -> Starlette:
    collections: dict[str, Collection] = {}
    contract = Contract("faiss", "/openapi.json")

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
        value = await json_object(request)
        name, dimension = value["collection"], int(value.get("dimension", DIMENSION))
        if name in collections:
            if world.traits.recreating_wipes:
                collections[name].points.clear()
            return JSONResponse({"message": f"Index {name} already exists"})
        metric = str(value.get("metric", "L2"))
        collections[name] = Collection(name, dimension, "l2" if metric == "L2" else "dot")
        message = f"Index {name} created successfully"
        return JSONResponse({"message": message, "dimension": dimension, "metric": metric})

    async def add(request: Request) -> Response:
        name, vectors = request.query_params["collection"], await json_value(request)
        found = collections.setdefault(name, Collection(name, len(vectors[0]["vector"]), "l2"))
        if world.traits.dimensions_are_enforced:
            for given in vectors:
                if len(given["vector"]) != found.dimension:
                    words = f"Vector dimension mismatch: {len(given['vector'])}, expected {found.dimension}"
                    raise HTTPException(400, words)
        if world.traits.vectors_are_kept:
            for given in vectors:
                found.points[len(found.points)] = Point(len(found.points), given["vector"])
        message = f"Added {len(vectors)} vectors to {name}"
        return JSONResponse({"message": message, "total_vectors": len(found.points)})

    async def search(request: Request) -> Response:
        value = await json_object(request)
        name, wanted = value["collection"], int(value.get("k", 10))
        if name not in collections and world.traits.faiss_unknown_is_500:
            raise HTTPException(500, f"404: Collection {name} not found")
        nearest = _known(name).nearest(value["vector"], len(_known(name).points))
        if not world.traits.search_finds_nearest:
            nearest.reverse()
        results = [{"index": point.id, "distance": away} for away, point in nearest[:wanted]]
        return JSONResponse({"collection": name, "k": wanted, "results": results})

    async def delete(request: Request) -> Response:
        name = request.path_params["name"]
        _known(name)
        if world.traits.deletes_are_done:
            del collections[name]
        return JSONResponse({"message": f"Collection {name} deleted"})

    async def openapi(_: Request) -> Response:
        return contract.openapi("FAISS Vector Service", "1.0.0")

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
            Route("/openapi.json", openapi),
        ],
        contract,
    )
