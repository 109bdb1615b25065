"""Drift: Docker, Consul, Kong's upstreams, Prometheus' targets and the config side by side, a row a service."""

import asyncio
from typing import TYPE_CHECKING, cast

from sutaz_tui.config import ServiceConfig, kind_of
from sutaz_tui.errors import SourceError
from sutaz_tui.probes.directory import host_port
from sutaz_tui.text.table import Column
from sutaz_tui.text.units import plural
from sutaz_tui.views.base import Ask, Rows, View, heard
from sutaz_tui.views.container_words import dockers_of
from sutaz_tui.views.drift_rows import Comparison, Place, Told

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Kong
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.docker import Container, DockerApi
    from sutaz_tui.sources.kong import KongAdmin


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks each of them once: the list of containers, the catalog, the upstreams, the targets."""
    from sutaz_tui.sources.consul import consul_api
    from sutaz_tui.sources.docker import docker_api
    from sutaz_tui.sources.kong import KongAdmin
    from sutaz_tui.sources.prometheus import prometheus_api

    del service
    config = clients.config
    first = {kind_of(one): one for one in reversed(config.services)}
    dockers = {name: docker_api(clients, name, "Docker") for name in dockers_of(config)}
    consul = consul_api(clients, one.source, one.title) if (one := first.get("consul")) else None
    kong = KongAdmin(cast("Kong", one), clients) if (one := first.get("kong")) else None
    prometheus = prometheus_api(clients, one.source, one.title) if (one := first.get("prometheus")) else None

    async def ask(timeout: float) -> Rows:
        missing: list[SourceError] = []

        told = Told(
            *await asyncio.gather(
                heard(_containers(dockers, timeout) if dockers else None, missing),
                heard(consul.registered(timeout) if consul is not None else None, missing),
                heard(_routed(kong, timeout) if kong is not None else None, missing),
                heard(prometheus.targets(timeout) if prometheus is not None else None, missing),
            )
        )
        if missing and all(
            one is None for one in (told.containers, told.registered, told.routed, told.targets)
        ):
            raise missing[0]
        rows = Comparison(config, told).rows()
        differ = sum(row.look == "degraded" for row in rows)
        about = (
            f"{plural(differ, 'service')} {'differs' if differ == 1 else 'differ'}" if differ else "all agree"
        )
        words = "; ".join(map(str, missing))
        return Rows(tuple(rows), len(rows), about, words, "what differs first")

    return ask


async def _containers(dockers: "dict[str, DockerApi]", timeout: float) -> "list[tuple[str, Container]]":
    engines = await asyncio.gather(*(docker.engine(timeout) for docker in dockers.values()))
    return [(name, one) for name, engine in zip(dockers, engines, strict=True) for one in engine.containers]


async def _routed(kong: "KongAdmin", timeout: float) -> list[tuple[str, Place, bool]]:
    from sutaz_tui.sources.kong import is_well

    upstreams, _ = await kong.targets(timeout)
    return [
        (str(upstream.get("name", "")), place, is_well(target))
        for upstream, targets in upstreams
        for target in targets
        if (place := host_port(str(target.get("target", "")))) is not None
    ]


DRIFT = View(
    "drift",
    "docker",
    "drift",
    "Docker, Consul, Kong, Prometheus and the config side by side, what differs first",
    (
        Column("service", "SERVICE", most=24),
        Column("config", "CONFIG", most=32),
        Column("docker", "DOCKER", most=32, priority=1),
        Column("consul", "CONSUL", most=28, priority=2),
        Column("kong", "KONG", most=20, priority=4),
        Column("prometheus", "PROMETHEUS", priority=3),
        Column("differs", "DIFFERS", share=1),
    ),
    30.0,
    asker,
    also=("consul", "kong", "prometheus"),
    is_of_stack=True,
)
