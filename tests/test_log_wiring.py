"""The desk that opens logs: by Docker, in Loki where a container's log cannot be read, or with a sentence why not."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sutaz_tui.config import Config, Logs
from sutaz_tui.wiring.logs import LogFeeds, NoLoki
from tests.running import Simulated, simulated

HOUR = 3600 * 10**9


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


@asynccontextmanager
async def desk(config: Config) -> AsyncIterator[LogFeeds]:
    made = LogFeeds(config)
    try:
        yield made
    finally:
        await made.aclose()


async def test_each_service_has_its_feed_or_a_sentence(stack: Simulated) -> None:
    async with desk(stack.config) as logs:
        feeds = await logs.feeds(["backend", "host", "letta"])
        assert [(feed.service, feed.way) for feed in feeds] == [
            ("backend", "docker socket"),
            ("letta", "docker socket"),
        ]
        assert logs.found("backend") == "docker socket"
        assert logs.found("host") == ""
        assert set(logs.problems) == {"host"}
        assert "services.host.logs" in str(logs.problems["host"])
        place = logs.place("backend")
        assert place is not None and place.what == "sutazai-backend"
        for feed in feeds:
            await feed.aclose()


async def test_a_container_whose_log_docker_cannot_read_is_read_in_loki(stack: Simulated) -> None:
    stack.control("PUT", "/traits/unlogged_containers", {"value": ["sutazai-backend"]})
    try:
        async with desk(stack.config) as logs:
            (feed,) = await logs.feeds(["backend"])
            now = time.time_ns()
            page = await feed.page(now - HOUR, now, 20, True)
            assert len(page.lines) == 20
            assert {line.service for line in page.lines} == {"backend"}
            assert feed.way == logs.found("backend") == "loki: container id in filename"
            await feed.aclose()
    finally:
        stack.control("PUT", "/traits/unlogged_containers", {"value": []})


async def test_a_query_needs_a_loki(stack: Simulated) -> None:
    async with desk(stack.config) as logs:
        feed = await logs.query('{job="docker"}')
        assert feed.service == ""
        now = time.time_ns()
        assert (await feed.page(now - HOUR, now, 5, True)).lines
        await feed.aclose()
    async with desk(replace(stack.config, logs=Logs())) as logs:
        with pytest.raises(NoLoki, match=r"logs\.loki"):
            await logs.query('{job="docker"}')
