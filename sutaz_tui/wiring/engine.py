"""Config to engine: the only place that knows every concrete class.

A probe's module brings its client library with it, so modules are imported one at a time in a thread: on the event
loop each would cost 20-120 ms of deafness, before the first frame they would double its time.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from sutaz_tui.clock import Clock
from sutaz_tui.config import KINDS, Config, ServiceConfig, kind_of
from sutaz_tui.engine.attached import AttachedEngine
from sutaz_tui.engine.engine import Engine
from sutaz_tui.wiring.clients import SharedClients

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.probes.base import Probe
    from sutaz_tui.sources.recorder.line import BoardsLine

E = TypeVar("E", bound=Engine)
Probes = Callable[[frozenset[str] | None], AsyncIterator["Probe"]]
Close = Callable[[], Awaitable[object]]
ASKING_FIRST = 0.002
SAMPLED = ("promql", "blackbox")
"""Modules of probes of which several can ask by one query."""


def build(config: Config, clock: Clock | None = None, clients: SharedClients | None = None) -> Engine:
    """The engine of a config; nothing is imported, opened or asked until it starts.

    `clients` are those that others ask by too; without any it has its own and closes them when it stops.
    """
    shared = clients or SharedClients(config)
    return _built(config, shared, clients is None, lambda probes, close: Engine(config, probes, close, clock))


def build_attached(config: Config, clients: SharedClients | None = None) -> AttachedEngine:
    """The same of a board that leaves the polls to the recorder of this config, where one runs."""

    async def dial() -> "BoardsLine | None":
        from sutaz_tui.wiring.recorder import dial

        return await dial(config)

    shared = clients or SharedClients(config)
    return _built(
        config,
        shared,
        clients is None,
        lambda probes, close: AttachedEngine(config, probes, close, dial, shared.rest),
    )


def _built(config: Config, shared: SharedClients, is_own: bool, make: Callable[[Probes, Close], E]) -> E:
    async def probes(wanted: frozenset[str] | None = None) -> AsyncIterator["Probe"]:
        made = await shared.get()
        directory_module = await asyncio.to_thread(importlib.import_module, "sutaz_tui.probes.directory")
        directory = directory_module.Directory(config, lambda: engine.rhythm.selected)
        for name, services in _by_module(config, wanted).items():
            module = await asyncio.to_thread(importlib.import_module, f"sutaz_tui.probes.{name}")
            of_module: list[Probe] = [module.build(service, made, directory) for service in services]
            for probe in of_module:
                probe.secrets = config.secrets
                probe.hosts = directory_module.hosts_of(probe.service, config)
            if name in SAMPLED:
                gathering = await asyncio.to_thread(importlib.import_module, "sutaz_tui.probes.together")
                of_module = list(gathering.together(of_module))
            for probe in of_module:
                yield probe
            # A thread that imports lets others run only every 5 ms: the first questions go out before the next begins.
            await asyncio.sleep(ASKING_FIRST)

    async def close() -> None:
        if is_own:
            await shared.aclose()

    engine = make(probes, close)
    return engine


def _by_module(config: Config, wanted: frozenset[str] | None) -> dict[str, list[ServiceConfig]]:
    """The services under the module that asks them; what needs only HTTP comes first, as it is there soonest."""
    modules: dict[str, list[ServiceConfig]] = {}
    for service in config.services:
        if wanted is None or service.id in wanted:
            modules.setdefault(KINDS[kind_of(service)].probe, []).append(service)
    last = (
        "postgres",
        "redis",
        "rabbitmq",
        "rabbitmq_queue",
        "consul",
        "consul_service",
        "prometheus",
        "promql",
    )
    return dict(sorted(modules.items(), key=lambda item: item[0] in last and 1 + last.index(item[0])))
