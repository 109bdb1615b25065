"""What views may ask, as the list beside them says it; what was asked beside it; and a line between that hears it all."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml

import sutaz_tui.views
from sutaz_tui.simulator.resp import commands
from sutaz_tui.simulator.world import AGENTS

FILE = Path(sutaz_tui.views.__file__).with_name("asked.yaml")
CONNECTING = "connecting"
PLACE = re.compile(r"\\\{[a-z]+\\\}")
REQUEST = re.compile(rb"^([A-Z]+) ([^\s?]+)\??(\S*) HTTP/1\.[01]\r$", re.MULTILINE)
ID = re.compile(r"\b[0-9a-f]{64}\b")
KINDS = {"rabbitmq-management": "rabbitmq", "kong-admin": "kong", **dict.fromkeys(AGENTS, "agent")}
"""Endpoints of the simulated stack that are not called as the kind that listens there."""

Asked = tuple[str, str]
"""The kind that was asked, and what, written as in the list."""


@cache
def allowed() -> Mapping[str, Mapping[str, list[str]]]:
    """What each view may ask, by kind."""
    found: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def beside(view: str, asked: Iterable[Asked]) -> list[Asked]:
    """What of it is not on the view's list."""
    return sorted({one for one in asked if not _is_listed(view, *one)})


def _is_listed(view: str, kind: str, what: str) -> bool:
    texts = [*allowed()[view].get(kind, ()), *allowed()[CONNECTING].get(kind, ())]
    return any(re.fullmatch(PLACE.sub(r"[^/\\s]+", re.escape(text)), what) for text in texts)


def heard(requests: Iterable[Mapping[str, Any]]) -> list[Asked]:
    """What the simulated stack was asked, as the list writes it."""
    found = []
    for one in requests:
        kind = KINDS.get(one["endpoint"], one["endpoint"])
        match kind:
            case "postgres":
                what = statement(one["query"])
            case "redis":
                what = command(f"{one['method']} {one['query']}".split())
            case _:
                what = target(one["method"], ID.sub("{id}", one["path"]), one["query"])
        found.append((kind, what))
    return found


def target(method: str, path: str, query: str) -> str:
    """A request: of its parameters those without a value, which say what is asked; the others only narrow it."""
    flags = sorted(name for name, value in parse_qsl(query, keep_blank_values=True) if not value)
    return f"{method} {path}" + (f"?{'&'.join(flags)}" if flags else "")


def statement(text: str) -> str:
    """A statement on one line."""
    return " ".join(text.split())


def command(words: list[str]) -> str:
    """A command; of a login no more than its first word."""
    name = words[0].upper()
    return name if name in ("AUTH", "HELLO") else " ".join([name, *words[1:]])


class Line:
    """A port that hands all on to another, both ways, and keeps what came from the near end; `open` connections go by it."""

    def __init__(self) -> None:
        self.port = 0
        self.open = 0
        self._said: list[bytearray] = []

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter, port: int) -> None:
        """One connection, to its end."""
        said = bytearray()
        self._said.append(said)
        far, forth = await asyncio.open_connection("127.0.0.1", port)
        self.open += 1
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pumped(near, forth, said))
                tasks.create_task(_pumped(far, back, bytearray()))
        finally:
            self.open -= 1
            forth.close()
            back.close()

    def requests(self) -> list[str]:
        """Method and path of every HTTP request that went by."""
        return [
            target(*(part.decode() for part in parts))
            for said in self._said
            for parts in REQUEST.findall(said)
        ]

    def commands(self) -> list[str]:
        """Every command of Redis that went by."""
        return [
            command([word.decode() for word in words])
            for said in self._said
            for words in commands(bytearray(said))
        ]


async def _pumped(source: asyncio.StreamReader, to: asyncio.StreamWriter, kept: bytearray) -> None:
    with suppress(OSError):
        while part := await source.read(65_536):
            kept += part
            to.write(part)
            await to.drain()
        to.write_eof()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    """A line to a port of loopback."""
    line = Line()
    carried: set[asyncio.Task[None]] = set()

    async def take(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        carried.add(task)
        with suppress(ExceptionGroup, OSError):
            await line.carry(near, back, port)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for task in carried:
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)
