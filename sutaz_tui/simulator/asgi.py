"""HTTP for every endpoint: uvicorn's protocol, one root application that counts, and the faults said in HTTP."""

import asyncio
import fnmatch
import http
import json
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, TypedDict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.imposters import mutated, page
from sutaz_tui.simulator.world import World

CONTROL = "control"
CREDENTIALS = frozenset(
    {
        b"authorization",
        b"cookie",
        b"proxy-authorization",
        b"apikey",
        b"x-api-key",
        b"x-consul-token",
        b"kong-admin-token",
    }
)
"""Headers that a login is in."""


class Patch(TypedDict, total=False):
    """One change of one HTTP answer, the means to make a stack with a single fault.

    `path` may hold `*`; `when` are headers of the request, whose values may hold `*`. `status` and `body` replace; `set`
    and `remove` change JSON at dotted places (`services.redis`, `items.0.consumers`; `items.-` appends, `*.name` is of
    each); `headers` sets headers, null removes one; `mutated` is a word of `imposters.MUTATIONS`. `after` lets so many
    answers pass first, `every` changes each so-manieth alone.
    """

    endpoint: str
    method: str
    path: str
    when: dict[str, str]
    after: int
    status: int
    body: Any
    set: dict[str, Any]
    remove: list[str]
    headers: dict[str, str | None]
    mutated: str
    every: int


class Root:
    """The application behind every HTTP endpoint: counts, then answers by fault, patch or service."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.apps: dict[str, ASGIApp] = {}
        self.patches: list[Patch] = []
        self._matched: Counter[int] = Counter()

    def be(self, patches: list[Patch]) -> None:
        """Answer by these patches and no others."""
        self.patches = patches
        self._matched.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint: str = scope["state"]["endpoint"]
        app = self.apps.get(endpoint, no_app)
        if endpoint == CONTROL:
            await app(scope, receive, send)
            return
        method = scope.get("method", "WS")
        agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
        query = scope["query_string"].decode("latin-1")
        kept = self.world.counts.request(endpoint, method, scope["path"], agent.decode("latin-1"), query)
        if any(name in CREDENTIALS for name, _ in scope["headers"]):
            self.world.counts.credential(endpoint)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept["status"] = message["status"]
            await send(message)

        self.world.tick()
        fault = self.world.fault(endpoint)
        if fault is not None and fault.who:
            # A page is no WebSocket: the upgrade is denied with it.
            is_http = scope["type"] == "http"
            stranger = await page(fault.who, Request(scope, receive)) if is_http else Response(fault.who)
            await stranger(scope, receive, noted)
            return
        if fault is not None:
            answer = in_http(fault, endpoint, scope["path"])
            if answer is not None:
                await answer(scope, receive, noted)
                return
        patch = self._patch(endpoint, method, scope) if self.patches else None
        if patch is None or (scope["type"] == "websocket" and "mutated" in patch):
            await app(scope, receive, noted)
        elif scope["type"] == "websocket":
            # A patched answer is no WebSocket: the upgrade is denied with it.
            denied = JSONResponse(patch.get("body"), patch.get("status", 200))
            await denied(scope, receive, send)
        else:
            await patched(app, patch, scope, receive, noted)

    def _patch(self, endpoint: str, method: str, scope: Scope) -> Patch | None:
        for place, patch in enumerate(self.patches):
            if (
                patch["endpoint"] == endpoint
                and patch.get("method", method) == method
                and fnmatch.fnmatchcase(scope["path"], patch.get("path", "*"))
                and _bears(scope, patch.get("when", {}))
            ):
                self._matched[place] += 1
                late = self._matched[place] - patch.get("after", 0)
                return patch if late > 0 and late % patch.get("every", 1) == 0 else None
        return None


def _bears(scope: Scope, wanted: dict[str, str]) -> bool:
    """Whether a request has headers of these values."""
    sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return all(fnmatch.fnmatchcase(sent.get(name, ""), value) for name, value in wanted.items())


async def no_app(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=404)(scope, receive, send)


def in_http(fault: Fault, endpoint: str, path: str) -> Response | None:
    """The answer of a fault that is said in HTTP; None where the fault is another."""
    if fault.name == "status":
        phrase = http.HTTPStatus(fault.status).phrase if fault.status in KNOWN_STATUSES else "Fault"
        headers = {"retry-after": "30"} if fault.status in (429, 503) else {}
        if fault.status == 401:
            headers["www-authenticate"] = 'Basic realm="simulated"'
        return JSONResponse({"detail": phrase}, fault.status, headers)
    if fault.name == "redirect":
        return Response(status_code=307, headers={"location": path.rstrip("/") + "/elsewhere/"})
    if fault.name == "wrong-name":
        agent = "CrewAI" if endpoint == "letta" else "Letta"
        return JSONResponse({"status": "healthy", "agent": agent, "ollama": True, "model": "tinyllama"})
    if fault.name == "denied":
        headers = {"www-authenticate": 'Basic realm="simulated"'}
        return JSONResponse({"error": "not_authorised", "reason": "Login failed"}, 401, headers)
    return None


KNOWN_STATUSES = {status.value for status in http.HTTPStatus}


async def patched(app: ASGIApp, patch: Patch, scope: Scope, receive: Receive, send: Send) -> None:
    """Let `app` answer, then send its answer as `patch` changes it."""
    status, headers, body = 200, list[tuple[bytes, bytes]](), b""

    async def collect(message: Message) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            body += message.get("body", b"")

    await app(scope, receive, collect)
    if "body" in patch:
        body = (
            json.dumps(patch["body"]).encode()
            if not isinstance(patch["body"], str)
            else patch["body"].encode()
        )
    if patch.get("set") or patch.get("remove"):
        value = json.loads(body)
        for place, wanted in patch.get("set", {}).items():
            _place(value, place, wanted)
        for place in patch.get("remove", []):
            _remove(value, place)
        body = json.dumps(value).encode()
    if how := patch.get("mutated"):
        body = mutated(how, body)
    changed = {name.lower().encode(): value for name, value in patch.get("headers", {}).items()}
    kept = [
        pair for pair in headers if pair[0].lower() not in changed and pair[0].lower() != b"content-length"
    ]
    kept += [(name, value.encode()) for name, value in changed.items() if value is not None]
    kept.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": patch.get("status", status), "headers": kept})
    await send({"type": "http.response.body", "body": body})


def _place(value: Any, place: str, wanted: Any) -> None:
    if place.startswith("*."):
        for one in value:
            _place(one, place.removeprefix("*."), wanted)
        return
    parent, key = _walk(value, place)
    if isinstance(parent, list) and key == "-":
        parent.append(wanted)
    elif isinstance(parent, list):
        parent[int(key)] = wanted
    else:
        parent[key] = wanted


def _remove(value: Any, place: str) -> None:
    parent, key = _walk(value, place)
    if isinstance(parent, list):
        del parent[int(key)]
    else:
        parent.pop(key, None)


def _walk(value: Any, place: str) -> tuple[Any, str]:
    *steps, last = place.split(".")
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value, last


def protocols(root: Root) -> Callable[[str, str, int], Callable[[], asyncio.Protocol]]:
    """Makes, for an endpoint's name, `server` header and keep-alive seconds, a factory of HTTP connections."""
    # Wrong requests are answered 400; a line for each would fill a pipe that our parent may never read.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = Config(
        root,
        ws="wsproto",
        http=H11Protocol,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_per_message_deflate=False,
    )
    config.load()

    def of(endpoint: str, server: str, keep_alive: int) -> Callable[[], asyncio.Protocol]:
        state = ServerState()
        state.default_headers = [(b"server", server.encode())] if server else []
        app_state = {"endpoint": endpoint}

        def connection() -> asyncio.Protocol:
            spoken = H11Protocol(config, state, app_state)
            spoken.timeout_keep_alive = keep_alive
            return spoken

        return connection

    return of
