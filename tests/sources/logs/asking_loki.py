"""What tests of Loki's lines share: the simulated Loki, lines pushed to it, and a client to ask it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from sutaz_tui.config.schema import Source
from sutaz_tui.logs.feed import Frame
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.logs.loki import LokiLogs
from sutaz_tui.sources.loki import loki_api
from tests.loopback import configured
from tests.servers.waiting import patient
from tests.simulator.stack import Stack
from tests.web import RECORDED

DEADLINE = 10.0
PUSH = "/loki/api/v1/push"
SECOND = 10**9


def push(stack: Stack, labels: Mapping[str, str], lines: Iterable[tuple[int, str]]) -> None:
    """Send lines of one stream, as a shipper does."""
    values = [[str(at), text] for at, text in lines]
    answer = stack.post("loki", PUSH, json={"streams": [{"stream": dict(labels), "values": values}]})
    assert answer.status_code == 204, answer.text


@asynccontextmanager
async def asking(url: str, service: str = "shop", **source: Any) -> AsyncIterator[LokiLogs]:
    """A client of the Loki at this address; `source` are more keys of its entry in the config."""
    clients = Clients(configured(sources={"l": Source(url=url, **source)}))
    try:
        yield LokiLogs(loki_api(clients, "l", "Loki"), service)
    finally:
        await clients.aclose()


def pairs(lines: Iterable[LogLine]) -> list[tuple[int, str]]:
    return [(line.at, line.text) for line in lines]


class Following:
    """A tail that is read: all lines and the moments of dropped ones so far."""

    def __init__(self, frames: AsyncIterator[Frame]) -> None:
        self._frames = frames
        self.frames: list[Frame] = []

    @property
    def lines(self) -> list[LogLine]:
        return [line for frame in self.frames for line in frame.lines]

    @property
    def dropped(self) -> list[int]:
        return [at for frame in self.frames for at in frame.dropped]

    async def until(self, lines: int) -> None:
        """Read on until so many lines came."""
        async with asyncio.timeout(patient(DEADLINE)):
            while len(self.lines) < lines:
                self.frames.append(await anext(self._frames))

    async def to_the_end(self) -> None:
        """Read on until the tail raises."""
        async with asyncio.timeout(patient(DEADLINE)):
            async for frame in self._frames:
                self.frames.append(frame)


@asynccontextmanager
async def following(logs: LokiLogs, query: str, start: int = 1, limit: int = 100) -> AsyncIterator[Following]:
    """The tail of a query, hung up afterwards."""
    async with aclosing(logs.tail(query, start, limit)) as frames:
        yield Following(frames)


def recorded(name: str) -> Any:
    """A recorded answer of a real Loki."""
    answers = json.loads((RECORDED / "loki.json").read_text())["answers"]
    return next(answer for answer in answers if answer["name"] == name)


def streams(*found: tuple[dict[str, str], list[list[Any]]]) -> dict[str, Any]:
    """The body of an answer with these streams: labels and values of each."""
    result = [{"stream": labels, "values": values} for labels, values in found]
    return {"status": "success", "data": {"resultType": "streams", "result": result}}


def some_time() -> int:
    """A moment of the last hour, to which nothing else is pushed."""
    return time.time_ns() - 600 * SECOND
