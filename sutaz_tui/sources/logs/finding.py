"""Which log is a service's: what the config says, else what Docker and Loki call it.

The first that holds: its `logs` in the config; its container by Docker's socket; that container's id in Loki's label
`filename`; the label of Loki that names it; the look of its lines.
"""

import platform
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from sutaz_tui.config import Config, ServiceConfig, as_service
from sutaz_tui.config.kinds import Container as ContainerEntry
from sutaz_tui.errors import SourceError, SutazError
from sutaz_tui.sources.docker import Container, DockerApi
from sutaz_tui.sources.docker import Engine as DockerEngine
from sutaz_tui.sources.logs.in_loki import Found, InLoki, LokiIndex
from sutaz_tui.sources.logs.names import Fit, ServiceNames
from sutaz_tui.sources.logs.remembered import Remembered

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NoLog(SutazError):
    """A service has no log that can be found; `was_asked` says that all who could know of it answered."""

    def __init__(self, words: str, was_asked: bool) -> None:
        super().__init__(words)
        self.was_asked = was_asked


class LogFinder:
    """Finds the logs of one config's services; `docker` and `loki` are None where the config names none.

    `others` are the Dockers besides that one which services have their containers in, by their sources; `other_lokis` are
    the further Lokis, each of which is looked in where a service names none.
    """

    def __init__(
        self,
        config: Config,
        docker: DockerApi | None,
        loki: LokiIndex | None,
        others: Mapping[str, DockerApi] | None = None,
        other_lokis: Mapping[str, LokiIndex] | None = None,
    ) -> None:
        self._others = others or {}
        self._config = config
        self._docker = docker
        self._lokis = {**({config.logs.loki: loki} if loki is not None else {}), **(other_lokis or {})}
        self._remembered = Remembered()

    async def find(self, service: ServiceConfig, in_loki: bool = False) -> Found:
        """The log of a service; NoLog says what to do where there is none.

        `in_loki`: Docker's own was tried and cannot be read, so the container is looked for in Loki.
        """
        place = service.logs
        is_placed = place is not None and (place.container or place.selector or place.journal or place.file)
        if place is not None and is_placed and not (in_loki and place.container):
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
        is_in_loki = in_loki or (place is not None and bool(place.loki))
        if containers and not is_in_loki:
            source = self._config.docker_of(service)
            way = f"docker {source}" if source in self._others else "docker socket"
            return Found("docker", containers[0].names[0], way, source)
        ids = [one.id for one in containers]
        for source in [place.loki] if place is not None and place.loki else self._lokis:
            try:
                found = await self._in(source).find(service, names, ids)
            except SourceError as error:
                troubles.append(f"{source}: {error}" if len(self._lokis) > 1 else str(error))
            else:
                if found is not None:
                    return found
        raise NoLog(self._advice(service, troubles), was_asked=not troubles)

    def _in(self, source: str) -> InLoki:
        called = f"loki {source}" if len(self._lokis) > 1 else "loki"
        return InLoki(self._config, source, called, self._lokis[source], self._remembered)

    def _advice(self, service: ServiceConfig, troubles: Sequence[str]) -> str:
        asked = " and ".join(
            words for source, words in ((self._docker, "Docker"), (self._lokis, "Loki")) if source
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
            engine = await self._remembered.get(f"docker {source}", ask)
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
