"""The program run by tests: as a command to its end, and its engine inside the test's own loop."""

import asyncio
import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from sutaz_tui.clock import Clock
from sutaz_tui.config import Config
from sutaz_tui.demo.stack import Demo
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import ServiceState, Snapshot
from sutaz_tui.wiring.engine import build
from tests.servers.waiting import patient

ROOT = Path(__file__).parent.parent
DEADLINE = 60.0
# What a sentence for an operator never holds: the name of an exception, the look of an object, a traceback.
LEAK = re.compile(r"\w+(?:Error|Exception)\b|Traceback|Errno|\b0x[0-9a-f]{6}|<class|<\w+\.\w+|\bNone\b|b'")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This test's environment, which the fixtures have cleared of the user's own, and more."""
    return {**os.environ, "TZ": "UTC", **(more or {})}


def command(
    *words: str, env: Mapping[str, str] | None = None, within: float = DEADLINE, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """`sutaz-tui WORDS` run to its end, its output in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "sutaz_tui", *words],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(within),
    )


@contextmanager
def begun(*words: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """`sutaz-tui WORDS` while it runs, killed afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sutaz_tui", *words],
        cwd=ROOT,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


class Simulated:
    """A simulated stack that listens: its config, and its control API."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.config = demo.config()
        self.client = httpx2.Client(timeout=patient(20.0))

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """One request to the control API; its answer as JSON."""
        answer = self.client.request(method, f"{self.demo.control}/control{path}", json=value)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, endpoint: str, words: str | None) -> None:
        """Set the fault of an endpoint, None for none."""
        self.control("PUT", f"/faults/{endpoint}", {"fault": words})

    def status(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`sutaz-tui status WORDS` with the config of this stack."""
        return command("status", "-c", str(self.demo.path), *words, env=self.demo.environ)


@contextmanager
def simulated(scenario: str = "healthy") -> Iterator[Simulated]:
    """A simulated stack of the test's own."""
    with Demo(scenario) as demo:
        demo.wait()
        stack = Simulated(demo)
        with stack.client:
            yield stack


def hurried(config: Config, *ids: str, **settings: Any) -> Config:
    """The config with these services alone (none named: all) and other settings, such as a short interval."""
    services = tuple(
        msgspec.structs.replace(service, **settings)
        for service in config.services
        if not ids or service.id in ids
    )
    return dataclasses.replace(config, services=services)


class Watched:
    """An engine that runs, and ways to wait for what it shows."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def state(self, id: str) -> ServiceState:
        """A service as it is shown now."""
        return next(state for state in self.engine.snapshot().services if state.service.id == id)

    async def until(self, holds: Callable[[Snapshot], object], what: str, within: float = 20.0) -> Snapshot:
        """The first picture for which it holds; AssertionError when none comes in time."""
        snapshot = self.engine.snapshot()
        try:
            async with asyncio.timeout(patient(within)):
                async for snapshot in self.engine.snapshots():
                    if holds(snapshot):
                        return snapshot
        except TimeoutError:
            pass
        shown = "\n".join(f"{s.service.id} {s.status.label}: {s.summary}" for s in snapshot.services)
        raise AssertionError(f"not within {within} s: {what}; shown was:\n{shown}")

    async def until_state(
        self, id: str, holds: Callable[[ServiceState], object], what: str, within: float = 20.0
    ) -> ServiceState:
        """The first state of one service for which it holds."""

        def of(snapshot: Snapshot) -> ServiceState:
            return next(state for state in snapshot.services if state.service.id == id)

        return of(await self.until(lambda snapshot: holds(of(snapshot)), f"{id} {what}", within))


@asynccontextmanager
async def watching(config: Config, clock: Clock | None = None) -> AsyncIterator[Watched]:
    """The engine of a config while it polls."""
    engine = build(config, clock)
    await engine.start()
    try:
        yield Watched(engine)
    finally:
        await engine.stop()
