"""The backend API: health, models, agents, metrics, and the middleware that times and logs every answer."""

import time
import uuid
from collections import Counter
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sutaz_tui.simulator import exposition
from sutaz_tui.simulator.backend_agents import AGENTS
from sutaz_tui.simulator.backend_auth import Accounts
from sutaz_tui.simulator.backend_chat import Chat
from sutaz_tui.simulator.backend_pool import DatabaseGone, Pool
from sutaz_tui.simulator.contract import Contract
from sutaz_tui.simulator.redis_figures import BACKEND_PINGS
from sutaz_tui.simulator.web import fastapi, think
from sutaz_tui.simulator.world import World

NAME = "SutazAI Platform API"
VERSION = "4.0.0"
FLAGS = {
    "redis": ("redis", 10001, "Cache and session storage"),
    "rabbitmq": ("rabbitmq", 10004, "Message queue"),
    "neo4j": ("neo4j", 10002, "Graph database"),
    "chromadb": ("chromadb", 10100, "Vector store"),
    "qdrant": ("qdrant", 10102, "Vector store"),
    "faiss": ("faiss", 10103, "Vector index"),
    "consul": ("consul", 10006, "Service discovery"),
    "kong": ("kong-admin", 10009, "API gateway"),
    "ollama": ("ollama", 11434, "Language models"),
    "postgres": ("postgres", 10000, "Accounts and sessions"),
}
"""Flag -> (endpoint, port, note)."""

MEAN = 0.012
"""Seconds that a request takes where nothing is wrong."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NEVER_WRITTEN = (
    ("auth_attempts_total", "counter", "Authentication attempts"),
    ("db_connections_active", "gauge", "Active database connections"),
    ("cache_hits_total", "counter", "Cache hits"),
    ("rabbitmq_messages_published_total", "counter", "Published messages"),
    ("vector_db_operations_total", "counter", "Vector store operations"),
    ("backend_requests_total", "counter", "Requests"),
    ("backend_chat_messages_total", "counter", "Chat messages"),
)
KEPT_SERIES = 2_000
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "content-security-policy": "default-src 'self'",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "geolocation=(), microphone=(), camera=()",
}
REGISTER = "/api/v1/auth/register"
BROADCAST = "/api/v1/jarvis/jarvis/broadcast"
LOGIN_FIRST = frozenset({"/api/v1/vectors/search", "/api/v1/vectors/store", BROADCAST})
"""Paths that answer 401 to a stranger, whatever the body."""
ORIGINS = {f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (11000, 3000)}


def flags(world: World) -> dict[str, bool]:
    """What the backend says of its neighbours, all of which it asks."""
    if world.is_reachable("redis") and not world.traits.backend_uses_another_redis:
        world.state[BACKEND_PINGS] = world.state.get(BACKEND_PINGS, 0) + 1
    return {
        name: name in world.traits.lying_flags or world.is_reachable(endpoint)
        for name, (endpoint, _, _) in FLAGS.items()
        if name != "postgres" or world.traits.backend_reports_postgres
    }


def metrics(world: World) -> list[exposition.Family]:
    requests: Counter[tuple[str, str, str]] = world.state.setdefault("backend requests", Counter())
    # Prometheus itself asks every 15 s, and did so before the model's first second.
    scraped = Counter({("GET", "/metrics", "200"): 600 + int(world.elapsed() / 15)})
    moving = requests + scraped if world.traits.backend_metrics_move else Counter[tuple[str, str, str]]()
    total = float(moving.total())
    series = [
        ({"endpoint": path, "method": method, "status_code": status}, float(count))
        for (method, path, status), count in moving.items()
    ]
    status = [({"service": name}, float(healthy)) for name, healthy in flags(world).items()]
    where = {"endpoint": "/health", "method": "GET"}
    return [
        *exposition.process(world, "backend"),
        exposition.counter("http_requests_total", "Total HTTP requests", *series),
        _durations(world, total, where),
        exposition.gauge("http_requests_in_progress", "Requests in progress", (where, 1.0)),
        exposition.gauge("backend_service_status", "Status of a service (1=healthy)", *status),
        exposition.gauge("app_info", "Application", ({"app_name": NAME, "version": VERSION}, 1.0)),
        *[exposition.Family(name, kind, about, ()) for name, kind, about in NEVER_WRITTEN],
    ]


def _durations(world: World, total: float, where: dict[str, str]) -> exposition.Family:
    """The histogram of all requests: those while it was slow took so much longer, and stay in it."""
    fault = world.fault("backend")
    mean = MEAN + (fault.seconds if fault is not None and fault.name == "slow" else 0.0)
    # From how many requests on they took how long.
    spells: list[tuple[float, float]] = world.state.setdefault("backend took", [(0.0, MEAN)])
    if spells[-1][1] != mean:
        spells.append((total, mean))
    ends = [*(begin for begin, _ in spells[1:]), total]
    name, about = "http_request_duration_seconds", "Request duration"
    each = [
        exposition.histogram(name, about, BOUNDS, where, max(0.0, end - begin), took)
        for (begin, took), end in zip(spells, ends, strict=True)
    ]
    samples = [
        exposition.Sample(same[0].name, same[0].labels, sum(one.value for one in same))
        for same in zip(*(one.samples for one in each), strict=True)
    ]
    return exposition.Family(name, "histogram", about, tuple(samples))


def app(world: World) -> ASGIApp:
    accounts = Accounts(world, Pool(world))
    chat = Chat(world, accounts)
    contract = Contract("backend", "/api/v1/openapi.json")

    async def root(_: Request) -> Response:
        paths = {"docs": "/docs", "api": "/api/v1"}
        return JSONResponse({"app": NAME, "version": VERSION, "status": "operational", **paths})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "healthy", "app": NAME})

    async def detailed(request: Request) -> Response:
        await think(world, 0.006)
        services = flags(world)
        healthy = sum(services.values())
        head: dict[str, Any] = {"version": VERSION}
        if request.url.path == "/health/detailed":
            head = {"app": NAME, "version": VERSION}
        return JSONResponse(
            {
                "status": "healthy" if healthy == len(services) else "degraded",
                **head,
                "services": services,
                "healthy_count": healthy,
                "total_services": len(services),
            }
        )

    async def services(_: Request) -> Response:
        seen = flags(world)
        healthy = sum(seen.values())
        listed = [{"name": name, "status": _word(up), "healthy": up} for name, up in seen.items()]
        return JSONResponse(
            {
                "total_services": len(seen),
                "healthy_count": healthy,
                "unhealthy_count": len(seen) - healthy,
                "status": "healthy" if healthy == len(seen) else "degraded",
                "services": listed,
            }
        )

    async def service(request: Request) -> Response:
        name, seen = request.path_params["name"], flags(world)
        if name not in seen:
            raise HTTPException(404, f"Service '{name}' not found. Valid services: {list(seen)}")
        _, port, note = FLAGS[name]
        status = {"status": _word(seen[name]), "healthy": seen[name]}
        return JSONResponse({"service": name, **status, "port": port, "note": note})

    async def models(_: Request) -> Response:
        reached = chat.has_model()
        local = [
            {"name": name, "provider": "ollama", "size": 637_700_138, "available": True}
            for name in world.traits.models
            if reached
        ]
        detailed = [
            *local,
            {"name": "gpt-4", "provider": "openai", "available": False},
            {"name": "claude-3", "provider": "anthropic", "available": False},
            {"name": "local", "provider": "system", "available": True},
        ]
        names = [str(model["name"]) for model in detailed if model["available"]]
        return JSONResponse({"models": names, "detailed": detailed, "count": len(names)})

    async def agents(_: Request) -> Response:
        return JSONResponse(AGENTS)

    async def agent_metrics(_: Request) -> Response:
        counts = ("total_requests", "successful_requests", "failed_requests", "average_latency")
        more = ("resource_violations", "emergency_shutdowns", "model_switches", "thermal_throttles")
        jarvis = dict.fromkeys(counts + more, 0)
        stamp = str(world.now().replace(tzinfo=None))
        return JSONResponse({"jarvis": jarvis, "active_models": 8, "total_models": 8, "timestamp": stamp})

    async def show_metrics(_: Request) -> Response:
        return exposition.response(metrics(world))

    async def openapi(_: Request) -> Response:
        return contract.openapi(NAME, VERSION)

    def unheld(scope: Scope) -> bool:
        if scope["path"] == REGISTER:
            return not world.traits.registrations_are_checked
        wants_login = scope["path"] in LOGIN_FIRST and not (
            scope["path"] == BROADCAST and not world.traits.broadcast_needs_login
        )
        return scope["method"] == "OPTIONS" or (wants_login and "authorization" not in Headers(scope=scope))

    inner = fastapi(
        [
            Route("/", root),
            Route("/health", health),
            Route("/health/detailed", detailed),
            Route("/metrics", show_metrics),
            Route("/api/v1/health/", detailed),
            Route("/api/v1/health/services", services),
            Route("/api/v1/health/services/{name}", service),
            Route("/api/v1/models/", models),
            Route("/api/v1/agents/", agents),
            Route("/api/v1/agents/metrics", agent_metrics),
            Route("/api/v1/openapi.json", openapi),
            *accounts.routes(),
            *chat.routes(),
        ],
        contract,
        unheld,
    )
    inner.add_exception_handler(DatabaseGone, _database_gone)
    return Timed(inner, world)


class Timed:
    """Counts, times and logs every answer of the backend and adds its headers, as its middleware does."""

    def __init__(self, inner: ASGIApp, world: World) -> None:
        self._inner = inner
        self._world = world
        self._requests: Counter[tuple[str, str, str]] = world.state.setdefault("backend requests", Counter())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started = time.perf_counter()
        heard = Headers(scope=scope)
        correlation = heard.get("x-correlation-id") or str(uuid.uuid4())
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                if status < 500 or "content-type" in headers:
                    headers["x-correlation-id"] = correlation
                    headers["x-process-time"] = f"{time.perf_counter() - started:.3f}"
                if self._world.traits.security_headers:
                    headers.update(SECURITY_HEADERS)
                if heard.get("origin") in ORIGINS:
                    headers["access-control-allow-origin"] = heard["origin"]
                    headers["access-control-allow-credentials"] = "true"
                    headers["access-control-allow-methods"] = "GET, POST, PUT, DELETE, OPTIONS"
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in heard:
            allowed = heard.get("origin") in ORIGINS
            await Response("OK" if allowed else "Disallowed CORS origin", 200 if allowed else 400)(
                scope, receive, answer
            )
        else:
            await self._inner(scope, receive, answer)
        key = (scope["method"], scope["path"], str(status))
        if key in self._requests or len(self._requests) < KEPT_SERIES:
            self._requests[key] += 1
        client = scope["client"][0] if scope["client"] else ""
        self._world.logs.request(
            correlation,
            scope["method"],
            scope["path"],
            status,
            time.perf_counter() - started,
            client,
            heard.get("user-agent", ""),
        )


async def _database_gone(request: Request, error: Exception) -> Response:
    return Response("Internal Server Error", 500, headers={"content-type": "text/plain; charset=utf-8"})


def _word(healthy: bool) -> str:
    return "healthy" if healthy else "unhealthy"
