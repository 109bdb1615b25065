"""ChromaDB's probe: a heartbeat that moves, a version, its own v1 answer."""

import time

from sutaz_tui.config.kinds import Chromadb
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.web import Reply, Web, recorded


def beat(at: int) -> Reply:
    return Reply(body={"nanosecond heartbeat": at})


def chroma(web: Web) -> Chromadb:
    return Chromadb(id="chromadb", title="ChromaDB", address=web.url, timeout=2.0)


async def test_up_with_its_version_alone(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["chromadb"].routes | {"/api/v2/heartbeat": beat(time.time_ns())}
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, reading.summary, dict(reading.facts)) == (
        Status.UP,
        "1.0.0",
        {"version": "1.0.0"},
    )


async def test_a_clock_that_cannot_be_is_not_up(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["chromadb"].routes | {"/api/v2/heartbeat": beat(time.time_ns() - 7200 * 10**9)}
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "clock")
    assert reading.summary == "1.0.0, its clock is 2h00m behind"
    behind = reading.facts["clock_behind"]
    assert isinstance(behind, float)
    assert 7199 < behind < 7300


async def test_a_heartbeat_that_stands_still_degrades_from_the_second_ask(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["chromadb"].routes | {"/api/v2/heartbeat": beat(time.time_ns())}
    assert (await ask(chroma(web))).readings[0].status is Status.UP
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "frozen")
    web.routes["/api/v2/heartbeat"] = beat(time.time_ns())
    assert (await ask(chroma(web))).readings[0].status is Status.UP


async def test_a_clock_of_1970_is_not_up(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["chromadb"].routes | {"/api/v2/heartbeat": beat(1)}
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "clock")
    web.routes["/api/v2/heartbeat"] = beat(-5)
    assert (await ask(chroma(web))).readings[0].status is Status.DOWN


async def test_a_release_with_the_v1_api_alone_is_up(ask: Ask, web: Web) -> None:
    """0.5.20 has no v2 API."""
    web.routes = {"/api/v1/heartbeat": beat(time.time_ns()), "/api/v1/version": Reply(body='"0.5.20"')}
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "0.5.20, v1 API only")
    web.routes = {}
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, "both of its APIs" in reading.summary) == (Status.DOWN, True)


async def test_a_release_whose_v2_api_is_retired_is_degraded(ask: Ask, web: Web) -> None:
    web.other = recorded("chromadb", "GET /api/v1/heartbeat")
    reading = (await ask(chroma(web))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "api")
    assert "v2 API is retired" in reading.summary
    web.other = Reply(410, "Gone")
    assert (await ask(chroma(web))).readings[0].status is Status.DOWN


async def test_no_version_degrades(ask: Ask, web: Web) -> None:
    web.routes = {"/api/v2/heartbeat": beat(time.time_ns())}
    for reply in (
        Reply(500, "x"),
        Reply(body={}),
        Reply(body=b"1.0"),
        Reply(behave="reset"),
        Reply(behave="silent"),
    ):
        web.routes["/api/v2/version"] = reply
        web.routes["/api/v2/heartbeat"] = beat(time.time_ns())
        reading = (
            await ask(Chromadb(id="chromadb", title="ChromaDB", address=web.url, timeout=0.5))
        ).readings[0]
        assert (reading.status, reading.word, dict(reading.facts)) == (Status.DEGRADED, "version", {})
        assert len(reading.steps) == 2
