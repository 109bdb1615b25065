"""A recorder in the test's own loop, and boards that attach to it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sutaz_tui.config import Config
from sutaz_tui.config.same import config_hash
from sutaz_tui.engine.attached import AttachedEngine
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.hub import Hub
from sutaz_tui.sources.recorder.messages import BEGINNING, Hello, frame
from sutaz_tui.sources.recorder.places import own_places
from sutaz_tui.state.desk import RecordersDesk
from sutaz_tui.wiring.engine import build, build_attached
from sutaz_tui.wiring.recorder import door, group_of
from tests.running import Simulated, Watched
from tests.servers.waiting import patient

NEVER = 3600.0
"""An interval in which nothing is asked again while a test lasts."""


class Recorder:
    """What a recorder watches, and what it told."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.watched = Watched(engine)
        self.path = path
        self.told: list[str] = []


@asynccontextmanager
async def recording(
    config: Config, folder: Path, engine: Engine | None = None, polls: bool = True
) -> AsyncIterator[Recorder]:
    """A recorder that polls, and lets boards in."""
    engine = engine or build(config)
    place = own_places(config)[0]
    recorder = Recorder(engine, place)
    history = folder / "history-test.sqlite3"
    desk = RecordersDesk(engine, history, group_of(config), recorder.told.append)
    server = door(config, history, Hub(engine, desk).attend, recorder.told.append)
    assert server is not None, recorder.told
    await server.start()
    keeping = asyncio.create_task(desk.run())
    if polls:
        await engine.start()
    try:
        yield recorder
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        await server.stop()
        await engine.stop()
        await asyncio.to_thread(desk.close)


class Board:
    """A board without its screen."""

    def __init__(self, config: Config) -> None:
        self.engine: AttachedEngine = build_attached(config)
        self.said: list[str] = []
        self.engine.said = self.said.append
        self.watched = Watched(self.engine)


@asynccontextmanager
async def board(config: Config) -> AsyncIterator[Board]:
    """A board that has begun."""
    made = Board(config)
    await made.engine.start()
    try:
        yield made
    finally:
        await made.engine.stop()


def greeted(config: Config) -> bytes:
    """What a board sends first."""
    return BEGINNING + frame(Hello(config_hash(config), "", os.getpid()))


async def sent(path: Path, data: bytes) -> socket.socket:
    """A connection to the socket at `path` that these bytes were sent by."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, str(path))
    await loop.sock_sendall(connection, data)
    return connection


def asked(stack: Simulated) -> dict[str, int]:
    """How many requests each part of the stack got."""
    return {name: one["requests"] for name, one in stack.control("GET", "/counts").items()}


async def settled(stack: Simulated, recorder: Recorder) -> dict[str, int]:
    """What the stack was asked once the recorder has asked all, and nothing more comes."""
    await recorder.watched.until(lambda shown: shown.answered_count() == len(shown.services), "all asked", 60)
    before: dict[str, int] = {}
    while (now := asked(stack)) != before:
        before = now
        await asyncio.sleep(2.5)  # longer than the second that a first failure waits
    return now


async def until(holds: Callable[[], Any], what: str, within: float = 30.0) -> None:
    """Wait until it holds; AssertionError when it does not in time."""
    try:
        async with asyncio.timeout(patient(within)):
            while not holds():  # noqa: ASYNC110 - what is waited for is in another process, or a file
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


def till(tmp_path: Path) -> Path:
    """A config of one service, which refuses."""
    file = tmp_path / "till.yaml"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n", "utf-8"
    )
    return file
