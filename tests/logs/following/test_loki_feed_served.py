"""A Loki feed on the simulated Loki, over HTTP and WebSocket, by the machine's own clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.clock import SystemClock
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.tail import LogTail
from tests.logs.following.taker import Taker
from tests.servers.waiting import patient
from tests.simulator.stack import Stack, running
from tests.sources.logs.asking_loki import asking, push

DEADLINE = 20.0


@pytest.fixture(scope="module")
def loki() -> Iterator[Stack]:
    with running("loki") as stack:
        yield stack


@asynccontextmanager
async def followed(loki: Stack, job: str) -> AsyncIterator[Taker]:
    async with asking(loki.url("loki"), "api") as logs:
        feed = LokiFeed(logs, SystemClock(), "api", f'{{job="{job}"}}', "loki", 2**30)
        tail = LogTail([feed], SystemClock())
        page = await tail.first()
        async with Taker(tail.batches(page.lines[-1].at if page.lines else time.time_ns())) as taker:
            yield taker
        await tail.aclose()


async def comes(taker: Taker, text: str) -> float:
    """The seconds that a line takes to come."""
    began = time.monotonic()
    await taker.until(lambda: text in taker.texts, DEADLINE)
    return time.monotonic() - began


async def send(loki: Stack, job: str, texts: list[str]) -> None:
    now = time.time_ns()
    lines = [(now + number, text) for number, text in enumerate(texts)]
    await asyncio.to_thread(push, loki, {"job": job}, lines)


async def test_a_line_is_seen_within_a_second_once(loki: Stack) -> None:
    await send(loki, "calm", ["before"])
    async with followed(loki, "calm") as taker:
        for number in range(3):
            await send(loki, "calm", [f"line {number}"])
            assert await comes(taker, f"line {number}") < patient(1)
        assert taker.texts == ["line 0", "line 1", "line 2"]


async def test_nothing_of_a_flood_is_lost_that_the_tail_drops(loki: Stack) -> None:
    async with followed(loki, "flood") as taker:
        texts = [f"{number:05}" for number in range(20_000)]
        for begin in range(0, len(texts), 4000):
            await send(loki, "flood", texts[begin : begin + 4000])
        await taker.until(lambda: len(taker.lines) >= len(texts), DEADLINE)
        assert sorted(taker.texts) == texts
        assert taker.gaps == []


async def test_lines_go_on_by_ranges_where_the_tail_is_refused(loki: Stack) -> None:
    loki.control("PUT", "/state", {"traits": {"loki_tail_refused": 404}})
    try:
        async with followed(loki, "refused") as taker:
            for number in range(3):
                await send(loki, "refused", [f"line {number}"])
                assert await comes(taker, f"line {number}") < patient(1)
            assert taker.trouble == ""
    finally:
        loki.control("PUT", "/state", {"scenario": "healthy"})
