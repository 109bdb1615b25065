"""`python -m sutaz_tui.simulator`: reads its order from standard input and lives as long as that stays open."""

import asyncio
import ctypes
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from sutaz_tui.simulator.faults import UnknownFault
from sutaz_tui.simulator.frame import Frame, WrongOrder, allow_many_files

PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve the order; 0 after an ordinary end, 2 where the order cannot be served."""
    line = first_line()
    if not line.strip():
        return 0
    try:
        order = json.loads(line)
        if not isinstance(order, dict):
            raise WrongOrder("expected a JSON object on the first line of standard input")
        asyncio.run(serve(order))
    except (WrongOrder, UnknownFault, json.JSONDecodeError) as error:
        print(f"simulated stack: {error}", file=sys.stderr)
        return 2
    return 0


async def serve(order: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if order.get("die_with_parent", True):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        threading.Thread(target=watch_stdin, args=(loop, ended), daemon=True).start()
    allow_many_files()
    frame = Frame(order)
    try:
        ready = await frame.start()
        print(json.dumps(ready), flush=True)
        await ended.wait()
    finally:
        frame.stop()


def first_line() -> bytes:
    """Standard input up to the first newline, unbuffered so that its end can be watched afterwards."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            break
        line += byte
    return line


def watch_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    # The loop may have closed in the meantime, which is what we are after.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(ended.set)


if __name__ == "__main__":
    sys.exit(main())
