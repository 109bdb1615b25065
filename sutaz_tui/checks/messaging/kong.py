"""Kong: its configuration as the stack means it, its routes to their ends, and what the proxy adds on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, Wrong, patch, trait
from sutaz_tui.checks.messaging.category import CATEGORY
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

Names = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Way:
    """One route: its service, its prefix, requests a minute, a path through it, and what reads the service's own words."""

    route: str
    service: str
    prefix: str
    limit: int
    path: str
    reads: Callable[[Any], object]


def _health(found: Any) -> object:
    return reading.flags(found.get("services") if isinstance(found, dict) else found, "the backend's flags")


def _bridge(found: Any) -> object:
    service = found.get("service") if isinstance(found, dict) else found
    if service != "mcp-bridge":
        raise Wrong("service mcp-bridge", one_line(str(service), 80))
    return service


def _agents(found: Any) -> object:
    agents = reading.objects(found, "agents")
    if not agents:
        raise Wrong("agents", "none")
    return [
        reading.text(one.get(key), f"{key} of each agent")
        for one in agents
        for key in ("id", "name", "status")
    ]


def _beats(found: Any) -> object:
    beat = found.get("nanosecond heartbeat") if isinstance(found, dict) else found
    return reading.age(reading.whole(beat, "a heartbeat", most=2**63) / 1e9, 60, "a heartbeat")


WAYS = (
    Way("backend-route", "backend-api", "/api", 1000, "/api/v1/health/", _health),
    Way("mcp-route", "mcp-bridge", "/mcp", 500, "/mcp/health", _bridge),
    Way("agents-route", "ai-agents-proxy", "/agents", 200, "/agents/", _agents),
    Way("vectors-route", "vector-db-proxy", "/vectors", 500, "/vectors/heartbeat", _beats),
)
PLUGINS = ("cors", "file-log", "request-size-limiting", "correlation-id", "response-transformer")
UPSTREAM = "backend-upstream"


@CATEGORY.check(
    "kong.status",
    "Kong reaches its database and counts requests",
    "kong",
    twin=trait(kong_database_reachable=False),
    covers=("rck-16",),
)
async def status(ask: Ask, id: str = "kong") -> str:
    body = await ask.body(id, "/status")
    database, server = body.get("database"), body.get("server")
    reachable = isinstance(database, dict) and database.get("reachable") is True
    ask.expect(reachable, "its database reachable", f"{database}; it routes from memory until it restarts")
    total = server.get("total_requests") if isinstance(server, dict) else None
    reading.whole(total, "requests counted", 1)
    return f"database reachable, {total} requests"


async def listed(ask: Ask, path: str, id: str = "kong") -> list[dict[str, Any]]:
    """What an admin path lists, at most a thousand."""
    body = await ask.body(id, path, params={"size": 1000})
    found = body.get("data")
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise Wrong("a list of objects as data", one_line(f"{found!r}", 120))
    return found


async def _named(ask: Ask, path: str) -> Names:
    return {str(entry.get("name")): entry for entry in await listed(ask, path)}


@CATEGORY.check(
    "kong.services",
    "Kong's four services exist and are enabled",
    "kong",
    twin=patch("kong-admin", "/services", remove=["data.3"]),
    covers=("rck-17",),
)
async def services(ask: Ask) -> str:
    found = await _named(ask, "/services")
    missing = [way.service for way in WAYS if found.get(way.service, {}).get("enabled") is not True]
    wanted = ", ".join(way.service for way in WAYS)
    ask.expect(not missing, wanted, f"not there or not enabled: {', '.join(missing)}")
    return wanted


@CATEGORY.check(
    "kong.routes",
    "Kong's four routes have their prefix and service",
    "kong",
    twin=patch("kong-admin", "/routes", set={"data.1.paths": ["/bridge"]}),
    covers=("rck-18",),
)
async def routes(ask: Ask) -> str:
    services = {str(entry.get("id")): name for name, entry in (await _named(ask, "/services")).items()}
    found = await _named(ask, "/routes")
    wrong = []
    for way in WAYS:
        route = found.get(way.route)
        if route is None:
            wrong.append(f"{way.route} not there")
        elif way.prefix not in (route.get("paths") or []):
            wrong.append(f"{way.route} at {route.get('paths')}")
        elif (owner := services.get(str((route.get("service") or {}).get("id")))) != way.service:
            wrong.append(f"{way.route} leads to {owner}")
    ask.expect(not wrong, "four routes, each to its service", "; ".join(wrong))
    return ", ".join(f"{way.prefix} to {way.service}" for way in WAYS)


def _leads(way: Way) -> Run:
    async def run(ask: Ask) -> str:
        answer = await ask.get("kong.proxy", way.path)
        if answer.status == 404:
            by = "Kong" if "no Route matched" in answer.text() else f"what stands behind {way.prefix}"
            raise Wrong(
                f"{way.prefix} leads to {way.service}",
                f"404 by {by} for {way.path}: does the route strip its prefix as its service wants it?",
            )
        way.reads(ask.as_json(answer))
        return f"{way.path} is answered by {way.service}"

    return run


for _way in WAYS:
    CATEGORY.add(
        f"kong.{_way.route}",
        f"{_way.prefix} through the proxy reaches {_way.service}",
        _leads(_way),
        "kong",
        twin=trait(dead_kong_routes=(_way.route,))
        if _way.route != "mcp-route"
        else patch("kong", "/mcp/health", status=404, body={"detail": "Not Found"}),
        covers=("rck-18",),
    )


@CATEGORY.check(
    "kong.unknown",
    "unknown path: Kong answers 404; known path: it does not",
    "kong",
    twin=patch("kong", "/sutaztui-no-such-route", status=200, body={"message": "welcome"}),
)
async def unknown(ask: Ask) -> str:
    await _through(ask)
    answer = await ask.get("kong.proxy", "/sutaztui-no-such-route")
    body = ask.as_object(answer, 404)
    words = str(body.get("message"))
    ask.expect("no Route matched" in words, "404: no Route matched with those values", words)
    return "404 by Kong"


@CATEGORY.check(
    "kong.plugins",
    "the plugins are enabled, and each service has its rate limit",
    "kong",
    twin=patch("kong-admin", "/plugins", set={"data.2.enabled": False}),
)
async def plugins(ask: Ask) -> str:
    services = {str(entry.get("id")): name for name, entry in (await _named(ask, "/services")).items()}
    enabled = [entry for entry in await listed(ask, "/plugins") if entry.get("enabled") is True]
    names = {entry.get("name") for entry in enabled}
    missing = [name for name in PLUGINS if name not in names]
    limits = {
        services.get(str((entry.get("service") or {}).get("id"))): (entry.get("config") or {}).get("minute")
        for entry in enabled
        if entry.get("name") == "rate-limiting"
    }
    missing += [
        f"rate-limiting {way.limit}/min of {way.service}"
        for way in WAYS
        if limits.get(way.service) != way.limit
    ]
    ask.expect(not missing, f"{len(PLUGINS) + len(WAYS)} plugins", f"not enabled: {', '.join(missing)}")
    return f"{len(enabled)} plugins"


@CATEGORY.check(
    "kong.rate-limits",
    "answers have rate limit headers that count down",
    "kong",
    twin=trait(kong_rate_limits=False),
)
async def rate_limits(ask: Ask) -> str:
    first, second = [await _through(ask) for _ in range(2)]
    limit, before, after = (
        _number(first, "ratelimit-limit"),
        _number(first, "ratelimit-remaining"),
        _number(second, "ratelimit-remaining"),
    )
    ask.expect(limit == 500, "500 requests a minute on /mcp", limit)
    # A new minute may begin between the two.
    ask.expect(
        after < before or before < limit / 2 < after, "fewer left after each request", f"{before}, {after}"
    )
    return f"{after} of {limit} left this minute"


async def _through(ask: Ask, **headers: str) -> HttpAnswer:
    """The bridge's health, through the proxy: what the proxy adds is only worth something on an answer of the bridge."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await ask.get("kong.proxy", "/mcp/health", headers=sent)
    service = ask.as_object(answer).get("service")
    ask.expect(service == "mcp-bridge", "the bridge's answer", f"service {service}")
    return answer


def _number(answer: HttpAnswer, name: str) -> int:
    value = answer.headers.get(name, "")
    if not value.isdecimal():
        raise Wrong(f"a header {name}", repr(value) if value else f"{answer.status} without it")
    return int(value)


@CATEGORY.check(
    "kong.headers",
    "answers have trace id and API version headers",
    "kong",
    twin=patch("kong", "/mcp/health", headers={"x-api-version": None}),
)
async def headers(ask: Ask) -> str:
    trace = "sutaztui-trace"
    answer = await _through(ask, X_Trace_ID=trace)
    missing = [name for name in ("x-trace-id", "x-api-version", "x-powered-by") if name not in answer.headers]
    ask.expect(not missing, "X-Trace-ID, X-API-Version, X-Powered-By", f"without {', '.join(missing)}")
    ask.expect(
        answer.headers["x-trace-id"] == trace, "the trace id that was sent", answer.headers["x-trace-id"]
    )
    return f"trace id kept, API version {answer.headers['x-api-version']}"


@CATEGORY.check(
    "kong.upstream",
    f"every target of {UPSTREAM} is healthy",
    "kong",
    twin=trait(kong_target_healthy=False),
)
async def upstream(ask: Ask) -> str:
    found = await listed(ask, f"/upstreams/{UPSTREAM}/health")
    ask.expect(bool(found), f"a target of {UPSTREAM}", "none: requests to it are answered 503")
    sick = [
        f"{target.get('target')} {target.get('health')}"
        for target in found
        if target.get("health") != "HEALTHY"
    ]
    ask.expect(not sick, "every target HEALTHY", ", ".join(sick))
    idle = [str(target.get("target")) for target in found if target.get("weight") == 0]
    ask.expect(not idle, "a share of requests for each", f"weight 0, so none: {', '.join(idle)}")
    return ", ".join(f"{target.get('target')} HEALTHY" for target in found)
