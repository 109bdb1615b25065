"""Who needs whom and what stands on which host: the one graph that causes, the board and the service's page ask."""

from collections.abc import Iterable, Mapping

from sutaz_tui.model import Service


class Dependencies:
    """The graph of one config's services, which is the same for the life of the config."""

    def __init__(self, services: Iterable[Service]) -> None:
        known = list(services)
        self.order = {service.id: number for number, service in enumerate(known)}
        self._dependents: dict[str, list[str]] = {}
        for service in known:
            for other in service.depends_on:
                self._dependents.setdefault(other, []).append(service.id)
        self._needed_by: dict[str, tuple[str, ...]] = {}
        # The machine itself may answer from /proc, which says nothing about its network.
        self.host = {service.id: host_of(service.address) for service in known if service.kind != "host"}
        self.on_host: dict[str, list[str]] = {}
        for id, host in self.host.items():
            if host:
                self.on_host.setdefault(host, []).append(id)

    def needed_by(self, id: str) -> tuple[str, ...]:
        """Who needs a service, directly or through others, in the config's order."""
        if id not in self._needed_by:
            # Kept: the board asks at every snapshot, and thousands may need one Docker.
            found = _reached(id, self._dependents)
            self._needed_by[id] = tuple(sorted(found, key=self.order.__getitem__))
        return self._needed_by[id]


def _reached(id: str, edges: Mapping[str, Iterable[str]]) -> set[str]:
    """What is reached from a service, directly or through others, itself not."""
    found: set[str] = set()
    waiting = [id]
    while waiting:
        for other in edges.get(waiting.pop(), ()):
            if other not in found and other != id:
                found.add(other)
                waiting.append(other)
    return found


def host_of(address: str) -> str:
    """The host of `host:port` or a URL; "" for sockets and what has no address."""
    rest = address.partition("://")[2] if "://" in address else address
    if address.startswith("unix:") or not rest:
        return ""
    host = rest.partition("/")[0].rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host
