"""The platform's HTTP services: Ollama, the frontend, Portainer and Neo4j's discovery page."""

import base64
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

MODEL_SIZE = 637_700_138


def ollama(world: World) -> Starlette:
    async def root(_: Request) -> Response:
        return PlainTextResponse("Ollama is running")

    async def version(_: Request) -> Response:
        return JSONResponse({"version": "0.12.10"})

    def models() -> list[dict[str, Any]]:
        details = {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"]}
        details |= {"parameter_size": "1B", "quantization_level": "Q4_0"}
        return [
            {
                "name": name,
                "model": name,
                "modified_at": "2025-11-15T10:12:44.120000000Z",
                "size": MODEL_SIZE,
                "digest": "2644915ede352ea7bdfaff0bfac0be74c719d5d5202acb63a6fb095b52f394a4",
                "details": details,
            }
            for name in world.traits.models
        ]

    async def tags(_: Request) -> Response:
        await think(world, 0.003)
        return JSONResponse({"models": models()})

    async def loaded(_: Request) -> Response:
        expires = {"expires_at": world.now().isoformat(), "size_vram": 0}
        return JSONResponse({"models": [{**model, **expires} for model in models()]})

    async def generate(request: Request) -> Response:
        asked = json.loads(await request.body() or b"{}")
        if not any(
            name.split(":")[0] == str(asked.get("model", "")).split(":")[0] for name in world.traits.models
        ):
            return JSONResponse({"error": f"model '{asked.get('model')}' not found"}, 404)
        await think(world, 0.05)
        stamp = {"model": asked.get("model"), "created_at": world.now().isoformat(), "done": True}
        text = f"A short answer to {len(str(asked.get('prompt', '')).split())} words."
        if request.url.path == "/api/chat":
            return JSONResponse({**stamp, "message": {"role": "assistant", "content": text}})
        return JSONResponse({**stamp, "response": text, "eval_count": 12, "total_duration": 50_000_000})

    return application(
        routes=[
            Route("/", root),
            Route("/api/version", version),
            Route("/api/tags", tags),
            Route("/api/ps", loaded),
            Route("/api/generate", generate, methods=["POST"]),
            Route("/api/chat", generate, methods=["POST"]),
        ]
    )


def frontend(world: World) -> Starlette:
    page = (
        '<!doctype html><html><head><title>Streamlit</title><script type="module" src="./static/js/index.js"></script>'
        '</head><body><div id="root"></div></body></html>'
    )

    async def root(_: Request) -> Response:
        await think(world, 0.004)
        return Response(page, media_type="text/html")

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def script(_: Request) -> Response:
        return Response("export {};", media_type="text/javascript")

    return application(
        routes=[
            Route("/", root),
            Route("/static/js/index.js", script),
            Route("/_stcore/health", health),
            Route("/healthz", health),
        ]
    )


def portainer(world: World) -> Starlette:
    async def status(_: Request) -> Response:
        return JSONResponse({"Version": "2.33.3", "InstanceID": world.container_id("portainer")[:36]})

    async def root(_: Request) -> Response:
        headers = {"x-content-type-options": "nosniff", "content-security-policy": "frame-ancestors 'none'"}
        return Response("<!doctype html><title>Portainer</title>", media_type="text/html", headers=headers)

    async def endpoints(_: Request) -> Response:
        return JSONResponse(
            {"message": "A valid authorization token is missing", "details": "Unauthorized"}, 401
        )

    return application(
        routes=[
            Route("/", root),
            Route("/api/status", status),
            Route("/api/system/status", status),
            Route("/api/endpoints", endpoints),
        ]
    )


def neo4j(world: World) -> Starlette:
    async def root(_: Request) -> Response:
        host, port = world.addresses.get("neo4j-bolt", ("127.0.0.1", 10003))
        base = world.url("neo4j")
        return JSONResponse(
            {
                "bolt_routing": f"neo4j://{host}:{port}",
                "query": f"{base}/db/{{databaseName}}/query/v2",
                "transaction": f"{base}/db/{{databaseName}}/tx",
                "bolt_direct": f"bolt://{host}:{port}",
                "neo4j_version": "5.26.16",
                "neo4j_edition": "community",
            }
        )

    async def query(request: Request) -> Response:
        if not has_login(request, world.secrets["NEO4J_USER"], world.secrets["NEO4J_PASSWORD"]):
            fault = {"code": "Neo.ClientError.Security.Unauthorized", "message": "Invalid credential."}
            return JSONResponse({"errors": [fault]}, 401)
        return JSONResponse({"data": {"fields": ["n"], "values": [[1]]}, "bookmarks": []}, 202)

    async def commit(request: Request) -> Response:
        if not has_login(request, world.secrets["NEO4J_USER"], world.secrets["NEO4J_PASSWORD"]):
            fault = {"code": "Neo.ClientError.Security.Unauthorized", "message": "Invalid credential."}
            return JSONResponse({"errors": [fault]}, 401)
        result = {"columns": ["n"], "data": [{"row": [1], "meta": [None]}]}
        return JSONResponse({"results": [result], "errors": []})

    return application(
        routes=[
            Route("/", root),
            Route("/db/{name}/query/v2", query, methods=["POST"]),
            Route("/db/{name}/tx/commit", commit, methods=["POST"]),
        ]
    )


def has_login(request: Request, user: str, password: str) -> bool:
    """Whether the request carries this login by HTTP basic."""
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "basic" and word == base64.b64encode(f"{user}:{password}".encode()).decode()
