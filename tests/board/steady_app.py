"""A board in a real terminal over services that always give the same answer, each asked every second.

`python -m tests.board.steady_app [services] [flapping]`: so many services, so many of them changing with every answer.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

from sutaz_tui.clock import SystemClock
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Answer, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import look_at
from tests.engine.scripted import config, tcp

INTERVAL = 1.0


class Steady(Probe):
    """Says the same every time, or the opposite of what it said before."""

    flaps = False
    _turn = False

    async def look(self) -> Finding:
        self._turn = not self._turn
        if self.flaps and self._turn:
            return Finding("late", Status.DEGRADED, 2.0, "late")
        return Finding("16.4 primary, connections 14/100", latency=0.0123, facts={"connections": 14})

    async def ask(self) -> Answer:
        return await super().ask()


def steady(services: int, flapping: int) -> SutazApp:
    """The app."""
    made = config(*(tcp(f"s{n}", title=f"Service {n}", interval=INTERVAL) for n in range(services)))

    async def probes(wanted: frozenset[str] | None) -> AsyncIterator[Probe]:
        for number, service in enumerate(made.services):
            probe = Steady(service)
            probe.flaps = number < flapping
            yield probe

    async def close() -> None:
        return None

    import os

    return SutazApp(made, engine=Engine(made, probes, close, SystemClock()), terminal=look_at(os.environ))


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] + [0, 0]
    asyncio.run(steady(numbers[0] or 34, numbers[1]).stay())
