"""Measured process: the whole board on a config, its loop watched; the log is opened by keys from outside.

`python -m tests.bench.log_flood_app CONFIG TOLD` writes, when it is left, into TOLD as JSON: the loop's lag (p99, seconds)
over all samples since `l`, the most resident megabytes seen, and those at the end.
"""

import asyncio
import gc
import json
import os
import sys
import time
from pathlib import Path

from sutaz_tui.config import load
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import look_at
from tests.bench.board_memory_app import resident

SAMPLE = 0.01
WARM = 6.0
"""Seconds from the start until libraries are loaded and the log has been opened."""


def resident_now() -> float:
    """Megabytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


async def watch(lags: list[float], most: list[float]) -> None:
    """How much later than asked for the loop wakes up; a hundred times a second."""
    await asyncio.sleep(WARM)
    turn = 0
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(SAMPLE)
        lags.append(time.perf_counter() - asked - SAMPLE)
        turn += 1
        if turn % 100 == 0:
            most[0] = max(most[0], resident_now())


async def measured(config: str, told: Path) -> None:
    """The board until it is left."""
    app = SutazApp(load(None, Path(config), os.environ), terminal=look_at(os.environ))
    lags: list[float] = []
    most = [0.0]
    watching = asyncio.create_task(watch(lags, most))
    await app.stay()
    watching.cancel()
    gc.collect()
    lags.sort()
    p99 = lags[int(len(lags) * 0.99)] if lags else None
    found = {"lag": p99, "most": most[0], "left": resident()}
    await asyncio.to_thread(told.write_text, json.dumps(found))


if __name__ == "__main__":
    asyncio.Runner().run(measured(sys.argv[1], Path(sys.argv[2])))
    os._exit(0)
