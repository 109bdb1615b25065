"""How long a change in a real Consul takes until it stands on the screen of who looks at its catalog."""

import asyncio
import time
from statistics import median

from sutaz_tui.config import Source
from sutaz_tui.config.kinds import Consul as Kind
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.bench.row import Row
from tests.loopback import configured
from tests.servers.consul import Consul

CHANGES = 12
BOUND = 1000.0
WITHIN = 30.0
BETWEEN = 0.37
"""Seconds between two changes: no multiple of any interval of ours."""


def consul() -> list[Row]:
    """From the request that changes a check until its row was painted."""
    with Consul() as server:
        figures = asyncio.run(_measured(server))
    words = f"the slowest of {CHANGES} changes of a check; median {median(figures):.0f} ms"
    return [Row("view-change", max(figures), "ms", BOUND, words)]


async def _measured(server: Consul) -> list[float]:
    entry = Kind(id="consul", title="Consul", source="consul", interval=15.0)
    app = SutazApp(configured(entry, sources={"consul": Source(url=server.url)}), terminal=Terminal())
    figures = []
    async with app.run_test(size=(160, 45)) as pilot:
        app.action_view("catalog")
        while "serf" not in _shown(app) and "(node)" not in _shown(app):
            await pilot.pause(0.01)
        for number in range(CHANGES):
            await asyncio.sleep(BETWEEN * (number % 5 + 1))
            name = f"shop-{number:02}"
            began = time.perf_counter()
            await asyncio.to_thread(server.register, name, "critical", service_id=name)
            while name not in _shown(app):
                if time.perf_counter() - began > WITHIN:
                    raise RuntimeError(f"{name} was not on the screen within {WITHIN:g} s")
                await asyncio.sleep(0.005)
            figures.append(1000 * (time.perf_counter() - began))
    return figures


def _shown(app: SutazApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
