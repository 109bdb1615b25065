"""Measured process: the whole board over services whose answers are made here, without a network.

`python -m tests.bench.board_app SERVICES FLAPPING HANGING`: of so many services so many change with every answer, and so
many never answer: each holds a thread, as a client library that blocks does.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator

from sutaz_tui.config import Config, Group, Limits, Pace
from sutaz_tui.config.kinds import Tcp
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.sources.threads import DaemonCaller
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import look_at

INTERVAL = 1.0
TIMEOUT = 0.9


class Made(Probe):
    """Answers as it is told: always the same, in turns well and badly, or never."""

    flaps = False
    hangs: DaemonCaller | None = None
    _turn = False

    async def look(self) -> Finding:
        if self.hangs is not None:
            await self.hangs.call(threading.Event().wait, TIMEOUT)
        self._turn = not self._turn
        if self.flaps and self._turn:
            return Finding("answers late", Status.DEGRADED, 2.0, "slow")
        return Finding("answers", latency=0.0123)


def app(services: int, flapping: int, hanging: int) -> SutazApp:
    """Of every four services the first two flap, so that a reader can stay on those that do not."""
    config = Config(
        env="test",
        services=tuple(
            Tcp(id=f"s{number}", title=f"Service {number}", group="all", address="127.0.0.1:1",
                interval=INTERVAL, timeout=TIMEOUT) for number in range(services)
        ),
        sources={},
        groups=(Group(id="all", title="All"),),
        pace=Pace(),
        limits=Limits(),
        theme="textual-dark",
        keymap={},
    )  # fmt: skip

    async def probes(_wanted: frozenset[str] | None) -> AsyncIterator[Probe]:
        flapping_left, hanging_left = flapping, hanging
        for number, service in enumerate(config.services):
            probe = Made(service)
            if number % 4 < 2 and flapping_left:
                probe.flaps, flapping_left = True, flapping_left - 1
            elif number % 4 == 3 and number > 4 and hanging_left:
                probe.hangs, hanging_left = DaemonCaller(service.id), hanging_left - 1
            yield probe

    async def close() -> None:
        """There is nothing to let go of."""

    return SutazApp(config, Engine(config, probes, close), terminal=look_at(os.environ))


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:4]]
    code = asyncio.Runner().run(app(*numbers).stay())
    # As the program itself ends: a call that hangs in a thread must not hold up the exit.
    os._exit(code)
