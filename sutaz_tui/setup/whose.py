"""Whether the built-in stack is what runs on this host, told without a packet to anybody."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sutaz_tui.config import Config
from sutaz_tui.config.addresses import port_here
from sutaz_tui.setup.seen import Seen

ENOUGH = 3
"""Ports of a config that listen here, from which on it is this host's."""
CATALOGS = {9090: "prometheus", 8500: "consul"}
"""Ports of what knows of other services."""
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENING = "0A"


def listening(tables: Iterable[str] = _TABLES) -> set[int]:
    """The TCP ports that somebody listens at on this host, as the kernel lists them; empty where it does not."""
    found = set()
    for table in tables:
        try:
            rows = Path(table).read_text("ascii", "replace").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            words = row.split()
            if len(words) > 3 and words[3] == _LISTENING:
                found.add(int(words[1].rpartition(":")[2], 16))
    return found


def listens_here(config: Config) -> bool:
    """Whether enough ports of a config listen on this host."""
    addresses = [service.address for service in config.services]
    addresses += [source.url for source in config.sources.values()]
    ports = {port_here(address) for address in addresses} - {0}
    return len(ports & listening()) >= ENOUGH


def heard(ports: Iterable[int] | None = None) -> list[str]:
    """What listens here and may know of others, as questions that say what asks it; nothing is sent to it."""
    open_ports = listening() if ports is None else ports
    return [
        f"port {port} listens: is it {name}? sutaz-tui init --from {name} http://127.0.0.1:{port}"
        for port, name in CATALOGS.items()
        if port in open_ports
    ]


def with_heard(config: Config) -> Config:
    """The built-in config, which none of this host's need be: it says who here may know better."""
    return replace(config, warnings=(*config.warnings, *heard()))


def is_among(config: Config, every: Iterable[Seen]) -> bool:
    """Whether containers of a config's own names are among those that a Docker has; a `portainer` has many a host."""
    names = {service.container for service in config.services if service.container != service.id}
    return any(one.container in names for one in every if one.container)
