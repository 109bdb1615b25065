"""What is not where a config says, by the ports that its containers publish; no packet is sent to any service."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from sutaz_tui.config import Config, ServiceConfig
from sutaz_tui.config.addresses import LOOPBACK, OTHER_PORTS, without_login
from sutaz_tui.config.config import kind_of
from sutaz_tui.config.kinds import SOURCES
from sutaz_tui.config.recipes import for_image, recipes
from sutaz_tui.config.words import Path
from sutaz_tui.setup.entries import BARE
from sutaz_tui.setup.seen import Seen
from sutaz_tui.sources.logs.names import Fit, ServiceNames

_USUAL = {"bolt": 7687, "grpc": 6334, "proxy": 8000}
"""Ports inside of the addresses that a service has besides its own."""
_PROXIES = frozenset({"kong", "traefik", "nginx", "caddy", "haproxy", "envoy", "httpd", "apache"})
"""Images that pass on by path what others answer."""
_NODE = "node-exporter"
"""What the image of the exporter that tells of a host is called."""
_ANY = frozenset({"http", "tcp", "tls"})
"""Kinds that ask whatever an image is."""


class Misplaced(Struct, frozen=True):
    """An address of a service that its container does not publish: `path` is its key in the config, `at` is what stands
    there, `to` what is to stand there, "" where that is not known; `words` say who says so."""

    id: str
    path: Path
    at: str
    to: str
    words: str


class Compared(Struct, frozen=True):
    """What is misplaced, and the ids of the services of which an address was compared with what is published."""

    found: tuple[Misplaced, ...]
    services: frozenset[str]


class Address(Struct, frozen=True):
    """An address of a service: `path` is its key in the config, `at` its host and port as they are written there."""

    path: Path
    at: str
    host: str
    port: int
    scheme: str
    has_path: bool


def misplaced(
    config: Config, every: Sequence[Seen], host: str, teller: str, docker: str | None = None
) -> Compared:
    """The addresses that are not published by their service's container.

    `host` is where those ports are, `teller` who says so; of a config with several Dockers `docker` is the source meant.
    An address at another host is not judged: it may lead through a proxy.
    """
    services = _services(config, docker)
    addresses = addresses_of(config, every, host, docker)
    found: list[Misplaced] = []
    compared: set[str] = set()
    told: set[Path] = set()
    for index, seen in _bound(config, services, addresses, every).items():
        own = [one for one in addresses[index] if one.path not in told and not _is_proxied(one, seen, every)]
        told.update(one.path for one in own)
        if own and seen.published:
            compared.add(services[index].id)
            found += _of_one(services[index], seen, own, teller)
    return Compared(tuple(found), frozenset(compared))


def containers_of(
    config: Config, every: Sequence[Seen], host: str, docker: str | None = None
) -> dict[str, Seen]:
    """The container of each service of a config that has one, by the service's id; arguments as of `misplaced`."""
    services = _services(config, docker)
    bound = _bound(config, services, addresses_of(config, every, host, docker), every)
    return {services[index].id: seen for index, seen in bound.items()}


def _services(config: Config, docker: str | None) -> dict[int, ServiceConfig]:
    return {
        index: service
        for index, service in enumerate(config.services)
        if docker is None or config.docker_of(service) == docker
    }


def addresses_of(
    config: Config, every: Sequence[Seen], host: str, docker: str | None = None
) -> dict[int, list[Address]]:
    """The addresses of each service that are at the host of its Docker; arguments as of `misplaced`."""
    services = _services(config, docker)
    here = {one for seen in every for one, _ in seen.published.values()} | {host}
    here |= LOOPBACK if host in LOOPBACK else frozenset()
    return {index: list(_addresses(index, service, config, here)) for index, service in services.items()}


def _addresses(index: int, service: ServiceConfig, config: Config, here: Iterable[str]) -> Iterable[Address]:
    """The addresses of a service at the host of its Docker, that of its source first."""
    texts: dict[Path, str] = {}
    if kind_of(service) in SOURCES and service.source in config.sources:
        texts["sources", service.source, "url"] = config.sources[service.source].url
    for key in ("address", *OTHER_PORTS):
        texts["services", index, key] = getattr(service, key, "")
    for path, text in texts.items():
        try:
            parts = urlsplit(without_login(text) if "://" in text else f"//{text}")
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError:
            continue
        host = parts.hostname or ""
        if port and host in here:
            yield Address(path, parts.netloc, host, port, parts.scheme, bool(parts.path.strip("/")))


def _bound(
    config: Config,
    services: Mapping[int, ServiceConfig],
    addresses: Mapping[int, Sequence[Address]],
    every: Sequence[Seen],
) -> dict[int, Seen]:
    """Each service's container: named in the config, else called as it is; a host's is the node exporter asked for it."""
    named = {one.container: one for one in every if one.container and one.replicas == 1}
    bound = {
        index: named[service.container]
        for index, service in services.items()
        if service.container and service.container in named
    }
    free = [one for one in named.values() if one not in bound.values()]
    for index, service in services.items():
        if index in bound or service.container or not addresses[index]:
            continue
        names = ServiceNames(service, config)
        fit, called = names.best(one.service or one.container for one in free)
        mine = [one for one in free if (one.service or one.container) in called and _is_kind(service, one)]
        if fit < Fit.NONE and len(mine) == 1:
            bound[index] = mine[0]
    for index, service in services.items():
        if kind_of(service) != "host" or index in bound:
            continue
        asked = {one.at for one in addresses[index]}
        exporters = [
            seen
            for other, seen in bound.items()
            if kind_of(services[other]) == "exporter" and asked & {one.at for one in addresses[other]}
        ]
        # Where it stands in another's place, the address is that one's too.
        nodes = [seen for seen in exporters if _NODE in seen.image] or exporters
        if len(nodes) == 1:
            bound[index] = nodes[0]
    return bound


def _is_kind(service: ServiceConfig, seen: Seen) -> bool:
    recipe = for_image(seen.image)
    return recipe is None or kind_of(service) in _ANY or recipe.kind == kind_of(service)


def _is_proxied(address: Address, seen: Seen, every: Sequence[Seen]) -> bool:
    """Whether an address with a path is that of a proxy, which may well pass it on."""
    images = (one.image for one in every if one is not seen and address.port in _outside(one))
    return address.has_path and any(
        image.rpartition("/")[2].partition(":")[0].partition("@")[0] in _PROXIES for image in images
    )


def _outside(seen: Seen) -> dict[int, int]:
    """Port of the host -> port inside."""
    return {outside: inside for inside, (_, outside) in seen.published.items()}


def _of_one(
    service: ServiceConfig, seen: Seen, addresses: Sequence[Address], teller: str
) -> Iterable[Misplaced]:
    for one, inside in _meant(service, seen, addresses):
        if not inside:
            words = f"{seen.container} publishes {_listed(seen)}: which of them is meant is not known"
            yield Misplaced(service.id, one.path, one.at, "", words)
            continue
        bound, port = seen.published[inside]
        host = one.at if f":{one.port}" not in one.at else one.at.rpartition(":")[0]
        if one.host in LOOPBACK and bound not in LOOPBACK:
            host = f"[{bound}]" if ":" in bound else bound
        name = seen.container if teller == "Docker" else seen.service
        words = f"{teller} publishes {name}:{inside} there"
        yield Misplaced(service.id, one.path, one.at, f"{host}:{port}", words)


def _meant(service: ServiceConfig, seen: Seen, addresses: Sequence[Address]) -> Iterable[tuple[Address, int]]:
    """The addresses that are wrong, each with the port inside that it is meant for, 0 where that is not known."""
    outside = _outside(seen)
    now = [outside.get(one.port, 0) for one in addresses]
    taken: set[int] = set()
    best: list[int] = []
    for one in addresses:
        best.append(_inside(service, seen, one, taken))
        taken.add(best[-1])
    if len(addresses) > 1 and 0 not in best and set(now) - {0} <= set(best):
        # All that they use is known: what is published, but as another of them, was swapped.
        yield from ((one, to) for one, at, to in zip(addresses, now, best, strict=True) if at != to)
        return
    taken = set(now) - {0}
    for one in (one for one, at in zip(addresses, now, strict=True) if not at):
        inside = _inside(service, seen, one, taken)
        taken.add(inside)
        yield one, inside


def _inside(service: ServiceConfig, seen: Seen, address: Address, taken: Collection[int]) -> int:
    """The port inside that an address is meant for, 0 where that is not known."""
    left = [port for port in seen.published if port not in taken]
    return next((port for port in _wanted(service, seen, address) if port in left), 0) or (
        left[0] if len(left) == 1 else 0
    )


def _wanted(service: ServiceConfig, seen: Seen, address: Address) -> Iterable[int]:
    """Ports inside by how sure they are: its own health check's, the usual one, the one that stands there itself."""
    kind, key = kind_of(service), address.path[-1]
    if address.path[0] == "sources":
        yield SOURCES[kind]
    elif key in _USUAL:
        yield 8443 if address.scheme == "https" else _USUAL[str(key)]
    else:
        if seen.health_page is not None and kind not in BARE:
            yield seen.health_page[0]
        image = for_image(seen.image)
        usual = [one.port for one in recipes() if one.kind == kind and kind not in (*_ANY, "exporter")]
        yield from usual[:1]
        if image is not None and image.port:
            yield image.port
    yield address.port


def _listed(seen: Seen) -> str:
    return ", ".join(f"{outside} ({inside} inside)" for inside, (_, outside) in seen.published.items())
