"""The desk that opens logs: by Docker, in Loki where a container's log cannot be read, or with a sentence why not."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sutaz_tui.config import Config, Logs, Source
from sutaz_tui.config.kinds import Container, Docker
from sutaz_tui.wiring.logs import LogFeeds, NoLoki
from tests.loopback import configured
from tests.running import Simulated, simulated
from tests.web import Reply, Web, web_server

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


def docker_with(web: Web, said: str) -> None:
    """A Docker whose container `web` says one line."""
    entry = {"Id": "a" * 64, "Names": ["/web"], "Image": "x", "State": "running", "Status": "Up 2 hours"}
    page = {
        "Id": "a" * 64, "Name": "/web", "Created": "2026-01-01T00:00:00Z", "RestartCount": 0,
        "State": {"Status": "running", "StartedAt": "2026-01-01T00:00:00Z", "ExitCode": 0},
        "Config": {"Tty": True}, "HostConfig": {"LogConfig": {"Type": "json-file"}},
    }  # fmt: skip
    line = f"2026-01-02T00:00:00.000000000Z {said}\r\n".encode()
    web.routes = {
        "/containers/json": Reply(body=[entry]),
        "/containers/web/json": Reply(body=page),
        f"/containers/{'a' * 64}/json": Reply(body=page),
        "/containers/web/logs": Reply(body=line),
        f"/containers/{'a' * 64}/logs": Reply(body=line),
    }


async def test_the_log_of_a_container_is_that_of_its_own_docker() -> None:
    async with web_server() as here, web_server() as there:
        docker_with(here, "of this host")
        docker_with(there, "of the other host")
        one = Container(id="one", title="One", container="web", docker="here")
        other = Container(id="other", title="Other", container="web", docker="there")
        dockers = [Docker(id=f"docker-{name}", source=name) for name in ("here", "there")]
        sources = {"here": Source(url=here.url), "there": Source(url=there.url)}
        config = configured(one, other, *dockers, sources=sources)
        async with desk(replace(config, logs=Logs(docker="here"))) as feeds:
            for id, words in (("one", "of this host"), ("other", "of the other host")):
                [feed] = await feeds.feeds([id])
                page = await feed.page(0, 1 << 62, 10, True)
                assert [line.text for line in page.lines] == [words], id
            assert feeds.found("other") == "docker there"
