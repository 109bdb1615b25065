"""A process of its own that asks a service whose answers never end, and tells how much memory that cost it.

`python -m tests.endless_asks WHAT PORT` prints the resident MiB that 100 asks left behind, after some to warm up. The
collector is off: what only it would free counts objects, not bytes, and comes too late for bodies of megabytes.
"""

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sutaz_tui.config import KINDS, Config, Source
from sutaz_tui.errors import SourceError
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.sources.http_stream import stream
from sutaz_tui.sources.websocket import websocket
from sutaz_tui.text.sanitise import Secrets
from tests.loopback import configured, probing

WARM_UP, ASKS = 10, 100
MORE: dict[str, dict[str, Any]] = {
    "http": {"json_path": "a.b", "body_regex": "z"},
    "promql": {"query": "up"},
    "rabbitmq-queue": {"queue": "orders"},
    "consul-service": {"service": "shop"},
    "tcp": {"send": "hello\r\n", "expect": "welcome"},
    "command": {"argv": ["cat", "/dev/zero"]},
}


def config_of(kind: str, port: int) -> Config:
    """A config of one service of this kind at this port."""
    entry, url = KINDS[kind], f"http://127.0.0.1:{port}"
    keys: dict[str, Any] = {"id": "shop", "title": "Shop", "timeout": 5.0, **MORE.get(kind, {})}
    if "password" in entry.struct.__struct_fields__:
        keys |= {"user": "jarvis", "password": "sesame 17"}
    if entry.address:
        keys["address"] = f"127.0.0.1:{port}" if entry.address == "port" else url
    if entry.through:
        keys["source"] = "api"
    return configured(entry.struct(**keys), sources={"api": Source(url=url)})


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def rounds(ask: Callable[[], Awaitable[object]]) -> int:
    """Bytes that 100 asks leave behind."""
    for _ in range(WARM_UP):
        await ask()
    gc.collect()
    gc.disable()
    before = resident()
    for _ in range(ASKS):
        await ask()
    return resident() - before


async def left_behind(what: str, port: int) -> int:
    """The same for a kind, or for what only logs and checks ask with."""
    origin = HttpOrigin(f"http://127.0.0.1:{port}", "Shop", Contexts())

    async def frame() -> None:
        with contextlib.suppress(SourceError):
            async with websocket(origin, "/", Secrets()) as opened:
                await opened.receive()

    async def log() -> None:
        with contextlib.suppress(SourceError):
            async with stream(origin, "/") as opened:
                for _ in range(50):
                    await opened.read()

    if what in ("websocket", "log"):
        return await rounds(frame if what == "websocket" else log)
    async with probing(config_of(what, port)) as probe:
        return await rounds(probe.ask)


if __name__ == "__main__":
    print(asyncio.run(left_behind(sys.argv[1], int(sys.argv[2]))) / 2**20)
