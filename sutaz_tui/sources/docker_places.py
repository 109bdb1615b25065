"""Where a container of Docker can be dialled from this host, or why it cannot and what to publish.

Docker's bridges are interfaces of its host: where the kernel sends packets for a container from the bridge's own
address, that is the way. No other network that a container is in says by its answers that a host reaches it.
"""

import ipaddress
import re
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sutaz_tui.errors import BadAnswer, NotListening, SourceError, Unreachable
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import DockerApi, docker_api
from sutaz_tui.text.sanitise import one_line

_PORT = re.compile(r"(\d{1,5})/tcp")
_IN_A_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True, slots=True)
class Joined:
    """A network that a container is in: its address there, and the bridge's."""

    name: str
    address: str
    gateway: str
    prefix: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a container is: `mode` as Docker's NetworkMode, `published` its ports to those of its host."""

    state: str
    mode: str
    networks: tuple[Joined, ...]
    published: Mapping[int, tuple[str, int]]


class Places:
    """Finds the containers of one Docker; one for all that dial there."""

    def __init__(self, clients: Clients, source: str) -> None:
        self._api: DockerApi = docker_api(clients, source, "Docker")
        self._url = clients.config.sources[source].url
        self._why_not: str | None = None

    async def find(self, name: str, port: int, timeout: float) -> str:
        """The address at which a container's port can be dialled; SourceError where there is none."""
        try:
            place = await self._place(name, timeout)
            behind = place.mode.partition("container:")[2] if place is not None else ""
            around = await self._place(behind, timeout) if behind else place
            why_not = await self._no_way(timeout)
        except SourceError as error:
            raise Unreachable(name, f"where {name} is cannot be asked: Docker: {error.words}") from error
        if place is None or around is None:
            raise NotListening(name, f"Docker has no container {name if place is None else behind}")
        if place.state != "running":
            raise NotListening(name, f"its container {name} is {place.state or 'not running'}")
        place = around
        if place.mode == "host":
            host = urlsplit(self._url).hostname if not self._url.startswith("unix:") else None
            return host or "127.0.0.1"
        reached = None if why_not else next((one for one in place.networks if is_reached(one)), None)
        if reached is None:
            raise Unreachable(name, self._publish(name, port, place, why_not))
        return reached.address

    async def _place(self, name: str, timeout: float) -> Place | None:
        answer = await self._api.page(name, timeout)
        return answer if answer is None else _place(self._api.title, answer)

    async def _no_way(self, timeout: float) -> str:
        """Why no container of this Docker is reached by its own address, "" where one may be; it stays as it is."""
        if self._why_not is None:
            host = urlsplit(self._url).hostname
            if self._url.startswith("ssh:") or (host and not _is_loopback(host)):
                self._why_not = "its Docker is on another host"
            else:
                self._why_not = await self._api.isolation(timeout)
        return self._why_not

    def _publish(self, name: str, port: int, place: Place, why_not: str) -> str:
        why = why_not or "none of its networks is a bridge of this host"
        found = place.published.get(port)
        if found:
            ip, outside = found
            host = urlsplit(self._url).hostname or "127.0.0.1"
            is_bound = bool(ip) and not ipaddress.ip_address(ip).is_unspecified
            return f"no way to {name}: {why}; write {ip if is_bound else host}:{outside}, where Docker publishes it"
        line = f'ports: ["127.0.0.1:{port}:{port}"]'
        return f"no way to {name}: {why}; publish it in its compose file ({line}) and write that address"


def is_reached(joined: Joined) -> bool:
    """Whether packets for it leave this host by the network's own bridge, or this is a container in that network too."""
    try:
        address = ipaddress.ip_address(joined.address)
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
            probe.connect((joined.address, 9))  # sends nothing: it asks the kernel for its way
            own = str(probe.getsockname()[0])
        if own == joined.gateway:
            return True
        network = ipaddress.ip_network(f"{joined.address}/{joined.prefix}", strict=False)
        return ipaddress.ip_address(own) in network and any(map(Path.exists, _IN_A_CONTAINER))
    except (OSError, ValueError):
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _place(title: str, page: Mapping[str, Any]) -> Place:
    try:
        settings = page.get("NetworkSettings") or {}
        networks = settings.get("Networks") or {}
        return Place(
            state=one_line(str(page["State"].get("Status") or ""), 20).lower(),
            mode=str((page.get("HostConfig") or {}).get("NetworkMode") or ""),
            networks=tuple(
                Joined(
                    one_line(str(name), 60),
                    str(one.get("IPAddress") or one.get("GlobalIPv6Address") or ""),
                    str(one.get("Gateway") or ""),
                    int(one.get("IPPrefixLen") or 32),
                )
                for name, one in networks.items()
            ),
            published=dict(_published(settings.get("Ports") or {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(
            title, "the page of a container lacks its networks; is this Docker's socket?"
        ) from error


def _published(ports: Mapping[str, Any]) -> list[tuple[int, tuple[str, int]]]:
    found = []
    for inside, outside in ports.items():
        number = _PORT.fullmatch(inside)
        if number and outside:
            first = outside[0]
            found.append((int(number[1]), (str(first.get("HostIp") or ""), int(first["HostPort"]))))
    return found
