"""Which log is a service's: what the config says, else what Docker and Loki call it.

The first that holds: its `logs` in the config; its container by Docker's socket; that container's id in Loki's label
`filename`; the label of Loki that names it; the look of its lines.
"""

import asyncio
import math
import platform
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from sutaz_tui.config import Config, ServiceConfig, as_service
from sutaz_tui.config.kinds import Container as ContainerEntry
from sutaz_tui.errors import SourceError, SutazError
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.sources.docker import Container, DockerApi
from sutaz_tui.sources.docker import Engine as DockerEngine
from sutaz_tui.sources.failures import let_go
from sutaz_tui.sources.logs.looks import look
from sutaz_tui.sources.logs.names import Fit, ServiceNames
from sutaz_tui.sources.logs.selectors import is_in_folder, is_one_of, quoted

T = TypeVar("T")

REMEMBERED = 30.0
"""Seconds that an answer on what there is serves all who ask."""

FAILED_FOR = 3.0
"""Seconds that an error serves all who ask: who asks again after it wants to know."""

LOOKED_BACK = 3600
"""Seconds in which a line must have come for a service to be known by its look."""

LABELS = (
    "container_name", "container", "compose_service", "com_docker_compose_service", "docker_compose_service",
    "service_name", "service", "app", "app_kubernetes_io_name", "application", "component", "unit", "systemd_unit",
    "syslog_identifier", "job",
)  # fmt: skip
"""Labels whose values name services, the best ones first."""

_GUESSED = frozenset({"service_name", "job"})
"""Labels that a shipper fills with its own job's name where it knows no better."""

_CONTAINER_ID = re.compile(r"/([0-9a-f]{12,64})(?:/|-json\.log)")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Found(Struct, frozen=True):
    """A service's log: `kind` is docker, loki, file or journal; `what` a container, a LogQL query, a path or a unit.

    `way` says for the title how it was found.
    """

    kind: str
    what: str
    way: str
    source: str = ""


class NoLog(SutazError):
    """A service has no log that can be found; `was_asked` says that all who could know of it answered."""

    def __init__(self, words: str, was_asked: bool) -> None:
        super().__init__(words)
        self.was_asked = was_asked


class LokiIndex(Protocol):
    """What Loki tells of its streams; every method raises SourceError."""

    async def labels(self) -> Sequence[str]: ...

    async def values(self, label: str) -> Sequence[str]: ...

    async def series(self, selector: str) -> Sequence[Mapping[str, str]]: ...

    async def range(self, query: str, start: int, end: int, limit: int, newest: bool) -> list[LogLine]: ...


class LogFinder:
    """Finds the logs of one config's services; `docker` and `loki` are None where the config names none.

    `others` are the Dockers besides that one which services have their containers in, by their sources.
    """

    def __init__(
        self,
        config: Config,
        docker: DockerApi | None,
        loki: LokiIndex | None,
        others: Mapping[str, DockerApi] | None = None,
    ) -> None:
        self._others = others or {}
        self._config = config
        self._docker = docker
        self._loki = loki
        self._answers: dict[str, tuple[float, Any]] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find(self, service: ServiceConfig, in_loki: bool = False) -> Found:
        """The log of a service; NoLog says what to do where there is none.

        `in_loki`: Docker's own was tried and cannot be read, so the container is looked for in Loki.
        """
        place = service.logs
        if place is not None and not (in_loki and place.container):
            if place.container:
                way = f"config: container {place.container}"
                return Found(
                    "docker", place.container, way, service.docker or self._config.docker_of(service)
                )
            if place.selector:
                return Found("loki", place.selector, "config: selector", place.loki)
            if place.journal:
                return Found("journal", place.journal, f"config: journal of {place.journal}")
            return Found("file", place.file, f"config: file {place.file}")
        names = ServiceNames(service, self._config)
        troubles: list[str] = []
        containers = await self._containers(service, names, troubles)
        if containers and not in_loki:
            source = self._config.docker_of(service)
            way = f"docker {source}" if source in self._others else "docker socket"
            return Found("docker", containers[0].names[0], way, source)
        try:
            found = await self._in_loki(service, names, [one.id for one in containers])
        except SourceError as error:
            troubles.append(str(error))
            found = None
        if found is None:
            raise NoLog(self._advice(service, troubles), was_asked=not troubles)
        return found

    def _advice(self, service: ServiceConfig, troubles: Sequence[str]) -> str:
        asked = " and ".join(
            words for source, words in ((self._docker, "Docker"), (self._loki, "Loki")) if source is not None
        )
        if troubles:
            why = "; ".join(troubles)
        else:
            why = f"searched in {asked} by its names" if asked else "neither Docker nor Loki is configured"
        return (
            f"{service.title}: no log found ({why}); say where it is under services.{service.id}.logs"
            " in the config: {container: NAME}, {selector: LOGQL}, {file: PATH} or {journal: UNIT}"
        )

    # --- Docker

    async def _containers(
        self, service: ServiceConfig, names: ServiceNames, troubles: list[str]
    ) -> list[Container]:
        """The containers of a service, those that run first; none where Docker cannot be asked."""
        source = self._config.docker_of(service) or self._config.logs.docker
        # A container of the same name on another host is another one.
        docker = self._docker if source == self._config.logs.docker else self._others.get(source)
        if docker is None:
            return []
        timeout = self._config.sources[source].timeout

        async def ask() -> DockerEngine:
            return await docker.engine(timeout)

        try:
            engine = await self._remembered(f"docker {source}", ask)
        except SourceError as error:
            troubles.append(str(error))
            return []
        if isinstance(service, ContainerEntry) and service.project:
            replicas = [
                one for one in engine.containers if one.is_replica_of(service.project, service.service)
            ]
            return sorted(replicas, key=lambda one: one.state != "running")
        named = {name: one for one in engine.containers for name in (*one.names, one.compose_service) if name}
        fit, found = names.best(named)
        if fit > Fit.OWN:
            by_port = self._by_port(service, source, engine.containers, names)
            if by_port:
                return by_port
        chosen = {named[name].id: named[name] for name in found if named[name].names}
        return sorted(chosen.values(), key=lambda one: one.state != "running")

    def _by_port(
        self, service: ServiceConfig, source: str, containers: Sequence[Container], names: ServiceNames
    ) -> list[Container]:
        """The container behind the port that the service is asked at, where that is on Docker's host."""
        try:
            asked = urlsplit("//" + as_service(service, self._config).address.rpartition("://")[2])
            host, port = asked.hostname, asked.port
        except ValueError:
            return []
        docker_host = urlsplit(self._config.sources[source].url).hostname
        here = (
            {*_LOOPBACK, platform.node()}
            if docker_host is None or docker_host in _LOOPBACK
            else {docker_host}
        )
        if port is None or host not in here:
            return []
        return [one for one in containers if port in one.ports and not any(map(names.is_others, one.names))]

    # --- Loki

    async def _in_loki(self, service: ServiceConfig, names: ServiceNames, ids: Sequence[str]) -> Found | None:
        loki = self._loki
        if loki is None:
            return None
        labels = await self._remembered("labels", loki.labels)
        if "filename" in labels:
            selector = is_in_folder("filename", ids)
            if ids and await loki.series(selector):
                return Found("loki", selector, "loki: container id in filename")
            files = await self._values("filename")
            stems = {path: _stems(path) for path in files}
            fit, found = names.best([stem for each in stems.values() for stem in each])
            paths = [path for path, each in stems.items() if set(each) & set(found)]
            if fit <= Fit.OWN:
                return Found("loki", is_one_of("filename", paths), "loki: name in filename")
        for label in LABELS:
            if label not in labels:
                continue
            fit, found = names.best(await self._values(label))
            if found and await self._is_its_own(label, found):
                return Found("loki", is_one_of(label, found), f"loki: label {label}")
        return await self._by_look(service, labels)

    async def _values(self, label: str) -> Sequence[str]:
        assert self._loki is not None
        loki = self._loki
        return await self._remembered(f"values of {label}", lambda: loki.values(label))

    async def _is_its_own(self, label: str, values: Sequence[str]) -> bool:
        """Whether these values name a service, and not the job that ships the lines of many containers."""
        if label not in _GUESSED:
            return True
        assert self._loki is not None
        streams = await self._loki.series(is_one_of(label, values))
        of_containers = any(_CONTAINER_ID.search(stream.get("filename", "")) for stream in streams)
        guessed = all(stream.get(label) == stream.get("job") for stream in streams)
        return bool(streams) and not (of_containers and guessed)

    async def _by_look(self, service: ServiceConfig, labels: Sequence[str]) -> Found | None:
        """The container whose lines look like the service's; where Loki has no container, those lines alone."""
        assert self._loki is not None
        shape = look(service, self._config)
        label = next((label for label in ("job", *LABELS) if label in labels), "")
        if not shape or not label:
            return None
        streams = await self._streams_of_containers(label)
        jobs = sorted({value for stream in streams if (value := stream.get(label))})
        selector = is_one_of(label, jobs) if jobs else f'{{{label}=~".+"}}'
        query = f"{selector} |~ {quoted(shape)}"
        now = time.time_ns()
        lines = await self._loki.range(query, now - LOOKED_BACK * 10**9, now, 100, True)
        if not lines:
            return None
        ids = {found[1] for line in lines if (found := _CONTAINER_ID.search(line.labels.get("filename", "")))}
        if len(ids) == 1:
            return Found("loki", is_in_folder("filename", [*ids]), "loki: container known by its line shape")
        return Found("loki", query, "loki: line shape")

    async def _streams_of_containers(self, label: str) -> list[Mapping[str, str]]:
        assert self._loki is not None
        loki = self._loki
        streams = await self._remembered(f"streams by {label}", lambda: loki.series(f'{{{label}=~".+"}}'))
        return [stream for stream in streams if _CONTAINER_ID.search(stream.get("filename", ""))]

    async def _remembered(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """An answer for all who ask within REMEMBERED, or the error that came instead, within FAILED_FOR."""
        async with self._turns[key]:
            asked, answer = self._answers.get(key, (-math.inf, None))
            if time.monotonic() - asked >= (FAILED_FOR if isinstance(answer, SourceError) else REMEMBERED):
                try:
                    answer = await ask()
                except SourceError as error:
                    let_go(error)
                    answer = error
                self._answers[key] = (time.monotonic(), answer)
            if isinstance(answer, SourceError):
                try:
                    raise answer.with_traceback(None)
                finally:
                    del answer  # see failures.py
            found: T = answer
            return found


def _stems(path: str) -> list[str]:
    """The names in a path that may be a service's: the file's without its endings, and its folder's."""
    folders, _, name = path.rpartition("/")
    return [name.partition(".")[0], folders.rpartition("/")[2]]
