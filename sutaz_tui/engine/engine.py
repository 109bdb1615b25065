"""The engine: what every face of the program talks to. Data flows down as snapshots, requests go up as calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from sutaz_tui.clock import Clock, SystemClock
from sutaz_tui.config import Config, as_service, interval_of, timeout_of
from sutaz_tui.engine.pace import Rhythm
from sutaz_tui.engine.poller import Poller, drop
from sutaz_tui.engine.store import Store
from sutaz_tui.model import Service, Snapshot

if TYPE_CHECKING:
    # At run time it would bring httpx2 before the first frame.
    from sutaz_tui.engine.attached import Link
    from sutaz_tui.probes.base import Probe

FRAME = 0.1
IDLE_LOOK = 5.0


class Engine:
    """Polls one config's stack.

    `link` is the line to the recorder that polls instead, None where we do; `lost` names whose recorder has gone, "" for
    none; `said` hears what is to be told of that.
    `probes` yields the probes of the wanted services (None: of all) as their client libraries are loaded; `close`
    lets go of what they share.
    """

    def __init__(
        self,
        config: Config,
        probes: Callable[[frozenset[str] | None], AsyncIterator["Probe"]],
        close: Callable[[], Awaitable[object]],
        clock: Clock | None = None,
        seed: int | None = None,
    ) -> None:
        self.config = config
        self.clock: Clock = clock or SystemClock()
        self.services: tuple[Service, ...] = tuple(as_service(service, config) for service in config.services)
        intervals = {service.id: interval_of(service) for service in config.services}
        self.rhythm = Rhythm(config.pace)
        deadlines = {service.id: timeout_of(service) for service in config.services}
        self.store = Store(self.services, intervals, self.clock, deadlines)
        self.poller = Poller(self.store, self.rhythm, self.clock, config.limits.asks, seed)
        self._probes = probes
        self._close = close
        self._last_key = self.clock.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loading: asyncio.Task[None] | None = None
        self.link: Link | None = None
        self.lost = ""
        self.said: Callable[[str], object] = lambda _: None

    async def start(self) -> None:
        """Begin to poll; returns at once, loading goes on behind."""
        self._loading = asyncio.create_task(self._load(), name="load probes")
        self._tasks.add(self._loading)
        self._tasks.add(asyncio.create_task(self._watch_idle(), name="watch idle"))

    async def loaded(self) -> None:
        """Wait until every probe is there: two threads that import the same client library can block each other."""
        if self._loading is not None:
            await asyncio.wait([self._loading])
            if not self._loading.cancelled():
                # A probe that cannot be loaded must be seen: its services would be asked for ever.
                self._loading.result()

    async def stop(self) -> None:
        """Drop everything and close every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.poller.stop()
        await self._close()

    async def one_round(self, wanted: frozenset[str] | None = None) -> Snapshot:
        """Ask every service (or the wanted ones) once, one that fails or is contradicted twice, and say how all is."""
        probes: list[Probe] = []
        asks: list[asyncio.Task[None]] = []
        try:
            async for probe in self._probes(wanted):
                probes.append(probe)
                asks.append(asyncio.create_task(self.poller.ask_once(probe)))
            await _all_of(asks)
            doubtful = [probe for probe in probes if self._is_doubtful(probe)]
            asks = [asyncio.create_task(self.poller.ask_once(probe)) for probe in doubtful]
            await _all_of(asks)
        finally:
            await drop(asks)
            # Nobody asks by them again: a connection that one keeps would be listened to for ever.
            await asyncio.gather(*(probe.aclose() for probe in probes), return_exceptions=True)
        return self.store.snapshot()

    def _is_doubtful(self, probe: "Probe") -> bool:
        return any(self.store.records[id].is_contradicted for id in probe.whose)

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """The picture now, then a new one whenever something changed, at most ten a second."""
        while True:
            self.store.changed.clear()
            yield self.store.snapshot()
            await self.store.changed.wait()
            await self.clock.wait(asyncio.Event(), FRAME)

    def snapshot(self) -> Snapshot:
        """The picture now."""
        return self.store.snapshot()

    def ask_now(self, service_id: str) -> None:
        """Ask one service at once."""
        self.poller.ask_now(service_id)

    def ask_all(self) -> None:
        """Ask every service at once."""
        self.poller.ask_all()

    def select(self, service_id: str) -> None:
        """Watch one service more closely than the others."""
        if service_id != self.rhythm.selected:
            self.rhythm.selected = service_id
            self.poller.reconsider()

    def reconsider(self) -> None:
        """The rhythm changed."""
        self.poller.reconsider()

    def key_pressed(self) -> None:
        """Somebody looks: rounds come in their own intervals again."""
        self._last_key = self.clock.monotonic()
        if self.rhythm.is_idle:
            self._set_idle(False)

    async def _load(self) -> None:
        async for probe in self._probes(None):
            self.poller.add(probe)

    async def _watch_idle(self) -> None:
        while True:
            quiet = self.clock.monotonic() - self._last_key
            if quiet >= self.config.pace.idle_after and not self.rhythm.is_idle:
                self._set_idle(True)
            await self.clock.wait(asyncio.Event(), max(IDLE_LOOK, self.config.pace.idle_after - quiet))

    def _set_idle(self, is_idle: bool) -> None:
        self.rhythm.is_idle = is_idle
        self.store.set_idle(is_idle)
        self.poller.reconsider()


async def _all_of(asks: "list[asyncio.Task[None]]") -> None:
    if asks:
        await asyncio.wait(asks)
    for ask in asks:
        ask.result()
