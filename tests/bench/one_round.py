"""Measured process: the engine as the board runs it, from its first connection until every service has answered."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from sutaz_tui.config import load
from sutaz_tui.wiring.engine import build
from tests.bench import child

WITHIN = 20.0


async def measure(config: str, environ: dict[str, str]) -> dict[str, Any]:
    """Seconds, and the services that never had an answer."""
    connects: list[float] = []

    def hear(event: str, _arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and not connects:
            connects.append(time.time())

    sys.addaudithook(hear)
    engine = build(load(None, Path(config), environ))
    await engine.start()
    try:
        async with asyncio.timeout(WITHIN):
            async for snapshot in engine.snapshots():
                if all(state.asked for state in snapshot.services):
                    break
    except TimeoutError:
        pass
    asked = [state.asked for state in engine.snapshot().services if state.asked]
    unasked = [state.service.id for state in engine.snapshot().services if not state.asked]
    await engine.stop()
    return {"seconds": max(asked).timestamp() - connects[0], "unasked": unasked}


if __name__ == "__main__":
    ordered = child.order()
    child.answer(lambda _: asyncio.run(measure(ordered["config"], ordered["environ"])))
    # A call that hangs in a thread must not hold up the exit.
    os._exit(0)
