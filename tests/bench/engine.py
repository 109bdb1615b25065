"""What watching a thousand services costs: the engine's CPU with a reader of its snapshots."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Http
from sutaz_tui.engine.engine import Engine
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.http import build
from sutaz_tui.sources.clients import Clients
from tests.bench import child
from tests.bench.asker import services
from tests.bench.row import Row
from tests.servers.nginx import Nginx
from tests.servers.programs import find

SERVICES = 1000
INTERVAL = 10.0
SECONDS = 30.0
BARE = 7


def thousand_services() -> list[Row]:
    """Percent of one core over half a minute, after the first round; beside it what bare requests would cost."""
    if find("nginx") is None:
        return [Row("thousand", None, "%", 10, "missing server program: nginx")]
    with Nginx(SERVICES) as nginx:
        urls = [f"http://{nginx.host}:{port}/health" for port in nginx.ports]
        with child.Child("tests.bench.asker", ["bare", urls]) as bare:
            bare.ask()
            requests = sorted(float(bare.ask()) for _ in range(BARE))[BARE // 2]
        with child.Child("tests.bench.engine", urls) as ours:
            used = ours.ask()
    share = 100 * used["cpu"] / used["seconds"]
    alone = 100 * requests * SERVICES / INTERVAL
    words = (
        f"bare httpx2 requests alone {alone:.1f} % ({share / alone:.2f} x); "
        f"{used['answers'] / used['seconds']:.0f} answers/s, {used['snapshots'] / used['seconds']:.1f} snapshots/s"
    )
    return [Row("thousand", share, "%", 10, words)]


async def steady(config: Config) -> dict[str, float]:
    """CPU seconds, seconds, answers and snapshots once every service has answered."""
    clients, directory = Clients(config), Directory(config)

    async def probes(_wanted: frozenset[str] | None) -> AsyncIterator[Probe]:
        for service in config.services:
            if isinstance(service, Http):
                yield build(service, clients, directory)
                # Services that begin together drift apart only in many minutes: here they begin as they end up.
                await asyncio.sleep(INTERVAL / SERVICES)

    engine = Engine(config, probes, clients.aclose)
    await engine.start()
    async for snapshot in engine.snapshots():
        if all(state.asked for state in snapshot.services):
            break
    await watch(engine, INTERVAL)
    first = engine.snapshot().seq
    began, before = time.perf_counter(), time.process_time()
    snapshots = await watch(engine, SECONDS)
    used = {
        "cpu": time.process_time() - before,
        "seconds": time.perf_counter() - began,
        "answers": engine.snapshot().seq - first,
        "snapshots": snapshots,
    }
    await engine.stop()
    return used


async def watch(engine: Engine, seconds: float) -> int:
    """Read every snapshot for so long; how many there were."""
    seen = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for _ in engine.snapshots():
                seen += 1
    return seen


if __name__ == "__main__":
    ordered = child.order()
    child.answer(lambda _: asyncio.run(steady(services(ordered, INTERVAL))))
