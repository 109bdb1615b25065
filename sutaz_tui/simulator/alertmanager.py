"""Alertmanager's API v2 over the alerts that the simulated Prometheus fires."""

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.alerts import firing
from sutaz_tui.simulator.web import application
from sutaz_tui.simulator.world import World

CONFIG = "global:\n  resolve_timeout: 5m\nroute:\n  receiver: none\nreceivers:\n- name: none\ntemplates: []\n"


def app(world: World) -> Starlette:
    silences: dict[str, dict[str, Any]] = {}

    def alerts() -> list[dict[str, Any]]:
        now = world.now()
        return [
            {
                "annotations": alert["annotations"],
                "endsAt": _stamp(now + timedelta(minutes=4)),
                "fingerprint": alert["fingerprint"],
                "receivers": [{"name": "none"}],
                "startsAt": alert["activeAt"],
                "status": {"inhibitedBy": [], "silencedBy": [], "state": "active"},
                "updatedAt": _stamp(now),
                "generatorURL": f"{world.url('prometheus')}/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
                "labels": alert["labels"],
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

    async def listing(_: Request) -> Response:
        return JSONResponse(alerts())

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


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
