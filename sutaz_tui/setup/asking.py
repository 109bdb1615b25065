"""Where services are, by asking: their own probes at ports of this host, and none of them is given a login.

Only `up` proves who is there, and only kinds are asked that tell who they are to anybody. Ports whose servers count or log
who connects and speaks something else are left out.
"""

import asyncio
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import import_module

from msgspec import Struct, structs

from sutaz_tui.config import KINDS, Config, ServiceConfig
from sutaz_tui.config.addresses import LOOPBACK, OTHER_PORTS, without_login
from sutaz_tui.config.config import kind_of
from sutaz_tui.config.kinds import SOURCES, Agent, Exporter
from sutaz_tui.config.recipes import for_image
from sutaz_tui.config.schema import Tls
from sutaz_tui.model import Failure, Reading, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.setup.misplaced import Address, Misplaced
from sutaz_tui.setup.seen import Seen
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul import consul_api
from sutaz_tui.text.units import first_of

TELLING = frozenset(
    {
        "agent", "chromadb", "qdrant", "neo4j", "faiss", "kong", "consul", "mcp-bridge", "backend", "ollama", "portainer",
        "prometheus", "grafana", "loki", "exporter", "alertmanager",
    }
)  # fmt: skip
"""Kinds whose answer without a login is nobody else's."""

SHY = frozenset({"postgres", "mysql", "redis", "rabbitmq"})
"""Kinds whose ports are never asked: they count or log who connects and does not log in."""

LEFT_OUT = frozenset({22, 25, 143, 465, 587, 993, 3306, 5432, 5671, 5672, 6379, 27017, 33060})
"""The usual ports of those, and of others that log strangers."""

TIMEOUT = 2.0
AT_ONCE = 8


class Sought(Struct, frozen=True):
    """What asking told: addresses that are wrong, ids of services that answer where the config says, and how many asks
    that took."""

    found: tuple[Misplaced, ...]
    services: frozenset[str]
    asks: int


def is_told(service: ServiceConfig) -> bool:
    """Whether a service's answer says that it is this one."""
    if isinstance(service, Agent):
        return bool(service.name)
    return kind_of(service) in TELLING and (not isinstance(service, Exporter) or bool(service.metric))


def left_out(
    config: Config, addresses: Mapping[int, Sequence[Address]], every: Iterable[Seen]
) -> frozenset[int]:
    """The ports of this host that are not to be asked: of SHY kinds as the config, Docker or compose has them."""
    own = {
        one.port
        for index, each in addresses.items()
        for one in each
        if kind_of(config.services[index]) in SHY and one.path[0] == "services"
    }
    for seen in every:
        recipe = for_image(seen.image)
        is_shy = recipe is not None and recipe.kind in SHY
        own |= {
            outside
            for inside, (_, outside) in seen.published.items()
            if inside in LEFT_OUT or (is_shy and recipe is not None and inside == recipe.port)
        }
    return LEFT_OUT | own


async def confirmed(
    config: Config, addresses: Mapping[int, Sequence[Address]], found: Sequence[Misplaced]
) -> tuple[list[Misplaced], int]:
    """Addresses that somebody published, each asked there where it may be; and how many asks that took.

    One where somebody else answers is no longer an answer to where the service is.
    """
    by_path = {one.path: (index, one) for index, each in addresses.items() for one in each}
    told: list[Misplaced] = []
    asks = 0
    for one in found:
        index, address = by_path.get(one.path, (-1, None))
        service = config.services[index]
        if not one.to or address is None:
            told.append(one)
        elif not is_told(service) or one.path[-1] in OTHER_PORTS or not is_main(service, address):
            told.append(structs.replace(one, words=f"{one.words}; not asked: by the published port alone"))
        else:
            asks += 1
            reading = await _reading(config, index, address, one.to)
            if reading.status is Status.UP:
                told.append(structs.replace(one, words=f"{one.words}; {_proof(service, reading)}"))
            else:
                words = f"{one.words}, but asked there: {reading.summary}"
                is_other = reading.status is Status.DOWN
                told.append(structs.replace(one, to="" if is_other else one.to, words=words))
    return told, asks


async def sought(
    config: Config,
    addresses: Mapping[int, Sequence[Address]],
    known: Collection[str],
    published: Collection[int],
    listening: Collection[int],
) -> Sought:
    """Ask the services that are not `known` where they should be, and where they are not at each of these ports.

    The `listening` ones of this host are asked only where none of the `published` ones is it.
    """
    search = _Search(config, published, listening)
    wanted = [
        (index, address)
        for index, service in enumerate(config.services)
        if service.id not in known and is_told(service)
        for address in addresses.get(index, ())
        if is_main(service, address)
    ]
    found = [
        one for one in [await search.one(index, address) for index, address in wanted] if one is not None
    ]
    moved = {one.at: one for one in found if one.to}
    for index, service in enumerate(config.services):
        # A host is read from the node exporter at its address, or without one: it answers for no port.
        if kind_of(service) == "host" and service.id not in known:
            found += [
                structs.replace(moved[one.at], id=service.id, path=one.path)
                for one in addresses.get(index, ())
                if one.at in moved
            ]
    wrong = {one.id for one in found}
    well = {config.services[index].id for index, _ in wanted} - wrong
    return Sought(tuple(found), frozenset(well), search.asks)


class _Search:
    """Asks at one port after the other; a port that kept silent once is not asked again."""

    def __init__(self, config: Config, published: Collection[int], listening: Collection[int]) -> None:
        self.asks = 0
        self._config = config
        self._published = published
        self._listening = listening
        self._silent: set[int] = set()
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def one(self, index: int, address: Address) -> Misplaced | None:
        """Where a service is, None where it is where the config says."""
        now = await self._ask(index, address, address.port)
        if now.status not in (Status.DOWN, Status.ABSENT):
            return None
        words = f"nobody answers as it: {now.summary}"
        to = ""
        for some in (self._published, self._listening if address.host in LOOPBACK else ()):
            ports = [port for port in sorted(some) if port != address.port and port not in self._silent]
            readings = await asyncio.gather(*(self._ask(index, address, port) for port in ports))
            up = {
                _place(address, port): reading
                for port, reading in zip(ports, readings, strict=True)
                if reading.status is Status.UP
            }
            if len(up) == 1:
                [(to, reading)] = up.items()
                words = _proof(self._config.services[index], reading)
            elif up:
                words = f"it answers at {first_of(list(up), 5)}: which is meant is not known"
            if up:
                break
        return Misplaced(self._config.services[index].id, address.path, address.at, to, words)

    async def _ask(self, index: int, address: Address, port: int) -> Reading:
        async with self._turn:
            self.asks += 1
            to = address.at if port == address.port else _place(address, port)
            reading = await _reading(self._config, index, address, to)
        if reading.failure is Failure.SILENT:
            self._silent.add(port)
        return reading


def _proof(service: ServiceConfig, reading: Reading) -> str:
    """Who answers, as it says itself."""
    who = f" as {service.name}" if isinstance(service, Agent) else ""
    return f"it answers there{who}: {reading.summary}"


def _place(address: Address, port: int) -> str:
    return f"[{address.host}]:{port}" if ":" in address.host else f"{address.host}:{port}"


async def catalog_words(
    config: Config, addresses: Mapping[int, Sequence[Address]], found: Sequence[Misplaced]
) -> list[str]:
    """Where the Consul of a config says otherwise, a sentence each: its catalog is told and never believed alone."""
    to = {one.path: one.to or one.at for one in found}
    main = {
        index: next((one for one in each if is_main(config.services[index], one)), None)
        for index, each in addresses.items()
    }
    consul = next((i for i, one in main.items() if one and kind_of(config.services[i]) == "consul"), None)
    if consul is None or (at := main[consul]) is None:
        return []
    alone = without_logins(config, consul, at, to.get(at.path, at.at))
    clients = Clients(alone)
    service = alone.services[consul]
    try:
        api = consul_api(clients, service.source, service.title)
        told = await api.addresses(TIMEOUT)
        await api.aclose()
    finally:
        await clients.aclose()
    places = {
        config.services[index].id: to.get(one.path, one.at).rpartition(":")
        for index, one in main.items()
        if one is not None
    }
    said = []
    for id, (host, port) in sorted(told.items()):
        mine, _, own = places.get(id, ("", "", ""))
        if not own or own == str(port) or not (host == mine or {host, mine} <= LOOPBACK):
            continue
        other = next((other for other, place in places.items() if place[2] == str(port)), "")
        there = f"{other} is there" if other else f"the config has {own}"
        said.append(f"{service.id} says that {id} is at {port}: {there} (not used)")
    return said


def is_main(service: ServiceConfig, address: Address) -> bool:
    """Whether it is the address that its kind asks who is there."""
    return address.path[-1] == ("url" if kind_of(service) in SOURCES else "address")


async def _reading(config: Config, index: int, address: Address, to: str) -> Reading:
    """The reading of one ask of a service at another place, without a login."""
    alone = without_logins(config, index, address, to)
    service = alone.services[index]
    module = import_module(f"sutaz_tui.probes.{KINDS[kind_of(service)].probe}")
    clients = Clients(alone)
    probe: Probe = module.build(service, clients, Directory(alone))
    try:
        return (await probe.ask()).readings[0]
    finally:
        await probe.aclose()
        await clients.aclose()


def without_logins(config: Config, index: int, address: Address, to: str) -> Config:
    """A config whose service of this index is at another place, and that holds no login for it or for its source."""
    service = config.services[index]
    bare: dict[str, object] = {
        "auth": None,
        "password": "",
        "user": "",
        "headers": {},
        **dict.fromkeys(OTHER_PORTS, ""),
    }
    changes: dict[str, object] = {
        name: value for name, value in bare.items() if name in service.__struct_fields__
    }
    changes["timeout"] = TIMEOUT
    changes["tls"] = _without_certificate(service.tls)
    sources = {
        name: structs.replace(
            source,
            url=without_login(source.url),
            auth=None,
            headers={},
            tls=_without_certificate(source.tls),
        )
        for name, source in config.sources.items()
    }
    if address.path[0] == "sources":
        own = sources[service.source]
        sources[service.source] = structs.replace(
            own, url=own.url.replace(address.at, to, 1), timeout=TIMEOUT
        )
    else:
        changes["address"] = without_login(service.address).replace(address.at, to, 1)
    services = list(config.services)
    services[index] = structs.replace(service, **changes)
    return dataclasses.replace(config, services=tuple(services), sources=sources)


def _without_certificate(tls: Tls | None) -> Tls | None:
    return structs.replace(tls, cert_file="", key_file="") if tls is not None else None
