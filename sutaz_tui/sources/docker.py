"""The Engine API of Docker, which Podman's service speaks too: containers, their state, and their memory.

Podman 4.3 leaves the health out of the list, so that it is known from a container's own page alone. Both set the
exit code of a container to 0 when it is started again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker_events import DockerEvents
from sutaz_tui.sources.docker_parts import addresses, environment, health_checks, mounts, published
from sutaz_tui.sources.docker_usage import Usage, from_stats
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.unexpected import expect_ok
from sutaz_tui.text.sanitise import one_line

# A container is 1 to 3 kB of the list, and a thousand of them are no fault.
READ_LIMIT = 8 * 1024 * 1024

COMPOSE = "com.docker.compose."
SWARM = "com.docker.swarm.service.name"
OUTPUT = 120
"""What is shown of a health check's output, characters."""

_SECONDS = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000,
}  # fmt: skip
_UP = re.compile(r"Up (?:(Less than)|(About)|(\d{1,4})) ?(?:an? )?(second|minute|hour|day|week|month|year)s?")
_EXIT = re.compile(r"(?:Exited|Restarting) \((-?\d{1,10})\)")
_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,127}")


@dataclass(frozen=True, slots=True)
class Container:
    """One entry of the list.

    `state` is Docker's word (running, exited …), `health` "" where the list does not tell, `exit_code` None unless
    it has ended, `uptime` the least and most seconds that it can be running, None unless it runs. `ports` are those of
    the host that lead to it, `compose_project` and `compose_service` are the names that compose has for it,
    `swarm_service` is Swarm's, `is_run_once` that it is none of the service's own, but of a `compose run`. `published`
    are its ports in words, `networks` the addresses that it has by network, `mounts` what it has from outside, in words.
    """

    id: str
    names: tuple[str, ...]
    image: str
    image_id: str
    state: str
    health: str = ""
    exit_code: int | None = None
    uptime: tuple[float, float] | None = None
    ports: frozenset[int] = frozenset()
    compose_service: str = ""
    compose_project: str = ""
    swarm_service: str = ""
    is_run_once: bool = False
    published: tuple[str, ...] = ()
    networks: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[str, ...] = ()

    def is_replica_of(self, project: str, service: str) -> bool:
        """Whether it is one of those that this service of a compose project is made of."""
        is_named = (self.compose_project, self.compose_service) == (project, service)
        return is_named and not self.is_run_once and bool(self.names)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What only a container's own page tells.

    `health` is "" without a health check, `start_period` the seconds that its health check lets it start in, 0 for
    none; `memory_limit` in bytes, `cpu_limit` in cores. `health_output` is what the health check printed last, `error`
    why Docker could not start it, "" for none: one line. `checked` are its last health checks, in words, the newest first;
    `environment` the names of its variables, `policy` Docker's word on when it is started again.
    """

    restarts: int
    exit_code: int
    is_oom: bool
    started: datetime | None
    finished: datetime | None
    created: datetime | None
    health: str
    start_period: float
    memory_limit: int | None
    cpu_limit: float | None = None
    health_output: str = ""
    error: str = ""
    checked: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Engine:
    """One answer to the list: who answers ("Docker 27.3.1"), and its containers. Seconds."""

    version: str
    containers: tuple[Container, ...]
    latency: float


class DockerApi:
    """The Engine API of one host; every method that asks raises SourceError."""

    def __init__(self, clients: Clients, source: str, title: str) -> None:
        self.title = title
        self.http = clients.source_http(source, title)
        self.events = DockerEvents(self.http)
        self._built: dict[str, datetime | None] = {}

    async def engine(self, timeout: float, filters: Mapping[str, list[str]] | None = None) -> Engine:
        """GET /containers/json?all=1: all containers, the ended ones too, or those that Docker's `filters` let through."""
        only = f"&filters={quote(json.dumps(filters), safe='')}" if filters else ""
        answer = await self._get(f"/containers/json?all=1{only}", timeout)
        found = expect_ok(self.title, answer)
        if found.is_cut:
            raise BadAnswer(self.title, f"the list of containers is larger than {READ_LIMIT >> 20} MiB")
        entries = found.json()
        try:
            if not isinstance(entries, list):
                raise TypeError("no list")
            containers = tuple(_container(entry) for entry in entries)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadAnswer(
                self.title, "the body holds no list of containers; is this Docker's socket?"
            ) from error
        return Engine(_version(answer), containers, answer.latency)

    async def inspect(self, id: str, timeout: float) -> Inspection | None:
        """GET /containers/ID/json; None when it has gone meanwhile."""
        answer = await self._get(f"/containers/{id}/json", timeout)
        if answer.status == 404:
            return None
        found = expect_ok(self.title, answer).json()
        try:
            state, config = found["State"], found.get("HostConfig") or {}
            limit = config.get("Memory")
            check = (found.get("Config") or {}).get("Healthcheck") or {}
            return Inspection(
                restarts=int(found.get("RestartCount") or 0),
                exit_code=int(state.get("ExitCode") or 0),
                is_oom=state.get("OOMKilled") is True,
                started=_moment(state.get("StartedAt")),
                finished=_moment(state.get("FinishedAt")),
                created=_moment(found.get("Created")),
                health=_health(state.get("Health")),
                start_period=int(check.get("StartPeriod") or 0) / 1e9,
                memory_limit=limit if isinstance(limit, int) and limit > 0 else None,
                cpu_limit=_cores(config),
                health_output=_health_output(state.get("Health")),
                error=one_line(str(state.get("Error") or ""), OUTPUT),
                checked=health_checks(state.get("Health")),
                environment=environment((found.get("Config") or {}).get("Env")),
                policy=one_line(str((config.get("RestartPolicy") or {}).get("Name") or ""), 20),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadAnswer(
                self.title, "the page of a container lacks its State; is this Docker's socket?"
            ) from error

    async def page(self, name: str, timeout: float) -> dict[str, Any] | None:
        """GET /containers/NAME/json by a container's whole name or id; None where there is no such one."""
        answer = await self._get(f"/containers/{quote(name, safe='')}/json", timeout)
        if answer.status == 404:
            return None
        found = expect_ok(self.title, answer).json()
        if not isinstance(found, dict):
            raise BadAnswer(self.title, "the page of a container is none; is this Docker's socket?")
        # Docker takes the beginning of an id for a name, too.
        known = str(found.get("Name") or "").removeprefix("/"), found.get("Id")
        return found if name in known else None

    async def isolation(self, timeout: float) -> str:
        """GET /info: why containers are in networks that their host does not see, "" where it may see them."""
        found = expect_ok(self.title, await self._get("/info", timeout)).json()
        try:
            options = [str(option) for option in found.get("SecurityOptions") or ()]
            system = str(found.get("OperatingSystem") or "")
        except (AttributeError, TypeError) as error:
            raise BadAnswer(
                self.title, "/info holds nothing of the engine; is this Docker's socket?"
            ) from error
        if any("rootless" in option for option in options):
            return "Docker runs rootless"
        return "Docker Desktop runs containers in a machine of its own" if system == "Docker Desktop" else ""

    async def built(self, image: str, timeout: float) -> datetime | None:
        """When an image of this id was built, asked for once; None where nobody knows."""
        if image not in self._built and _ID.fullmatch(image.removeprefix("sha256:")):
            answer = await self._get(f"/images/{image}/json", timeout)
            found = answer.json() if answer.status == 200 else None
            self._built[image] = _moment(found.get("Created")) if isinstance(found, dict) else None
        return self._built.get(image)

    async def disk(self, timeout: float) -> dict[str, Any]:
        """GET /system/df: what everything takes on its disks, which it counts for each who asks."""
        found = expect_ok(self.title, await self._get("/system/df", timeout)).json()
        if not isinstance(found, dict):
            raise BadAnswer(self.title, "/system/df holds nothing of the engine; is this Docker's socket?")
        return found

    async def usage(self, id: str, timeout: float) -> Usage:
        """What a container uses at this moment."""
        answer = await self._get(f"/containers/{id}/stats?stream=false&one-shot=1", timeout)
        found = answer.json() if answer.status == 200 and answer.body else {}
        return from_stats(found)

    async def aclose(self) -> None:
        """Let go of the stream of events."""
        await self.events.aclose()

    async def _get(self, path: str, timeout: float) -> HttpAnswer:
        return await self.http.request("GET", path, timeout=timeout, read_limit=READ_LIMIT)


def _container(entry: dict[str, Any]) -> Container:
    id, names, status = entry["Id"], entry.get("Names") or (), entry.get("Status")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise TypeError("no container id")
    text = status if isinstance(status, str) else ""
    state = entry["State"]
    health, code = _HEALTH.search(text), _EXIT.match(text)
    return Container(
        id=id,
        names=tuple(one_line(str(name).removeprefix("/"), 120) for name in names),
        image=one_line(str(entry.get("Image") or ""), 120),
        image_id=one_line(str(entry.get("ImageID") or ""), 80),
        state=one_line(state, 20).lower(),
        health=health[1] if health else "",
        exit_code=int(code[1]) if code else None,
        uptime=_uptime(text),
        ports=_ports(entry.get("Ports")),
        compose_service=_compose(entry.get("Labels"), "service"),
        compose_project=_compose(entry.get("Labels"), "project"),
        swarm_service=_label(entry.get("Labels"), SWARM),
        is_run_once=_compose(entry.get("Labels"), "oneoff").lower() == "true",
        published=published(entry.get("Ports")),
        networks=addresses(entry.get("NetworkSettings")),
        mounts=mounts(entry.get("Mounts")),
    )


def _cores(host: Mapping[str, Any]) -> float | None:
    """How many cores it may use, by either of the two ways to say so."""
    nano, quota, period = (host.get(key) or 0 for key in ("NanoCpus", "CpuQuota", "CpuPeriod"))
    cores = nano / 1e9 if nano else quota / (period or 100_000)
    return cores if cores > 0 else None


def _ports(found: Any) -> frozenset[int]:
    """The host's ports; Podman names its ones as Docker does."""
    entries = found if isinstance(found, list) else []
    ports = (entry.get("PublicPort") for entry in entries if isinstance(entry, dict))
    return frozenset(port for port in ports if isinstance(port, int) and 0 < port < 65_536)


def _compose(labels: Any, label: str) -> str:
    return _label(labels, f"{COMPOSE}{label}")


def _label(labels: Any, label: str) -> str:
    name = labels.get(label) if isinstance(labels, dict) else None
    return one_line(name, 120) if isinstance(name, str) else ""


def _uptime(text: str) -> tuple[float, float] | None:
    """The bounds of `Up 4 minutes`: the words are cut, and hours are rounded."""
    found = _UP.match(text)
    if found is None:
        return None
    less, about, number, unit = found.groups()
    n = 0 if less else 1 if about else int(number)
    size = _SECONDS[unit]
    return (n - 0.5 if unit == "hour" else n) * size, (n + 1) * size


def _health(found: Any) -> str:
    status = found.get("Status") if isinstance(found, dict) else None
    return one_line(status, 20).lower() if isinstance(status, str) and status != "none" else ""


def _health_output(found: Any) -> str:
    log = found.get("Log") if isinstance(found, dict) else None
    newest = log[-1] if isinstance(log, list) and log else None
    text = newest.get("Output") if isinstance(newest, dict) else None
    return one_line(text, OUTPUT) if isinstance(text, str) else ""


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.year > 1 else None


def _version(answer: HttpAnswer) -> str:
    """Name and version out of `Server: Docker/27.3.1 (linux)`; Podman calls itself Libpod."""
    name, _, version = answer.headers.get("server", "").partition(" ")[0].partition("/")
    return one_line(f"{'Podman' if name == 'Libpod' else name} {version}".strip(), 30)


def docker_api(clients: Clients, source: str, title: str) -> DockerApi:
    """The one client of this source."""
    return clients.shared(f"docker:{source}", lambda: DockerApi(clients, source, title))
