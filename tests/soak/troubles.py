"""All that goes wrong in turn, and what of it the recorder's history must tell."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from sutaz_tui.model import ServiceState, Status
from sutaz_tui.simulator.faults import PLAIN
from sutaz_tui.simulator.imposters import WORDS
from tests.recorders import Board
from tests.soak.stand import Stand

FAULTS = (*PLAIN, *(f"imposter={who}" for who in WORDS), "slow=7", "flapping=4", "404", "503")
AT_ONCE = 3
# Each of these speaks HTTP, so every fault is one to it.
ENDPOINTS = ("letta", "backend", "chromadb", "crewai", "consul", "ollama", "faiss", "aider", "qdrant", "grafana",
             "langchain", "mcp-bridge", "finrobot", "frontend", "prometheus", "shellgpt", "documind")  # fmt: skip
# What speaks another protocol is asked of a few.
OTHERS = {"refuse": "redis", "hang": "postgres", "reset": "neo4j", "garbage": "rabbitmq", "imposter=ssh": "postgres",
          "imposter=smtp": "redis", "flapping=4": "ollama-agents", "truncated": "kong-admin", "503": "loki"}  # fmt: skip
SERVICES = {"kong-admin": "kong"}
SEEN_WITHIN, WELL_WITHIN = 90.0, 120.0
HELD = 6.0
STOPPED = 30.0
"""Seconds more for which a recorder is stopped once the boards go on by themselves: then it says that nobody watched."""
STEPS = ((300.0, True), (0.0, False), (-300.0, True), (0.0, False))
"""Seconds that the clock is put ahead, and whether what others tell by theirs is old then."""
STRUCK = ({"faiss": "refuse", "aider": "503"}, {"neo4j": "refuse", "letta": "503"},
          {"chromadb": "refuse", "crewai": "503"}, {"grafana": "refuse", "backend": "503"})  # fmt: skip


class Seen(Struct):
    """A trouble of a service: from when to when, until when it was well again, and how it was at its end."""

    what: str
    service: str
    began: float
    ended: float
    well: float
    status: str


class Troubles:
    """Does one after the other, and notes each; `missed` says what was not seen as it had to be."""

    def __init__(self, stand: Stand, observer: Board) -> None:
        self._stand = stand
        self._observer = observer
        self.seen: list[Seen] = []
        self.windows: list[tuple[float, float]] = []
        self.unwatched: list[tuple[float, float]] = []
        self.missed: list[str] = []
        self.rounds = 0.0
        self._round = 0

    def all(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """One round: what each is called, and what does it."""
        self._round += 1
        turns: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        for start in range(0, len(FAULTS), AT_ONCE):
            words = FAULTS[start : start + AT_ONCE]
            # In each round another one is struck.
            pairs = {
                ENDPOINTS[(start + place + 7 * self._round) % len(ENDPOINTS)]: word
                for place, word in enumerate(words)
            }
            pairs |= {OTHERS[word]: word for word in words if word in OTHERS}
            turns.append((", ".join(words), lambda pairs=pairs: self._faults(pairs)))
        turns.insert(2, ("silent name server", self._names))
        turns.insert(4, ("broker restarted", self._broker))
        turns.insert(6, ("disk full", self._disk))
        turns.insert(7, ("clock ahead", self._clock))
        turns.insert(8, ("stack stopped", self._stack))
        turns.insert(9, ("recorder stopped", self._recorder))
        return turns

    @asynccontextmanager
    async def _window(self) -> AsyncIterator[None]:
        """Inside, and a little later, things are out of order."""
        began = time.time()
        try:
            yield
        finally:
            self.windows.append((began - 2, time.time() + 15))

    def _state(self, id: str) -> ServiceState:
        return self._observer.watched.state(id)

    async def until(self, holds: Callable[[], object], what: str, within: float) -> bool:
        """Wait until it holds; what does not come is noted."""
        end = time.monotonic() + within
        while not holds():
            if time.monotonic() > end:
                self.missed.append(f"not within {within:g} s: {what}")
                print(self.missed[-1], file=sys.stderr, flush=True)
                return False
            await asyncio.sleep(0.2)
        return True

    def sick(self) -> list[str]:
        """Services that are not as they should be."""
        states = self._observer.engine.snapshot().services
        return [s.service.id for s in states if _is_sick(s)]

    async def well(self, *whose: str) -> None:
        """Wait until these are up, all where none is named."""

        def sick() -> list[str]:
            return [id for id in self.sick() if not whose or id in whose]

        self._observer.engine.ask_all()
        if not await self.until(lambda: not sick(), "all up", WELL_WITHIN):
            self.missed[-1] += " but " + ", ".join(f"{id}: {self._state(id).summary}" for id in sick())

    async def _faults(self, pairs: dict[str, str], alone: bool = False) -> None:
        async with self._window():
            await self._trouble(
                {SERVICES.get(endpoint, endpoint): word for endpoint, word in pairs.items()},
                lambda: [self._stand.fault(endpoint, word) for endpoint, word in pairs.items()],
                lambda: [self._stand.fault(endpoint, None) for endpoint in pairs],
                alone,
            )

    async def _trouble(
        self,
        whose: dict[str, str],
        begin: Callable[[], object],
        end: Callable[[], object],
        alone: bool = False,
    ) -> None:
        """Have these services in trouble until each is seen so and a little longer, then wait until all are well; `alone`:
        these."""
        began = time.time()
        await asyncio.to_thread(begin)
        engine = self._observer.engine

        def is_seen(id: str) -> bool:
            state = self._state(id)
            # The first failure does not count yet.
            return _is_sick(state) and (state.status is not Status.DEGRADED or state.asks != 1)

        for id in whose:
            engine.ask_now(id)
        missed = len(self.missed)
        await self.until(lambda: all(map(is_seen, whose)), f"{whose} seen", SEEN_WITHIN)
        unseen = [id for id in whose if not is_seen(id)] if len(self.missed) > missed else []
        await asyncio.sleep(HELD)
        statuses = {id: self._state(id).status.label for id in whose}
        ended = time.time()
        await asyncio.to_thread(end)
        for id in whose:
            engine.ask_now(id)
        await self.well(*(whose if alone else ()))
        for id, what in whose.items():
            if id not in unseen:
                self.seen.append(Seen(what, id, began, ended, time.time(), statuses[id]))

    async def _names(self) -> None:
        def silent(is_silent: bool) -> None:
            self._stand.names.silent = is_silent

        async with self._window():
            await self._trouble({"named": "silent name server"}, lambda: silent(True), lambda: silent(False))

    async def _broker(self) -> None:
        broker = self._stand.broker
        async with self._window():
            await self._trouble({"broker": "broker restarted"}, broker.stop, broker.start)

    async def _disk(self) -> None:
        with self._stand.full_disk():
            await self._faults({"qdrant": "refuse", "letta": "503"})
        await asyncio.sleep(HELD)

    async def _clock(self) -> None:
        async with self._window():
            # Whose clock is ahead finds all old that others tell by theirs.
            for (seconds, alone), struck in zip(STEPS, STRUCK, strict=True):
                self._stand.step_clock(seconds)
                await asyncio.sleep(10.0)
                await self._faults(struck, alone)

    async def _stack(self) -> None:
        pid = self._stand.demo.pid
        assert pid is not None
        async with self._window():
            whose = dict.fromkeys(("redis", "postgres", "letta", "consul", "grafana"), "stack stopped")
            await self._trouble(
                whose, lambda: os.kill(pid, signal.SIGSTOP), lambda: os.kill(pid, signal.SIGCONT)
            )

    async def _recorder(self) -> None:
        process, engine = self._stand.programs["recorder"], self._observer.engine
        async with self._window():
            began = time.time()
            process.send_signal(signal.SIGSTOP)
            await self.until(lambda: engine.link is None, "boards go on by themselves", SEEN_WITHIN)
            await asyncio.sleep(STOPPED)
            process.send_signal(signal.SIGCONT)
            self.unwatched.append((began, time.time()))
            await self.until(lambda: engine.link is not None, "boards attach again", WELL_WITHIN)
            await self.well()


def _is_sick(state: ServiceState) -> bool:
    """Whether a service is not as it should be; a restart loop is of our own making, who end it once a round."""
    return state.status not in (Status.UP, Status.ABSENT) and not state.word.startswith("loop")
