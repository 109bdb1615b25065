"""Kong: its admin API, and a proxy whose routes reach the simulated services."""

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sutaz_tui.simulator import exposition
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True)
class Gate:
    """One route: its prefix, the service behind it and what becomes of the path.

    `healthy_path` stands before the path where the route leads somewhere; `real_strip` is what the live gateway does
    instead, which leads to 404 where `dead` names the route.
    """

    route: str
    prefix: str
    service: str
    host: str
    port: int
    endpoint: str
    limit: int
    healthy_path: str
    healthy_strip: bool
    real_strip: bool


GATES = (
    Gate("backend-route", "/api", "backend-api", "backend-upstream", 8000, "backend", 1000, "", False, True),
    Gate("mcp-route", "/mcp", "mcp-bridge", "sutazai-mcp-bridge", 11100, "mcp-bridge", 500, "", True, True),
    Gate(
        "agents-route",
        "/agents",
        "ai-agents-proxy",
        "sutazai-backend",
        8000,
        "backend",
        200,
        "/api/v1",
        False,
        False,
    ),
    Gate(
        "vectors-route",
        "/vectors",
        "vector-db-proxy",
        "sutazai-chromadb",
        8000,
        "chromadb",
        500,
        "/api/v2",
        True,
        False,
    ),
)
PLUGINS = (
    ("cors", None),
    ("file-log", None),
    ("request-size-limiting", None),
    ("correlation-id", None),
    ("response-transformer", None),
    *(("rate-limiting", gate.service) for gate in GATES),
)
UPSTREAM = "backend-upstream"


def _id(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


def admin(world: World) -> Starlette:
    def listing(shown: list[dict[str, Any]]) -> Callable[..., Any]:
        async def answer(_: Request) -> Response:
            return JSONResponse({"data": shown, "next": None})

        return answer

    created = int(world.born_wall) - 86_400
    common = {"created_at": created, "updated_at": created, "tags": None}
    services = [
        {
            **common,
            "id": _id(gate.service),
            "name": gate.service,
            "host": gate.host,
            "port": gate.port,
            "protocol": "http",
            "path": gate.healthy_path or None,
            "enabled": True,
            "retries": 5,
            "connect_timeout": 60_000,
        }
        for gate in GATES
    ]
    plugins = [
        {
            **common,
            "id": _id(f"{name}-{service}"),
            "name": name,
            "enabled": True,
            "service": {"id": _id(service)} if service else None,
            "config": {"minute": gate_limit(service), "policy": "local"} if service else {},
        }
        for name, service in PLUGINS
    ]
    upstreams = [
        {**common, "id": _id(UPSTREAM), "name": UPSTREAM, "algorithm": "round-robin", "slots": 10_000}
    ]

    async def routes(_: Request) -> Response:
        shown = [
            {
                **common,
                "id": _id(gate.route),
                "name": gate.route,
                "paths": [gate.prefix],
                "strip_path": gate.real_strip
                if gate.route in world.traits.dead_kong_routes
                else gate.healthy_strip,
                "service": {"id": _id(gate.service)},
                "protocols": ["http", "https"],
                "methods": None,
            }
            for gate in GATES
        ]
        return JSONResponse({"data": shown, "next": None})

    async def status(_: Request) -> Response:
        await think(world, 0.003)
        total = 4_000 + int(world.elapsed() * 2) + world.counts.of("kong").requests
        connections = {"connections_active": 3, "connections_reading": 0, "connections_writing": 3}
        connections |= {"connections_waiting": 0, "connections_accepted": total, "connections_handled": total}
        lua = [
            {"http_allocated_gc": "41.30 MiB", "pid": 1251},
            {"http_allocated_gc": "40.11 MiB", "pid": 1252},
        ]
        dictionaries = {"kong": {"allocated_slabs": "0.04 MiB", "capacity": "5.00 MiB"}}
        reachable = world.traits.kong_database_reachable and world.is_reachable("postgres")
        return JSONResponse(
            {
                "database": {"reachable": reachable},
                "memory": {"workers_lua_vms": lua, "lua_shared_dicts": dictionaries},
                "server": {**connections, "total_requests": total},
            }
        )

    async def root(_: Request) -> Response:
        names = sorted({name for name, _ in PLUGINS})
        plugins_shown = {"enabled_in_cluster": names, "available_on_server": dict.fromkeys(names, True)}
        return JSONResponse({"version": "3.9.1", "tagline": "Welcome to kong", "plugins": plugins_shown})

    async def health(request: Request) -> Response:
        if request.path_params["name"] not in (UPSTREAM, _id(UPSTREAM)):
            return JSONResponse({"message": "Not found"}, 404)
        healthy = world.traits.kong_target_healthy and world.is_reachable("backend")
        word = "HEALTHY" if healthy else "UNHEALTHY"
        address = {"ip": "172.20.0.40", "port": 8000, "health": word, "weight": 100}
        weight = {"total": 100, "available": 100 if healthy else 0, "unavailable": 0 if healthy else 100}
        target = {"id": _id("target"), "target": "sutazai-backend:8000", "weight": 100, "health": word}
        data = {"addresses": [address], "weight": weight, "host": "sutazai-backend", "port": 8000}
        upstream = {"id": _id(UPSTREAM)}
        shown = {**target, "data": data, "upstream": upstream, "created_at": created}
        return JSONResponse({"data": [shown], "total": 1, "next": None, "node_id": _id("node")})

    async def targets(_: Request) -> Response:
        target = {"id": _id("target"), "target": "sutazai-backend:8000", "weight": 100, "created_at": created}
        return JSONResponse({"data": [target], "next": None})

    async def metrics(_: Request) -> Response:
        return exposition.response(kong_metrics(world))

    return application(
        routes=[
            Route("/", root),
            Route("/status", status),
            Route("/services", listing(services)),
            Route("/routes", routes),
            Route("/plugins", listing(plugins)),
            Route("/upstreams", listing(upstreams)),
            Route("/consumers", listing([])),
            Route("/upstreams/{name}/health", health),
            Route("/upstreams/{name}/targets", targets),
            Route("/metrics", metrics),
        ]
    )


def kong_metrics(world: World) -> list[exposition.Family]:
    total = float(4_000 + int(world.elapsed() * 2))
    reachable = float(world.traits.kong_database_reachable and world.is_reachable("postgres"))
    node = {"node_id": _id("node"), "kong_subsystem": "http"}
    return [
        exposition.gauge("kong_datastore_reachable", "Database reachable.", ({}, reachable)),
        exposition.gauge("kong_nginx_requests_total", "Requests.", (node, total)),
        exposition.gauge("kong_nginx_connections_total", "Connections.", ({**node, "state": "active"}, 3.0)),
        exposition.gauge(
            "kong_memory_workers_lua_vms_bytes", "Lua.", ({**node, "pid": "1251"}, 43_306_188.0)
        ),
    ]


def gate_limit(service: str | None) -> int:
    return next((gate.limit for gate in GATES if gate.service == service), 0)


class Proxy:
    """Passes a request on to the service behind its prefix, as the route's paths are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._used: defaultdict[tuple[str, int], int] = defaultdict(int)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        gate = next(
            (gate for gate in GATES if path == gate.prefix or path.startswith(f"{gate.prefix}/")), None
        )
        trace = dict(scope["headers"]).get(b"x-trace-id", str(uuid.uuid4()).encode()).decode()
        if scope["type"] != "http" or gate is None:
            body = {
                "message": "no Route matched with those values",
                "request_id": trace.replace("-", "")[:32],
            }
            await JSONResponse(body, 404)(scope, receive, send)
            return
        headers = {
            "x-trace-id": trace,
            "x-api-version": "1.0",
            "x-powered-by": "SutazAI",
            "via": "1.1 kong/3.9.1",
        }
        headers |= self._limits(gate)
        if int(headers.get("ratelimit-remaining", "1")) < 0:
            shown = {**headers, "ratelimit-remaining": "0", "retry-after": headers["ratelimit-reset"]}
            shown["x-ratelimit-remaining-minute"] = "0"
            await JSONResponse({"message": "API rate limit exceeded"}, 429, shown)(scope, receive, send)
            return
        length = int(dict(scope["headers"]).get(b"content-length", b"0"))
        if length > 10 * 1024 * 1024 and self._world.traits.kong_limits_size:
            # nginx reads on for a while, so that the client gets to see the answer.
            while (await receive()).get("more_body"):
                pass
            await JSONResponse({"message": "Request size limit exceeded"}, 413, headers)(scope, receive, send)
            return
        apps: dict[str, ASGIApp] = self._world.state["apps"]
        if not self._world.is_reachable(gate.endpoint) or gate.endpoint not in apps:
            body = {
                "message": "An invalid response was received from the upstream server",
                "request_id": trace,
            }
            await JSONResponse(body, 502, headers)(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in headers.items()]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        passed = self._path(gate, path)
        await apps[gate.endpoint]({**scope, "path": passed, "raw_path": passed.encode()}, receive, answer)

    def _path(self, gate: Gate, path: str) -> str:
        if gate.route in self._world.traits.dead_kong_routes:
            return (path.removeprefix(gate.prefix) or "/") if gate.real_strip else path
        rest = path.removeprefix(gate.prefix) if gate.healthy_strip else path
        return (gate.healthy_path + rest) or "/"

    def _limits(self, gate: Gate) -> dict[str, str]:
        if not self._world.traits.kong_rate_limits:
            return {}
        now = self._world.epoch()
        key = (gate.service, int(now // 60))
        if key not in self._used:
            self._used = defaultdict(
                int, {other: count for other, count in self._used.items() if other[1] == key[1]}
            )
        self._used[key] += 1
        left = str(gate.limit - self._used[key])
        return {
            "ratelimit-limit": str(gate.limit),
            "ratelimit-remaining": left,
            "ratelimit-reset": str(60 - int(now % 60)),
            "x-ratelimit-limit-minute": str(gate.limit),
            "x-ratelimit-remaining-minute": left,
        }


def proxy(world: World) -> ASGIApp:
    return Proxy(world)
