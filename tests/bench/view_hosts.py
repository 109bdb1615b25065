"""What looking at containers and at a host costs who is asked: CPU of a real Podman and a real node exporter, and our own."""

import asyncio
import os
import time

from sutaz_tui.config import Config, Source
from sutaz_tui.config.kinds import Docker, Host
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.processes import processes_here
from sutaz_tui.views.base import View
from sutaz_tui.views.containers import CONTAINERS, Containers
from sutaz_tui.views.host_cpu import CPU
from sutaz_tui.views.host_disks import DISKS
from sutaz_tui.views.host_processes import PROCESSES
from tests.bench.row import Row
from tests.bench.view_cost import cpu_of
from tests.loopback import configured
from tests.servers.node_exporter import NodeExporter
from tests.servers.podman import Podman

MANY = 20
ASKS = 6


def containers() -> list[Row]:
    """Podman with twenty containers: their figures from cgroup files, and, where those are not there, by its /stats."""
    with Podman() as podman:
        try:
            for number in range(MANY):
                podman.run_container(f"c{number}", "sleep 600")
            config = configured(
                Docker(id="d", title="Docker", source="d"),
                sources={"d": Source(url=f"unix://{podman.socket_path}")},
            )
            pid = podman.pid
            assert pid is not None
            rows = []
            for name, is_here in (("view-containers", True), ("view-containers-stats", False)):
                cost, took = asyncio.run(_containers(config, pid, is_here))
                how = "cgroup files" if is_here else "/stats of those in view"
                words = f"{MANY} containers, by {how}: a look takes {1000 * took:.0f} ms and {cost:.2f} s of Podman's CPU"
                rows.append(Row(name, cost * 60 / CONTAINERS.interval, "s/min", None, words))
            return rows
        finally:
            podman.remove_containers()


async def _containers(config: Config, pid: int, is_here: bool) -> tuple[float, float]:
    clients = Clients(config)
    try:
        ask = CONTAINERS.asker(clients.config.services[0], clients)
        assert isinstance(ask, Containers)
        for fleet in ask._fleets.values():
            fleet._is_here = is_here
        for _ in range(3):
            rows = await ask(30.0)
        ask.seen = [row.key for row in rows.rows]
        began, before = time.perf_counter(), cpu_of(pid)
        for _ in range(ASKS):
            await ask(30.0)
        return (cpu_of(pid) - before) / ASKS, (time.perf_counter() - began) / ASKS
    finally:
        await clients.aclose()


def hosts() -> list[Row]:
    """The node exporter, asked for what a view shows alone; and this machine's /proc, which costs us."""
    with NodeExporter() as exporter:
        pid = exporter.pid
        assert pid is not None
        rows = []
        for view in (CPU, DISKS):
            cost, took = asyncio.run(_host(view, exporter.url, pid))
            words = (
                f"a real node exporter: a look takes {1000 * took:.0f} ms and {1000 * cost:.1f} ms of its CPU"
            )
            rows.append(Row(f"view-{view.id}", 1000 * cost * 60 / view.interval, "ms/min", None, words))
    for view in (CPU, PROCESSES):
        cost, took = asyncio.run(_host(view, "", os.getpid()))
        words = f"this machine's /proc, {len(processes_here())} processes: our own CPU"
        rows.append(Row(f"view-{view.id}-proc", 100 * cost / view.interval, "%", None, words))
    return rows


async def _host(view: View, address: str, pid: int) -> tuple[float, float]:
    entry = Host(id="host", title="Host", address=address)
    clients = Clients(configured(entry))
    many = 20 * ASKS
    try:
        ask = view.asker(entry, clients)
        await ask(10.0)
        began, before = time.perf_counter(), cpu_of(pid)
        for _ in range(many):
            await ask(10.0)
        return (cpu_of(pid) - before) / many, (time.perf_counter() - began) / many
    finally:
        await clients.aclose()
