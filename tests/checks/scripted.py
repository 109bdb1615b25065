"""Small checks that do what a test says, and the real runner that runs them."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Run, Twin, Wrong
from sutaz_tui.checks.running.runner import CheckRunner
from sutaz_tui.config import Checks, Config, as_service
from sutaz_tui.model import CheckClass, CheckResult, CheckRun, Outcome, ServiceState, Status
from sutaz_tui.sources.clients import Clients
from tests.engine.scripted import config as of_services
from tests.engine.scripted import tcp

EVERYTHING = frozenset(CheckClass)
AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def stack(env: str = "test", **checks: Any) -> Config:
    """A config of three services that nobody asks."""
    services = (
        tcp("postgres", title="PostgreSQL"),
        tcp("redis", title="Redis"),
        tcp("kong", title="Kong", needs=("postgres",)),
    )
    return dataclasses.replace(of_services(*services), env=env, checks=Checks(**checks))


def state(config: Config, id: str, status: Status, summary: str = "", **more: Any) -> ServiceState:
    """A service as the engine shows it."""
    return ServiceState(as_service(config.service(id), config), status, summary, **more)


async def passes(ask: Ask) -> str:
    """A body that finds nothing wrong."""
    return "all well"


async def fails(ask: Ask) -> str:
    """A body that finds something wrong."""
    raise Wrong("8 agents", "6 agents")


def check(name: str, run: Run = passes, *needs: str, **more: Any) -> Check:
    """A check `CATEGORY.name`; `kind` is its class."""
    category = more.pop("category", "agents")
    kind = more.pop("kind", CheckClass.READS)
    return Check(f"{category}.{name}", category, f"{name} is well", run, needs, Twin(), kind, **more)


def result(id: str, outcome: Outcome = Outcome.PASS, **more: Any) -> CheckResult:
    """How a check ended."""
    values: dict[str, Any] = {
        "category": id.partition(".")[0],
        "title": f"{id} is well",
        "check_class": CheckClass.READS,
        "service": "redis",
        "expected": "8 agents",
        "found": "6 agents",
        "message": "expected 8 agents; found 6 agents",
        "started": AT,
        "elapsed": 0.25,
    }
    return CheckResult(check_id=id, outcome=outcome, **{**values, **more})


def run_of(*results: CheckResult) -> CheckRun:
    """A run that ended so."""
    finished = AT.replace(second=2)
    return CheckRun("1", "headless", AT, finished, total=len(results), results=results)


class Watch:
    """Bodies that stay until they are let go, and who was inside together."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.together: list[frozenset[str]] = []
        self.order: list[str] = []
        self.go = asyncio.Event()

    def stays(self, name: str) -> Run:
        """A body that waits for `go`."""

        async def run(ask: Ask) -> str:
            self.inside.append(name)
            self.order.append(name)
            self.together.append(frozenset(self.inside))
            try:
                await self.go.wait()
                # Let whoever may run beside this one come in.
                for _ in range(20):
                    await asyncio.sleep(0)
                return "let go"
            finally:
                self.inside.remove(name)

        return run


@asynccontextmanager
async def running(
    config: Config, states: Callable[[], Mapping[str, ServiceState]] = dict
) -> AsyncIterator[CheckRunner]:
    """The real runner of a config."""
    clients = Clients(config)

    async def make(shared: dict[str, Any], limit: float) -> Ask:
        return Ask(config, clients, shared, limit)

    runner = CheckRunner(config, make, states)
    try:
        yield runner
    finally:
        await runner.cleaned()
        await clients.aclose()


async def ended(*checks: Check, env: str = "test", **more: Any) -> dict[str, CheckResult]:
    async with running(stack(env)) as runner:
        run = await runner.run(checks, **{"allow": EVERYTHING, **more})
    return {found.check_id.partition(".")[2]: found for found in run.results}


async def one(checked: Check, **more: Any) -> CheckResult:
    (found,) = (await ended(checked, **more)).values()
    return found
