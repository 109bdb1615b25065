"""Measured process: the whole board on a real config, its store filled by hand with many rounds once all is quiet.

`python -m tests.bench.board_memory_app CONFIG ROUNDS TOLD` writes resident megabytes into TOLD as JSON: at rest, half way
through the rounds and behind them. Every answer is new and as large as answers are kept.
"""

import asyncio
import gc
import json
import os
import sys
from pathlib import Path

from sutaz_tui.config import load
from sutaz_tui.model import Answer, Reading, Status, Step
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import look_at

SETTLE = 15.0
"""Seconds until every service has answered and all libraries and checks are loaded."""
ANSWER = 4096


def resident() -> float:
    """Megabytes of this process in memory, without what is shared with others or garbage."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


async def rounds(app: SutazApp, count: int, told: Path) -> None:
    """Wait until all is quiet, then fill the store."""
    await asyncio.sleep(SETTLE)
    store = app.engine.store
    found = [resident()]
    app.engine.poller.pause()
    for number in range(count):
        for place, service in enumerate(app.engine.services):
            status = Status.DEGRADED if (number + place) % 500 == 0 else Status.UP
            text = f"{number} {place} ".ljust(ANSWER, "x")
            reading = Reading(
                service.id, service.kind, status, f"answers {number % 100}", app.engine.clock.now(),
                latency=0.001 * (1 + number % 7), word="slow" if status is not Status.UP else "",
                facts={"number": number}, steps=(Step("asks", "GET /", text, 0.001, f"curl {place}"),),
            )  # fmt: skip
            store.put(service.id, Answer((reading,)))
        # The board draws meanwhile, and keys would be heard.
        await asyncio.sleep(0)
        if number + 1 in (count // 2, count):
            found.append(resident())
    await asyncio.to_thread(told.write_text, json.dumps(found))
    app.leave()


async def measured(config: str, count: int, told: Path) -> None:
    """The board, left when its rounds are done."""
    app = SutazApp(load(None, Path(config), os.environ), terminal=look_at(os.environ))
    filling = asyncio.create_task(rounds(app, count, told))
    await app.stay()
    filling.cancel()


if __name__ == "__main__":
    asyncio.Runner().run(measured(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
    os._exit(0)
