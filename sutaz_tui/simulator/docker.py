"""Docker's Engine API 1.41, as a monitor reads it over the unix socket: containers, stats, logs, events.

Shapes from Docker's API reference, version 1.41. Paths work with and without the version prefix; nothing can be
changed through it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sutaz_tui.simulator.container_use import CPUS
from sutaz_tui.simulator.docker_containers import HOST_MEMORY, Fleet, is_let_through, stamp
from sutaz_tui.simulator.docker_disk import disk_usage
from sutaz_tui.simulator.docker_logs import is_off, log_of
from sutaz_tui.simulator.docker_shapes import inspected, listed, sample
from sutaz_tui.simulator.web import think
from sutaz_tui.simulator.world import World

VERSION = "27.3.1"
API_VERSION = "1.41"
IMAGE_AGE = 30 * 86_400.0
"""Seconds that an image was built before its container was made."""
EVENT_FILTERS = ("type", "event", "container")
"""Those of Docker's filters that this one knows; others are refused, as Docker does those that it does not know."""
_LOOKS_EVERY = 0.5
"""Seconds between two looks at the containers for whoever listens to events."""


def app(world: World) -> Starlette:
    """The Docker daemon of this world."""
    engine = _Engine(world)
    paths = {
        "/_ping": engine.ping,
        "/version": engine.version,
        "/info": engine.info,
        "/system/df": engine.disk,
        "/events": engine.events,
        "/containers/json": engine.containers,
        "/containers/{name}/json": engine.container,
        "/containers/{name}/stats": engine.stats,
        "/containers/{name}/logs": engine.logs,
        "/images/{name:path}/json": engine.image,
    }
    prefixes = ("", "/v{version}")
    routes = [Route(prefix + path, answer) for prefix in prefixes for path, answer in paths.items()]
    return Starlette(routes=routes, exception_handlers={404: _no_page})


async def _no_page(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"message": "page not found"}, 404)


class _Engine:
    def __init__(self, world: World) -> None:
        self._world = world
        self._fleet = Fleet(world)

    async def ping(self, _request: Request) -> Response:
        headers = {
            "Api-Version": API_VERSION,
            "Ostype": "linux",
            "Docker-Experimental": "false",
            "Cache-Control": "no-cache, no-store, must-revalidate",
        }
        return Response("OK", media_type="text/plain", headers=headers)

    async def version(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "Version": VERSION,
                "ApiVersion": API_VERSION,
                "MinAPIVersion": "1.24",
                "Os": "linux",
                "Arch": "amd64",
                "KernelVersion": "6.1.0-28-amd64",
                "GoVersion": "go1.22.7",
                "GitCommit": "41ca978",
                "Platform": {"Name": "Docker Engine - Community"},
            }
        )

    async def info(self, _request: Request) -> Response:
        states = [self._fleet.status(container) for container in self._fleet.deployed()]
        return JSONResponse(
            {
                "ID": "sutazai",
                "Name": "stack-host",
                "ServerVersion": VERSION,
                "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
                "OSType": "linux",
                "Architecture": "x86_64",
                "KernelVersion": "6.1.0-28-amd64",
                "NCPU": CPUS,
                "MemTotal": HOST_MEMORY,
                "Driver": "overlay2",
                "Containers": len(states),
                "ContainersRunning": sum(state != "exited" for state in states),
                "ContainersPaused": 0,
                "ContainersStopped": states.count("exited"),
                "Images": len({container.image for container in self._fleet.deployed()}),
                "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
                "Warnings": None,
            }
        )

    async def disk(self, _request: Request) -> Response:
        # It walks through all of it.
        await think(self._world, 0.08)
        return JSONResponse(disk_usage(self._fleet.deployed(), self._world.born_wall))

    async def containers(self, request: Request) -> Response:
        await think(self._world, 0.006)
        everything = request.query_params.get("all", "").lower() in ("1", "true")
        try:
            filters = json.loads(request.query_params.get("filters") or "{}")
        except ValueError:
            return JSONResponse({"message": "invalid filter"}, 400)
        if unknown := next((name for name in filters if name not in ("name", "label")), None):
            return JSONResponse({"message": f"invalid filter '{unknown}'"}, 400)
        return JSONResponse(
            [
                listed(self._world, self._fleet, container)
                for container in self._fleet.deployed()
                if (everything or self._fleet.status(container) != "exited")
                and is_let_through(container, filters)
            ]
        )

    async def container(self, request: Request) -> Response:
        await think(self._world, 0.003)
        found = self._fleet.find(request.path_params["name"])
        return JSONResponse(inspected(self._world, self._fleet, found)) if found else _no_container(request)

    async def image(self, request: Request) -> Response:
        """An image by its id or name."""
        name = request.path_params["name"]
        found = next((one for one in self._fleet.deployed() if name in (one.image_id, one.image)), None)
        if found is None:
            return JSONResponse({"message": f"No such image: {name}"}, 404)
        return JSONResponse(
            {
                "Id": found.image_id,
                "RepoTags": [found.image],
                "Created": stamp(found.created - IMAGE_AGE),
                "Os": "linux",
            }
        )

    async def stats(self, request: Request) -> Response:
        """One sample at once with `one-shot`; without it Docker takes a second for a second one, or streams."""
        found = self._fleet.find(request.path_params["name"])
        if not found:
            return _no_container(request)
        if is_off(request, "stream"):
            before = None
            if is_off(request, "one-shot", "0"):
                before = sample(self._world, self._fleet, found, None)
                await asyncio.sleep(1)
            return JSONResponse(sample(self._world, self._fleet, found, before))

        async def stream() -> AsyncIterator[bytes]:
            before = None
            while True:
                told = sample(self._world, self._fleet, found, before)
                before = {key: value for key, value in told.items() if key not in ("precpu_stats", "preread")}
                yield json.dumps(told).encode() + b"\n"
                await asyncio.sleep(1)

        return StreamingResponse(stream(), media_type="application/json")

    async def logs(self, request: Request) -> Response:
        found = self._fleet.find(request.path_params["name"])
        return await log_of(self._world, self._fleet, found, request) if found else _no_container(request)

    async def events(self, request: Request) -> Response:
        try:
            filters = json.loads(request.query_params.get("filters") or "{}")
            since = float(request.query_params.get("since") or "inf")
            until = float(request.query_params.get("until") or "inf")
        except ValueError:
            return JSONResponse({"message": "invalid filter"}, 400)

        if unknown := next((name for name in filters if name not in EVENT_FILTERS), None):
            return JSONResponse({"message": f"invalid filter '{unknown}'"}, 400)

        def wanted(event: dict[str, Any]) -> bool:
            # An action is told with what came of it, and filtered by its name: "health_status: healthy".
            action, _, _ = event["Action"].partition(":")
            named = {
                "type": event["Type"],
                "event": action,
                "container": event["Actor"]["Attributes"]["name"],
            }
            return all(told in filters[name] for name, told in named.items() if filters.get(name))

        async def stream() -> AsyncIterator[bytes]:
            queue = self._fleet.listen()
            try:
                for event in self._fleet.events():
                    if since <= event["timeNano"] / 1e9 <= until and wanted(event):
                        yield _line(event)
                while (left := until - self._world.epoch()) > 0:
                    try:
                        event = await asyncio.wait_for(queue.get(), min(_LOOKS_EVERY, left))
                    except TimeoutError:
                        # A health check may have come to another end since.
                        self._fleet.deployed()
                        continue
                    if wanted(event):
                        yield _line(event)
            finally:
                self._fleet.unlisten(queue)

        return StreamingResponse(stream(), media_type="application/json")


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _no_container(request: Request) -> Response:
    return JSONResponse({"message": f"No such container: {request.path_params['name']}"}, 404)
