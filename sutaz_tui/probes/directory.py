"""Which service another source means: by container name, by address, or by the name it uses."""

from collections.abc import Callable
from urllib.parse import urlsplit

from sutaz_tui.config import Config, kind_of
from sutaz_tui.config.schema import ServiceConfig

_LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"}


class Directory:
    """Finds the config's service that a container, a `host:port` or a name of another source stands for.

    `selected` gives the id of the service that the reader looks at, "" for none.
    """

    def __init__(self, config: Config, selected: Callable[[], str] = str) -> None:
        self.selected = selected
        self._containers: dict[str, dict[str, str]] = {}
        self._names: dict[str, str] = {}
        self._addresses: dict[tuple[str, int], str] = {}
        self._prometheuses: dict[str, str] = {}
        for service in config.services:
            if service.container:
                by_docker = self._containers.setdefault(service.container, {})
                docker = config.docker_of(service)
                # Who is asked itself is meant before the row of its container.
                if docker not in by_docker or kind_of(service) != "container":
                    by_docker[docker] = service.id
            if kind_of(service) == "prometheus":
                self._prometheuses.setdefault(service.source, service.title)
            for name in (service.id, service.title):
                self._names.setdefault(_plain(name), service.id)
            if where := host_port(service.address):
                self._addresses.setdefault(where, service.id)

    def prometheus(self, source: str) -> str:
        """What the Prometheus of a source is called on the board, where it stands there."""
        return self._prometheuses.get(source, "Prometheus")

    def by_container(self, name: str, docker: str | None = None) -> str | None:
        """The id of the service that runs in this container of a Docker (its source).

        Who does not say which Docker means nobody where several have a container of this name.
        """
        by_docker = self._containers.get(name.removeprefix("/"), {})
        if docker is not None:
            return by_docker.get(docker)
        return next(iter(by_docker.values())) if len(by_docker) == 1 else None

    def by_address(self, host: str, port: int) -> str | None:
        """The id of the service at this address as seen from here; all names of loopback are one."""
        return self._addresses.get((_host(host), port))

    def by_name(self, name: str) -> str | None:
        """The id of the service with this id or title, whatever its case and punctuation."""
        return self._names.get(_plain(name))


def hosts_of(service: ServiceConfig, config: Config) -> tuple[str, ...]:
    """The names of the hosts that a service is asked at: its own, its other ports', its source's."""
    source = config.sources.get(config.source_of(service))
    places = [service.address, source.url if source else ""]
    places += [getattr(service, name, "") for name in ("proxy", "bolt", "grpc")]
    parts = [urlsplit(place if "//" in place else f"//{place}").hostname for place in places]
    return tuple(dict.fromkeys(filter(None, parts)))


def host_port(address: str) -> tuple[str, int] | None:
    """Host and port of `host:port` or a URL, None where there is no port to be told."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (_host(parts.hostname), port) if parts.hostname and port else None


def _host(name: str) -> str:
    return "127.0.0.1" if name in _LOCAL else name


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
