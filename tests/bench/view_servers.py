"""What looking at the views of PostgreSQL, Redis, Prometheus and Consul costs real ones: their own CPU, a minute."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from sutaz_tui.clock import SystemClock
from sutaz_tui.config import ServiceConfig, Source
from sutaz_tui.config import kinds as k
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.registry import VIEWS
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.views import live
from tests.bench.row import Row
from tests.loopback import configured
from tests.servers.consul import Consul
from tests.servers.postgres import Postgres
from tests.servers.process import Server
from tests.servers.prometheus import Prometheus
from tests.servers.redis import Redis

ASKS = 40
"""Questions that a view's cost is the mean of: a tick of the CPU's clock is 10 ms."""
REGISTERED = 300
LOOKED = 30.0


def servers() -> list[Row]:
    """Each view that polls: the mean of many questions, as often as it asks in a minute."""
    rows = []
    with Postgres() as postgres:
        address = f"127.0.0.1:{postgres.port}"
        service = k.Postgres(
            id="p", title="PostgreSQL", address=address, user=postgres.user, database="jarvis"
        )
        rows += asyncio.run(_asked(postgres, service))
    with Redis() as redis:
        rows += asyncio.run(_asked(redis, k.Redis(id="r", title="Redis", address=f"127.0.0.1:{redis.port}")))
    with Prometheus() as prometheus:
        service_of = k.Prometheus(id="m", title="Prometheus", source="s")
        rows += asyncio.run(_asked(prometheus, service_of, Source(url=prometheus.url)))
    return rows


async def _asked(server: Server, service: ServiceConfig, source: Source | None = None) -> list[Row]:
    clients = Clients(configured(service, sources={"s": source} if source else None))
    try:
        rows = []
        for view in VIEWS:
            if view.kind == server.name and not view.is_of_stack:
                ask = view.asker(service, clients)
                cost = await _cost(server, partial(ask, 10.0))
                words = f"{1000 * cost:.2g} ms a question, every {view.interval:g} s"
                rows.append(Row(f"view-{view.id}", 1000 * cost * 60 / view.interval, "ms/min", None, words))
        return rows
    finally:
        await clients.aclose()


async def _cost(server: Server, ask: Callable[[], Awaitable[object]]) -> float:
    """Seconds of CPU of one question, less what the server uses in that time when nobody asks."""
    await ask()
    began, before = time.perf_counter(), cpu_of_all(server)
    for _ in range(ASKS):
        await ask()
    took, used = time.perf_counter() - began, cpu_of_all(server) - before
    before = cpu_of_all(server)
    await asyncio.sleep(took)
    return max(0.0, used - (cpu_of_all(server) - before)) / ASKS


def catalog() -> list[Row]:
    """Consul's, of which a question waits until something changes: what it used while its catalog stood on a screen."""
    with Consul() as server:
        for number in range(REGISTERED):
            server.register(f"shop-{number:03}", port=80)
        return asyncio.run(_looked(server))


async def _looked(server: Consul) -> list[Row]:
    service = k.Consul(id="c", title="Consul", source="s")
    config = configured(service, sources={"s": Source(url=server.url)})
    clients = SharedClients(config)
    [view] = [view for view in VIEWS if view.id == "catalog"]
    answers = 0

    def changed() -> None:
        nonlocal answers
        answers += 1

    await asyncio.sleep(3)
    before = cpu_of_all(server)
    await asyncio.sleep(LOOKED)
    idle = cpu_of_all(server) - before
    query = live(view, config, "c", clients, SystemClock(), changed)
    before = cpu_of_all(server)
    query.start()
    try:
        await asyncio.sleep(LOOKED)
        used = cpu_of_all(server) - before
        assert not query.trouble, query.trouble
    finally:
        query.stop()
        await clients.aclose()
    minute = 60 / LOOKED * 1000
    words = f"{REGISTERED} services, {answers} answers in {LOOKED:g} s; idle {idle * minute:.0f} ms a minute"
    return [Row("view-catalog", max(0.0, used - idle) * minute, "ms/min", None, words)]


def cpu_of_all(server: Server) -> float:
    """Seconds of CPU that a server has used, with its children that ended."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
