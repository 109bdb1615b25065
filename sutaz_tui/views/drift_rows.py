"""What the config, Docker, Consul, Kong and Prometheus each say of a service, as a row, and where they differ."""

import re
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from sutaz_tui.config import Config, ServiceConfig, kind_of
from sutaz_tui.probes.directory import Directory, host_port
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import TableRow
from sutaz_tui.views.base import each

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.sources.docker import Container
    from sutaz_tui.sources.prometheus import Target

T = TypeVar("T")
Place = tuple[str, int]
HERE = ("127.0.0.1", "localhost", "::1")
_INSIDE = re.compile(r"(?:^|->)(\d+)$")


class Told(Struct):
    """What the systems tell, each None where it is not asked or gave no answer.

    `containers` with the Docker that runs them, `registered` the places in Consul by id, `routed` Kong's targets as
    (upstream, place, is healthy).
    """

    containers: "Sequence[tuple[str, Container]] | None" = None
    registered: Mapping[str, Place] | None = None
    routed: Sequence[tuple[str, Place, bool]] | None = None
    targets: "Sequence[Target] | None" = None


class Comparison:
    """Whose is what; a row for each service of the config, and for what Consul, Kong or Prometheus know besides."""

    def __init__(self, config: Config, told: Told) -> None:
        self._config = config
        self._told = told
        self._directory = Directory(config)
        self._containers: dict[str, Container] = {}
        self._hosts: dict[str, str] = {}
        for docker, container in told.containers or ():
            id = next(
                filter(None, (self._directory.by_container(name, docker) for name in container.names)), None
            )
            if id is not None:
                self._containers[id] = container
                for host in (*container.names, container.compose_service, *container.networks.values()):
                    self._hosts.setdefault(host, id)
        self._registered: dict[str, Place] = {}
        self._routed: dict[str, tuple[str, Place, bool]] = {}
        self._scraped: dict[str, Target] = {}
        self._others: dict[str, list[str]] = {}
        for id, place in (told.registered or {}).items():
            self._take(self._registered, self._named(id) or self._whose(place), place, id, "Consul")
        for upstream, place, is_healthy in told.routed or ():
            self._take(self._routed, self._whose(place), (upstream, place, is_healthy), _words(place), "Kong")
        for target in told.targets or ():
            at = host_port(target.url)
            self._take(
                self._scraped, self._scraped_at(at) if at else None, target, target.instance, "Prometheus"
            )

    def rows(self) -> list[TableRow]:
        """What differs first."""
        rows = each("service", self._row, self._config.services)
        rows += [
            TableRow(
                f"- {name}",
                {"service": name, "differs": f"{' and '.join(who)} alone: not in the config"},
                "muted",
            )
            for name, who in self._others.items()
        ]
        return sorted(rows, key=attrgetter("gravity"))

    def _take(self, found: dict[str, T], id: str | None, what: T, name: str, who: str) -> None:
        if id is not None:
            found.setdefault(id, what)
        elif who not in self._others.setdefault(one_line(name, 80), []):
            self._others[one_line(name, 80)].append(who)

    def _whose(self, place: Place) -> str | None:
        host, port = place
        return (
            self._hosts.get(host) or self._directory.by_address(host, port) or self._directory.by_name(host)
        )

    def _named(self, id: str) -> str | None:
        """Whom an id of Consul means: by custom a name, and behind it the host, a port or a number."""
        parts = id.split("-")
        for end in range(len(parts), 0, -1):
            name = "-".join(parts[:end])
            if found := self._directory.by_name(name) or self._directory.by_container(name):
                return found
        return None

    def _scraped_at(self, place: Place) -> str | None:
        if (found := self._whose(place)) is None and place[0] in HERE:
            # Prometheus scrapes itself at its own port, which is that within its container.
            itself = (service.id for service in self._config.services if kind_of(service) == "prometheus")
            found = next((id for id in itself if place[1] in self._inside(id)), None)
        return found

    def _inside(self, id: str) -> set[int]:
        """The ports within the container of a service."""
        container = self._containers.get(id)
        found = (_INSIDE.search(word) for word in (container.published if container is not None else ()))
        return {int(port[1]) for port in found if port}

    def _row(self, service: ServiceConfig) -> TableRow:
        id, own = service.id, host_port(service.address)
        container, place = self._containers.get(id), self._registered.get(id)
        routed, target = self._routed.get(id), self._scraped.get(id)
        differs = [*self._of_container(service, own), *self._of_names(id, own)]
        if routed is not None and not routed[2]:
            differs.append(f"Kong's target {_words(routed[1])} is not healthy")
        if target is not None and target.health == "down":
            differs.append(
                f"Prometheus cannot scrape it: {target.error}" if target.error else "its scrape fails"
            )
        if target is None and self._told.targets is not None and self._has_scraped_sibling(service):
            differs.append("not scraped, others of its kind are")
        values = {
            "service": service.title,
            "config": _words(own) if own else None,
            "docker": " ".join((container.state, *container.published[:1]))
            if container is not None
            else None,
            "consul": _words(place) if place is not None else None,
            "kong": routed[0] if routed is not None else None,
            "prometheus": target.health if target is not None else None,
            "differs": "; ".join(differs) or None,
        }
        known = {name: value for name, value in values.items() if value is not None}
        moved = _moved(service, own, container) if container is not None else ""
        return TableRow(id, known, "degraded" if differs else "", "!" if differs else "", id, copied=moved)

    def _of_container(self, service: ServiceConfig, own: Place | None) -> list[str]:
        container = self._containers.get(service.id)
        if container is None:
            is_gone = service.container and not service.optional and self._told.containers is not None
            return [f"no container {one_line(service.container, 60)}"] if is_gone else []
        if container.state != "running":
            return [f"its container is {container.state}"]
        if own is None or own[0] not in HERE or not container.ports or own[1] in container.ports:
            return []
        return [f"Docker publishes it at {_ports(container)}, not :{own[1]}"]

    def _of_names(self, id: str, own: Place | None) -> list[str]:
        container, place = self._containers.get(id), self._registered.get(id)
        if place is None:
            is_missed = id in self._routed and self._told.registered
            return ["Kong leads to it, Consul does not know it"] if is_missed else []
        if container is not None and container.state != "running":
            return [f"Consul has it at {_words(place)} all the same"]
        ports = {own[1]} if own else set()
        if container is not None:
            ports |= container.ports | self._inside(id)
        return (
            [f"Consul has it at {_words(place)}, which is no port of it"]
            if ports and place[1] not in ports
            else []
        )

    def _has_scraped_sibling(self, service: ServiceConfig) -> bool:
        kind = kind_of(service)
        return any(kind_of(one) == kind and one.id in self._scraped for one in self._config.services)


def _moved(service: ServiceConfig, own: Place | None, container: "Container") -> str:
    """The line of the config that mends a port, "" where none is to be mended."""
    if own is None or own[0] not in HERE or len(container.ports) != 1 or own[1] in container.ports:
        return ""
    return f"address: {service.address.replace(f':{own[1]}', f':{next(iter(container.ports))}', 1)}"


def _published(container: "Container", own: Place | None) -> str:
    """The port that the config means, else the first."""
    ours = f":{own[1]}->" if own else ":"
    return next(
        (word for word in container.published if word.startswith(ours)), next(iter(container.published), "")
    )


def _ports(container: "Container") -> str:
    return ", ".join(f":{port}" for port in sorted(container.ports)[:4])


def _words(place: Place) -> str:
    host, port = place
    return one_line(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", 80)
