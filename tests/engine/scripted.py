"""A probe that answers what the test says, and an engine on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from sutaz_tui.config import Config, Group, Limits, Pace, ServiceConfig
from sutaz_tui.config.kinds import Docker, Tcp
from sutaz_tui.config.schema import Source
from sutaz_tui.engine.engine import Engine
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Answer, Claim, ServiceState, Status
from sutaz_tui.probes.base import Finding, Probe
from tests.hand_clock import HandClock


def config(*services: ServiceConfig, pace: Pace | None = None, asks: int = 64) -> Config:
    """A config of these services alone."""
    return Config(
        env="test",
        services=services,
        sources={s.source: Source(url=f"unix:///{s.source}.sock") for s in services if s.source},
        groups=(Group(id="all", title="All"),),
        pace=pace or Pace(),
        limits=Limits(asks=asks),
        theme="textual-dark",
        keymap={},
    )


def tcp(
    id: str,
    *,
    needs: tuple[str, ...] = (),
    interval: float = 10.0,
    host: str = "127.0.0.1",
    port: int = 1,
    title: str = "",
    group: str = "all",
    **more: Any,
) -> Tcp:
    """A service that the script answers for."""
    return Tcp(
        id=id,
        title=title or id.upper(),
        group=group,
        address=f"{host}:{port}",
        depends_on=list(needs),
        interval=interval,
        **more,
    )


def docker(id: str, **more: Any) -> Docker:
    """A Docker that the script answers for, asked through a source of its own name."""
    return Docker(id=id, title=id.upper(), group="all", source=id, interval=10.0, **more)


class Scripted(Probe):
    """Answers `say`, counts how often it was asked and when."""

    def __init__(self, service: ServiceConfig, clock: HandClock) -> None:
        super().__init__(service)
        self.clock = clock
        self.finding = Finding("well", latency=0.003)
        self.error: SourceError | None = None
        self.bug: Exception | None = None
        self.stuck: asyncio.Event | None = None
        self.asked: list[float] = []
        self.claims: tuple[Claim, ...] = ()

    async def look(self) -> Finding:
        if self.error is not None:
            raise self.error
        return self.finding

    async def ask(self) -> Answer:
        self.asked.append(self.clock.monotonic())
        if self.stuck is not None:
            await self.stuck.wait()
        if self.bug is not None:
            raise self.bug
        answer = await super().ask()
        at = self.clock.now()
        readings = tuple(replace(reading, at=at, took=0.0) for reading in answer.readings)
        return Answer(readings, self.claims, answer.changes, answer.alerts)


class Stand:
    """An engine with scripted probes for all its services."""

    def __init__(
        self,
        *services: ServiceConfig,
        pace: Pace | None = None,
        clock: HandClock | None = None,
        asks: int = 64,
    ) -> None:
        self.clock = clock or HandClock()
        self.config = config(*services, pace=pace, asks=asks)
        self.probes = {service.id: Scripted(service, self.clock) for service in services}

        async def probes(wanted: frozenset[str] | None) -> AsyncIterator[Probe]:
            for id, probe in self.probes.items():
                if wanted is None or id in wanted:
                    yield probe

        async def close() -> None:
            return None

        self.engine = Engine(self.config, probes, close, self.clock, seed=7)

    def __getitem__(self, id: str) -> Scripted:
        return self.probes[id]

    async def run(self, seconds: float) -> None:
        """Let so much time pass."""
        await self.clock.advance(seconds)

    def state(self, id: str) -> ServiceState:
        """How a service is shown now."""
        return next(state for state in self.engine.snapshot().services if state.service.id == id)

    def status(self, id: str) -> Status:
        """A service's status as shown now."""
        return self.state(id).status

    async def __aenter__(self) -> "Stand":
        await self.engine.start()
        await self.run(0.5)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.stop()
