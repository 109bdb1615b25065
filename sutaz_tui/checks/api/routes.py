"""The routes by the API's own description and what they answer; refusals; the headers of every answer."""

import uuid
from typing import Any

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, patch

CATEGORY = Category("api")
OPENAPI = "/api/v1/openapi.json"
REFRESH = f"{accounts.BASE}/refresh"
FRONTEND = ("http://localhost:11000", "http://127.0.0.1:11000")
# What the frontend, the bridge and these checks live by.
PROMISED = (
    "GET /health",
    "GET /api/v1/health/",
    "GET /api/v1/health/services",
    "GET /api/v1/models/",
    "GET /api/v1/agents/",
    "POST /api/v1/chat/send",
    "GET /api/v1/chat/models",
    "GET /api/v1/chat/health",
    "GET /api/v1/chat/sessions/{}",
    "POST /api/v1/simple_chat/",
    "POST /api/v1/vectors/search",
    *(
        f"POST {accounts.BASE}/{name}"
        for name in ("register", "login", "refresh", "logout", "password-reset")
    ),
    f"GET {accounts.BASE}/me",
)
# Routes that need nothing, with a key that their answers hold ("": a list).
OPEN = {
    "/": "version",
    "/health": "status",
    "/health/detailed": "services",
    "/api/v1/health/": "services",
    "/api/v1/health/services": "services",
    "/api/v1/models/": "models",
    "/api/v1/agents/": "",
    "/api/v1/agents/metrics": "active_models",
    "/api/v1/chat/models": "models",
    "/api/v1/chat/health": "status",
}


@CATEGORY.check(
    "routes.described",
    "the OpenAPI document has every route that the stack uses",
    "backend",
    twin=patch("backend", OPENAPI, remove=["paths./api/v1/auth/login"]),
)
async def described(ask: Ask) -> str:
    offered = reading.routes(await ask.body("backend", OPENAPI))
    missing = [route for route in PROMISED if route not in offered]
    ask.expect(not missing, f"{len(PROMISED)} routes", f"without {', '.join(missing)}")
    return f"{len(offered)} routes"


@CATEGORY.check(
    "routes.answer",
    "every route without parameters answers 200 with the expected fields",
    "backend",
    twin=patch("backend", "/api/v1/agents/metrics", status=500),
)
async def answer(ask: Ask) -> str:
    wrong = []
    for path, key in OPEN.items():
        found = await ask.get("backend", path)
        if found.status != 200:
            wrong.append(f"{path} {found.status}")
        elif not (body := found.json()) or (key and key not in body):
            wrong.append(f"{path} without {key or 'entries'}")
    ask.expect(not wrong, f"{len(OPEN)} of {len(OPEN)} answer", ", ".join(wrong))
    return f"{len(OPEN)} of {len(OPEN)} answer"


def _version(description: dict[str, Any]) -> object:
    info = description.get("info")
    return info.get("version") if isinstance(info, dict) else None


@CATEGORY.check(
    "routes.version",
    "/, /health and the OpenAPI document report the same version",
    "backend",
    twin=patch("backend", OPENAPI, set={"info.version": "0.0.1"}),
)
async def version(ask: Ask) -> str:
    named = {
        "/": (await ask.body("backend", "/")).get("version"),
        "the health page": (await ask.body("backend", "/api/v1/health/")).get("version"),
        "the description": _version(await ask.body("backend", OPENAPI)),
    }
    for where, what in named.items():
        reading.version(what, f"version at {where}")
    one = len(set(named.values())) == 1 and None not in named.values()
    ask.expect(one, "one version", ", ".join(f"{where} {what}" for where, what in named.items()))
    return str(named["/"])


@CATEGORY.check(
    "refusal.path",
    "an unknown path is 404 in JSON, a known one answers",
    "backend",
    twin=patch("backend", "/api/v1/sutaztui-none", status=200),
    covers=("api-19",),
)
async def no_path(ask: Ask) -> str:
    await ask.body("backend", "/health")
    found = ask.as_object(await ask.get("backend", "/api/v1/sutaztui-none"), 404)
    ask.expect("detail" in found, "404 with a detail", sorted(found))
    return "404 with a detail"


@CATEGORY.check(
    "refusal.method",
    "a wrong method is 405 with the allowed one",
    "backend",
    twin=patch("backend", f"{accounts.BASE}/login", method="GET", status=200),
    covers=("api-20",),
)
async def no_method(ask: Ask) -> str:
    await ask.body("backend", "/health")
    found = await ask.get("backend", f"{accounts.BASE}/login")
    ask.status(found, 405)
    ask.expect("POST" in found.headers.get("allow", ""), "Allow: POST", found.headers.get("allow", "none"))
    return "405, allowed is POST"


@CATEGORY.check(
    "refusal.json",
    "a body that is not JSON is 422, the same as JSON is accepted",
    "backend",
    twin=patch("backend", REFRESH, status=200),
    covers=("api-21",),
)
async def no_json(ask: Ask) -> str:
    # What is no token is refused, and that it is shows that the body was read.
    ask.status(await ask.post("backend", REFRESH, json={"refresh_token": "sutaztui-no-token"}), 401)
    headers = {"Content-Type": "application/json"}
    found = await ask.post("backend", REFRESH, headers=headers, content=b'{"refresh_token": "sutaztui')
    detail = ask.as_object(found, 422).get("detail")
    ask.expect("json" in str(detail).lower(), "words that name JSON", detail)
    return "422, and says why"


@CATEGORY.check(
    "headers.correlation_kept",
    "an answer keeps the request's X-Correlation-ID",
    "backend",
    twin=patch("backend", "/health", headers={"x-correlation-id": "another"}),
)
async def correlation_kept(ask: Ask) -> str:
    mine = f"sutaztui-{uuid.uuid4()}"
    found = await ask.get("backend", "/health", headers={"X-Correlation-ID": mine})
    ask.as_object(found)
    heard = found.headers.get("x-correlation-id", "none")
    ask.expect(heard == mine, "the id that was sent", heard)
    return "the id that was sent"


@CATEGORY.check(
    "headers.correlation_made",
    "requests without X-Correlation-ID get a new one each",
    "backend",
    twin=patch("backend", "/health", headers={"x-correlation-id": "0"}),
)
async def correlation_made(ask: Ask) -> str:
    ids = []
    for _ in range(2):
        found = await ask.get("backend", "/health")
        ask.as_object(found)
        ids.append(found.headers.get("x-correlation-id", ""))
    ask.expect(all(ids), "an id each", "none")
    ask.expect(ids[0] != ids[1], "two different ids", f"{ids[0]} twice")
    return "one each"


@CATEGORY.check(
    "headers.process_time",
    "X-Process-Time is no longer than the request took",
    "backend",
    twin=patch("backend", "/health", headers={"x-process-time": None}),
)
async def process_time(ask: Ask) -> str:
    found = await ask.get("backend", "/health")
    ask.as_object(found)
    words = found.headers.get("x-process-time", "none")
    try:
        took = float(words)
    except ValueError:
        raise Wrong("X-Process-Time in seconds", words) from None
    # The header is rounded to a millisecond.
    ask.expect(0 <= took <= found.latency + 0.001, f"at most {found.latency:.3f} s", f"{took} s")
    return f"{took} s"


@CATEGORY.check(
    "headers.cors_frontend",
    "CORS allows the frontend's origins, with credentials",
    "backend",
    twin=patch("backend", "/health", headers={"access-control-allow-origin": None}),
)
async def frontend(ask: Ask) -> str:
    for origin in FRONTEND:
        found = await ask.get("backend", "/health", headers={"Origin": origin})
        ask.as_object(found)
        allowed = found.headers.get("access-control-allow-origin", "none")
        ask.expect(allowed == origin, f"{origin} allowed", allowed)
        kept = found.headers.get("access-control-allow-credentials", "none")
        ask.expect(kept == "true", f"{origin} allowed with its login", kept)
    return f"{len(FRONTEND)} allowed"
