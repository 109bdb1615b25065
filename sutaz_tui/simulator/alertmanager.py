"""Alertmanager's API v2 over the alerts that the simulated Prometheus fires."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.alerts import firing
from sutaz_tui.simulator.web import application
from sutaz_tui.simulator.world import World

CONFIG = """\
global:
  resolve_timeout: 5m
route:
  receiver: none
receivers:
- name: none
  webhook_configs:
  - send_resolved: true
    url: <secret>
templates: []
"""


EXTERNAL = {"cluster": "sutazai"}
"""`external_labels` of the simulated Prometheus: it adds them to what it sends, and does not tell them itself."""


def app(world: World) -> Starlette:
    silences: dict[str, dict[str, Any]] = {}

    def alerts() -> list[dict[str, Any]]:
        now = world.now()

        def status_of(labels: dict[str, str]) -> dict[str, Any]:
            by = [id for id, silence in silences.items() if _is_silenced(labels, silence, now)]
            return {"inhibitedBy": [], "silencedBy": by, "state": "suppressed" if by else "active"}

        return [
            {
                "annotations": alert["annotations"],
                "endsAt": _stamp(now + timedelta(minutes=4)),
                "fingerprint": alert["fingerprint"],
                "receivers": [{"name": "none"}],
                "startsAt": alert["activeAt"],
                "status": status_of(alert["labels"] | EXTERNAL),
                "updatedAt": _stamp(now),
                "generatorURL": f"{world.url('prometheus')}/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
                "labels": alert["labels"] | EXTERNAL,
            }
            for alert in firing(world)
        ]

    async def word(_: Request) -> Response:
        return PlainTextResponse("OK")

    async def status(_: Request) -> Response:
        built = {"branch": "HEAD", "buildDate": "20250304-15:24:05", "buildUser": "root@simulated"}
        version = {**built, "goVersion": "go1.23.6", "revision": "b5a58b4", "version": "0.28.1"}
        started = _stamp(datetime.fromtimestamp(world.born_wall, UTC))
        cluster = {"peers": [], "status": "disabled"}
        return JSONResponse(
            {"cluster": cluster, "config": {"original": CONFIG}, "uptime": started, "versionInfo": version}
        )

    async def listing(request: Request) -> Response:
        wanted = {name: request.query_params.get(name, "true") == "true" for name in ("active", "silenced")}
        return JSONResponse(
            [one for one in alerts() if wanted["silenced" if one["status"]["silencedBy"] else "active"]]
        )

    async def groups(_: Request) -> Response:
        found = alerts()
        return JSONResponse([{"alerts": found, "labels": {}, "receiver": {"name": "none"}}] if found else [])

    async def receivers(_: Request) -> Response:
        return JSONResponse([{"name": "none"}])

    async def silence(request: Request) -> Response:
        if request.method == "POST":
            wanted = await request.json()
            identity = f"00000000-0000-4000-8000-{len(silences) + 1:012d}"
            silences[identity] = {**wanted, "id": identity, "status": {"state": "active"}}
            return JSONResponse({"silenceID": identity})
        return JSONResponse(list(silences.values()))

    async def one_silence(request: Request) -> Response:
        found = silences.get(request.path_params["id"])
        if found is None:
            return JSONResponse("silence not found", 404)
        if request.method == "DELETE":
            found["status"] = {"state": "expired"}
            return JSONResponse({})
        return JSONResponse(found)

    return application(
        routes=[
            Route("/-/ready", word),
            Route("/-/healthy", word),
            Route("/api/v2/status", status),
            Route("/api/v2/alerts", listing),
            Route("/api/v2/alerts/groups", groups),
            Route("/api/v2/receivers", receivers),
            Route("/api/v2/silences", silence, methods=["GET", "POST"]),
            Route("/api/v2/silence/{id}", one_silence, methods=["GET", "DELETE"]),
        ]
    )


def _is_silenced(labels: dict[str, str], silence: dict[str, Any], now: datetime) -> bool:
    """Whether all matchers of a silence that is in force match."""
    start, end = (datetime.fromisoformat(silence[name]) for name in ("startsAt", "endsAt"))
    if silence["status"]["state"] != "active" or not start <= now < end:
        return False
    return all(_matches(labels.get(matcher["name"], ""), matcher) for matcher in silence["matchers"])


def _matches(value: str, matcher: dict[str, Any]) -> bool:
    pattern = matcher["value"] if matcher["isRegex"] else re.escape(matcher["value"])
    return (re.fullmatch(pattern, value) is not None) is matcher.get("isEqual", True)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
