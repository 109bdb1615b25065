"""Docker or Podman: every container of the stack, at one request a round and a few more in turn."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from sutaz_tui.config import Config, ServiceConfig, kind_of
from sutaz_tui.config.addresses import port_here
from sutaz_tui.config.kinds import SOURCES, Docker
from sutaz_tui.errors import BadAnswer, NotListening, SourceError
from sutaz_tui.model import Change, Claim, Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import judge_source, socket_denied, unknown
from sutaz_tui.probes.containers import ENDED, STUCK, Watched, look_closer
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import Container, Engine, docker_api
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.units import first_of

MORE = 3
"""Requests a round beside the list, taken in turn by the containers of services."""

NAMED = 3
"""Containers that one part of the summary names."""

INSPECT_EVERY = 10


class DockerProbe(Probe):
    """GET /containers/json; a container's own page when it changed or in its turn; its memory in its turn.

    A container that is down is a trouble of its service, not of Docker.
    """

    def __init__(self, service: Docker, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.source = clients.source(service)
        self.api = docker_api(clients, service.source, service.title)
        self.directory = directory
        self.warn_cpu = service.warn_cpu
        config = clients.config
        self.expected = {
            s.id: s.container
            for s in config.services
            if config.docker_of(s) == service.source and kind_of(s) != "container"
        }
        is_here = self.source.url.startswith("unix:")
        self.ports = {
            s.id: port
            for s in config.services
            if is_here and s.id in self.expected and (port := port_here(_own_address(s, config)))
        }
        self.watched: dict[str, Watched] = {}
        self.rounds = 0

    def listen(self, happened: Callable[[str], object]) -> None:
        super().listen(happened)
        self.api.events.listen(self._hear)

    async def aclose(self) -> None:
        await self.api.events.leave(self._hear)

    def _hear(self, attributes: Mapping[str, str]) -> None:
        self.tell()
        id = self.directory.by_container(attributes.get("name", ""), self.service.source)
        if id is not None:
            self._happened(id)

    async def look(self) -> Finding:
        deadline = time.perf_counter() + self.timeout
        try:
            engine = await self.api.engine(self.timeout)
        except UnexpectedStatus as error:
            unexpected = judge_source(self, self.source, error.answer)
            if unexpected is None:
                raise
            return unexpected
        self.rounds += 1
        self._meet(engine)
        selected = self.watched.get(self.directory.selected())
        await look_closer(
            self.api, self.watched.values(), self.rounds, deadline, INSPECT_EVERY, MORE, selected
        )
        now = datetime.now(UTC)
        changes = tuple(
            Change(now, id, kind, words)
            for id, watched in self.watched.items()
            for kind, words in watched.take_news()
        )
        claims = (
            *(self._claim(id, watched, now) for id, watched in self.watched.items()),
            *self._missing(now),
        )
        return self._judge(engine, claims, changes)

    def failed(self, error: SourceError) -> Finding:
        error = socket_denied(error, self.source)
        if isinstance(error, BadAnswer) or (isinstance(error, NotListening) and self.service.optional):
            return super().failed(error)
        # The containers run on without it: that it cannot be asked says nothing of them.
        return unknown(self.service.title, error)

    def _meet(self, engine: Engine) -> None:
        now = time.monotonic()
        met: dict[str, Watched] = {}
        for container in engine.containers:
            ids = (self.directory.by_container(name, self.service.source) for name in container.names)
            id = next((id for id in ids if id in self.expected), None)
            if id is None or id in met:
                continue
            met[id] = self.watched.get(id) or Watched()
            met[id].meet(container, now)
        self.watched = met

    def _claim(self, id: str, watched: Watched, now: datetime) -> Claim:
        """What Docker says of a service, with where it publishes it where the config says another port."""
        claim = watched.claim(id, now, self.warn_cpu)
        ports = watched.container.ports
        if not ports or self.ports.get(id, 0) in {0, *ports}:
            return claim
        at = first_of([f":{port}" for port in sorted(ports)], NAMED)
        return replace(claim, facts={**claim.facts, "published": at})

    def _missing(self, now: datetime) -> Iterable[Claim]:
        for id, name in self.expected.items():
            if id not in self.watched:
                yield Claim(id, "Docker", None, f"Docker has no container {name}", now)

    def _judge(self, engine: Engine, claims: tuple[Claim, ...], changes: tuple[Change, ...]) -> Finding:
        states = Counter(container.state for container in engine.containers)
        unhealthy = [one.names[0] for one in engine.containers if one.health == "unhealthy" and one.names]
        facts: dict[str, Fact] = {
            "containers": len(engine.containers),
            "matched": len(self.watched),
            "unhealthy": len(unhealthy),
            **{state: states[state] for state in ("running", "exited", "restarting", "paused")},
        }
        if engine.version:
            facts["version"] = engine.version
        summary = ", ".join(
            [
                f"{engine.version or self.service.title}: {states['running']} of {len(engine.containers)} running",
                *self._failing(engine.containers),
                *([f"unhealthy: {first_of(unhealthy, NAMED)}"] if unhealthy else []),
            ]
        )
        rule = "the Engine API answers"
        if trouble := next((watched.trouble for watched in self.watched.values() if watched.trouble), ""):
            return Finding(
                f"{trouble}; {summary}",
                Status.DEGRADED,
                engine.latency,
                "details",
                facts,
                error=f"{self.service.title}: {trouble}; is that container stuck? look at the engine's log",
                rule="the Engine API answers for every container",
                claims=claims,
                changes=changes,
            )
        return Finding(
            summary, latency=engine.latency, facts=facts, rule=rule, claims=claims, changes=changes
        )

    def _failing(self, containers: tuple[Container, ...]) -> list[str]:
        """The containers that ought to run and do not: those of services, and any that is stuck in a state."""
        known = {watched.container.id for watched in self.watched.values()}
        words = []
        for state in (*ENDED, *STUCK):
            names = [
                one.names[0]
                for one in containers
                if one.state == state and one.names and (one.id in known or state in STUCK)
            ]
            if names:
                words.append(f"{state}: {first_of(names, NAMED)}")
        return words


def build(service: Docker, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `docker` entry."""
    return DockerProbe(service, clients, directory)


def _own_address(service: ServiceConfig, config: Config) -> str:
    """Where a service itself is asked, "" where only others are asked about it."""
    if service.address or kind_of(service) not in SOURCES:
        return service.address
    return config.sources[service.source].url
