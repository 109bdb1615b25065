"""Docker's Engine API 1.41, as a monitor reads it over the unix socket: containers, stats, logs, events.

Shapes from Docker's API reference, version 1.41. Paths work with and without the version prefix; nothing can be
changed through it.
"""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sutaz_tui.simulator.docker_compose import (
    NETWORK,
    environment_of,
    health_check,
    listed_ports,
    mounts_of,
    network_of,
)
from sutaz_tui.simulator.docker_containers import (
    CPUS,
    HOST_MEMORY,
    Container,
    Fleet,
    is_let_through,
    stamp,
    stamp_nanoseconds,
)
from sutaz_tui.simulator.docker_disk import disk_usage
from sutaz_tui.simulator.web import think
from sutaz_tui.simulator.world import World

VERSION = "27.3.1"
API_VERSION = "1.41"
IMAGE_AGE = 30 * 86_400.0
"""Seconds that an image was built before its container was made."""
EVENT_FILTERS = ("type", "event", "container")
"""Those of Docker's filters that this one knows; others are refused, as Docker does those that it does not know."""
_LOG_PAUSE = 0.2
"""Seconds between two looks for lines of a followed log."""
_LOOKS_EVERY = 0.5
"""Seconds between two looks at the containers for whoever listens to events."""
_LOG_SLACK = 2_000_000_000
"""Nanoseconds."""


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
                self._listed(container)
                for container in self._fleet.deployed()
                if (everything or self._fleet.status(container) != "exited")
                and is_let_through(container, filters)
            ]
        )

    async def container(self, request: Request) -> Response:
        await think(self._world, 0.003)
        found = self._fleet.find(request.path_params["name"])
        return JSONResponse(self._inspected(found)) if found else _no_container(request)

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
        if _is_off(request, "stream"):
            before = None
            if _is_off(request, "one-shot", "0"):
                before = self._sample(found, None)
                await asyncio.sleep(1)
            return JSONResponse(self._sample(found, before))

        async def stream() -> AsyncIterator[bytes]:
            before = None
            while True:
                sample = self._sample(found, before)
                before = {
                    key: value for key, value in sample.items() if key not in ("precpu_stats", "preread")
                }
                yield json.dumps(sample).encode() + b"\n"
                await asyncio.sleep(1)

        return StreamingResponse(stream(), media_type="application/json")

    async def logs(self, request: Request) -> Response:
        found = self._fleet.find(request.path_params["name"])
        if not found:
            return _no_container(request)
        wanted = [name for name in ("stdout", "stderr") if not _is_off(request, name, "0")]
        if not wanted:
            return JSONResponse({"message": "Bad parameters: you must choose at least one stream"}, 400)
        if self._fleet.log_driver(found) == "none":
            return JSONResponse({"message": "configured logging driver does not support reading"}, 501)
        try:
            since = _nanoseconds(request.query_params.get("since") or "0")
            until = _nanoseconds(request.query_params.get("until") or "0")
            tail = request.query_params.get("tail") or "all"
            last = int(tail) if tail != "all" else None
        except ValueError:
            return JSONResponse({"message": "Bad parameters: since, until and tail are numbers"}, 400)
        stamped = not _is_off(request, "timestamps", "0")
        follow = not _is_off(request, "follow", "0")
        framed = _raw if self._fleet.has_terminal(found) else _framed

        async def parts() -> AsyncIterator[bytes]:
            run = found.started, found.ended
            lines = self._fleet.lines(found, wanted, 0 if last is not None else since, 1 << 62)
            # Docker takes the last ones first, and of them those of the span.
            kept = lines if last is None else lines[max(0, len(lines) - last) :] if last >= 0 else lines
            yield b"".join(
                framed(*line, stamped)
                for line in kept
                if since <= line[0] and (not until or line[0] <= until)
            )
            told = set(lines)
            newest = lines[-1][0] if lines else 0
            # The stream ends with the container; of one that has ended only what is there is told.
            while follow and not until and run == (found.started, False):
                await asyncio.sleep(_LOG_PAUSE)
                self._world.tick()
                self._fleet.deployed()
                # The model dates some of its lines a moment ahead: what comes after them may be older.
                late = self._fleet.lines(found, wanted, newest - _LOG_SLACK, 1 << 62)
                fresh = [line for line in late if line not in told]
                told = set(late)
                if fresh:
                    newest = max(newest, fresh[-1][0])
                    yield b"".join(framed(*line, stamped) for line in fresh if line[0] >= since)
                if found.ended or run[0] != found.started:
                    return

        # Framed or not: only API 1.42 tells one from the other.
        return StreamingResponse(parts(), media_type="application/vnd.docker.raw-stream")

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

    # Shapes

    def _listed(self, container: Container) -> dict[str, Any]:
        fleet = self._fleet
        status, health = fleet.status(container), fleet.health(container)
        return {
            "Id": container.id,
            "Names": [f"/{container.name}"],
            "Image": container.image,
            "ImageID": container.image_id,
            "Command": "docker-entrypoint.sh",
            "Created": int(container.created),
            "Ports": listed_ports(self._world, container.name, not container.ended),
            "Labels": container.labels,
            "State": status,
            "Status": self._words(container, status, health),
            "HostConfig": {"NetworkMode": NETWORK},
            "NetworkSettings": self._network(container),
            "Mounts": mounts_of(container.name),
        }

    def _words(self, container: Container, status: str, health: str | None) -> str:
        started, finished = self._fleet.run(container)
        since = started if status == "running" else finished
        lasted = _span(self._world.epoch() - since)
        if status == "exited":
            return f"Exited ({self._fleet.exit_code(container)}) {lasted} ago"
        if status == "restarting":
            return f"Restarting ({self._fleet.exit_code(container)}) {lasted} ago"
        words = {None: "", "starting": " (health: starting)"}.get(health, f" ({health})")
        return f"Up {lasted}{words}"

    def _inspected(self, container: Container) -> dict[str, Any]:
        fleet = self._fleet
        status, health = fleet.status(container), fleet.health(container)
        running = status == "running"
        started, finished = fleet.run(container)
        state: dict[str, Any] = {
            "Status": status,
            "Running": status != "exited",
            "Paused": False,
            "Restarting": status == "restarting",
            "OOMKilled": fleet.was_killed(container),
            "Dead": False,
            "Pid": 4_000 + container.number * 17 if running else 0,
            "ExitCode": fleet.exit_code(container) if not running else 0,
            "Error": "",
            "StartedAt": stamp(started),
            "FinishedAt": stamp(finished),
        }
        if health:
            failing = health == "unhealthy"
            newest = {
                "Start": stamp(container.started),
                "End": stamp(container.started),
                "ExitCode": int(failing),
                "Output": "curl: (7) Failed to connect to localhost: Connection refused\n"
                if failing
                else "ok\n",
            }
            state["Health"] = {"Status": health, "FailingStreak": 5 if failing else 0, "Log": [newest]}
        return {
            "Id": container.id,
            "Created": stamp(container.created),
            "Path": "docker-entrypoint.sh",
            "Args": [],
            "State": state,
            "Image": container.image_id,
            "Name": f"/{container.name}",
            "RestartCount": fleet.restarts(container),
            "Driver": "overlay2",
            "Platform": "linux",
            "HostConfig": {
                "Memory": container.limit,
                "NanoCpus": int(container.cpus * 1e9),
                "NetworkMode": NETWORK,
                "RestartPolicy": {"Name": fleet.policy(container), "MaximumRetryCount": 0},
                "LogConfig": {"Type": fleet.log_driver(container), "Config": {}},
            },
            "Config": {
                "Hostname": container.id[:12],
                "Image": container.image,
                "Labels": container.labels,
                "Tty": fleet.has_terminal(container),
                "Env": environment_of(container.name),
                **({"Healthcheck": health_check(self._world, container.name)} if health else {}),
            },
            "NetworkSettings": self._network(container),
            "Mounts": mounts_of(container.name),
        }

    def _network(self, container: Container) -> dict[str, Any]:
        return network_of(self._world, container.name, container.address, not container.ended)

    def _sample(self, container: Container, before: dict[str, Any] | None) -> dict[str, Any]:
        fleet, used = self._fleet, self._fleet.memory(container)
        running = fleet.status(container) == "running"
        cpu = {
            "cpu_usage": {
                "total_usage": fleet.processor(container),
                "usage_in_kernelmode": 0,
                "usage_in_usermode": 0,
            },
            "system_cpu_usage": int(1e9 * CPUS * (self._world.elapsed() + 300_000)),
            "online_cpus": CPUS,
            "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
        }
        idle = {"cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0}}
        memory = {
            "usage": used + used // 10,
            "stats": {"inactive_file": used // 10, "anon": used},
            "limit": container.limit or HOST_MEMORY,
        }
        return {
            "read": stamp(self._world.epoch()),
            "preread": before["read"] if before else stamp(0),
            "pids_stats": {"current": 7 if running else 0},
            "blkio_stats": {"io_service_bytes_recursive": fleet.disk_traffic(container) if running else None},
            "num_procs": 0,
            "storage_stats": {},
            "cpu_stats": cpu if running else idle,
            "precpu_stats": before["cpu_stats"] if before else idle,
            "memory_stats": memory if running else {},
            "name": f"/{container.name}",
            "id": container.id,
            **({"networks": {"eth0": fleet.network_traffic(container)}} if running else {}),
        }


def _framed(at: int, stream: str, text: str, stamped: bool) -> bytes:
    """One line behind Docker's eight bytes: the stream's number and the length."""
    payload = _stamped(at, text, stamped)
    return struct.pack("!BxxxI", 1 if stream == "stdout" else 2, len(payload)) + payload


def _raw(at: int, _stream: str, text: str, stamped: bool) -> bytes:
    """One line of a terminal, which writes a carriage return before each newline."""
    return _stamped(at, text.replace("\n", "\r\n"), stamped)


def _stamped(at: int, text: str, stamped: bool) -> bytes:
    return (f"{stamp_nanoseconds(at)} {text}" if stamped else text).encode()


def _nanoseconds(seconds: str) -> int:
    """`S` or `S.NNNNNNNNN`, without a float's loss."""
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 10**9 + (int(fraction[:9].ljust(9, "0")) if fraction else 0)


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _is_off(request: Request, name: str, default: str = "1") -> bool:
    return request.query_params.get(name, default).lower() in ("0", "false", "")


def _no_container(request: Request) -> Response:
    return JSONResponse({"message": f"No such container: {request.path_params['name']}"}, 404)


def _span(seconds: float) -> str:
    """A time as Docker's list words it."""
    if seconds < 60:
        return f"{int(max(1, seconds))} seconds"
    if seconds < 3_600:
        return "About a minute" if seconds < 120 else f"{int(seconds // 60)} minutes"
    if seconds < 86_400 * 2:
        return "About an hour" if seconds < 7_200 else f"{int(seconds // 3_600)} hours"
    return f"{int(seconds // 86_400)} days"
