"""The Prometheus client: one a source, no retries, and what a real server answers."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from sutaz_tui.config.schema import Source
from sutaz_tui.errors import BadAnswer, Refused, SourceError, TimedOut
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.prometheus import PrometheusApi, prometheus_api
from sutaz_tui.sources.unexpected import UnexpectedStatus
from tests.loopback import configured, until
from tests.servers.prometheus import Prometheus as Server
from tests.servers.waiting import patient
from tests.web import Reply, Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


async def clients(url: str) -> AsyncIterator[PrometheusApi]:
    clients = Clients(configured(sources={"p": Source(url=url)}))
    try:
        yield prometheus_api(clients, "p", "Prometheus")
    finally:
        await clients.aclose()


@pytest.fixture
async def api(web: Web) -> AsyncIterator[PrometheusApi]:
    async for client in clients(web.url):
        yield client


async def test_all_who_ask_through_a_source_share_its_client(web: Web) -> None:
    other = Source(url=web.url + "/other")
    clients = Clients(configured(sources={"p": Source(url=web.url), "q": other}))
    one = prometheus_api(clients, "p", "Prometheus")
    assert prometheus_api(clients, "p", "Somebody else") is one
    assert prometheus_api(clients, "q", "Prometheus") is not one
    await clients.aclose()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_nothing_is_tried_again(web: Web, api: PrometheusApi, status: int) -> None:
    web.answers(status, b"no")
    with pytest.raises(UnexpectedStatus, match=f"answers {status}: no"):
        await api.query("up", 2.0)
    assert len(web.asked) == 1


async def test_a_prefix_is_kept(web: Web) -> None:
    web.routes = {"/prom/api/v1/query": Reply(body={"data": {"result": []}})}
    async for client in clients(web.url + "/prom/"):
        assert (await client.query("up", 2.0)).samples == ()


async def test_the_version_is_asked_once_even_when_it_is_not_told(web: Web, api: PrometheusApi) -> None:
    for _ in range(3):
        assert await api.version(1.0) == ""
    assert web.asked == ["GET /api/v1/status/buildinfo"]


async def test_one_that_keeps_its_version_to_itself_once_is_asked_again(web: Web, api: PrometheusApi) -> None:
    web.answers(behave="silent")
    assert await api.version(0.2) == ""
    web.answers(200, {"data": {"version": "2.42.0"}})
    assert [await api.version(5.0) for _ in range(2)] == ["2.42.0"] * 2
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    "body", [b"x", {}, {"data": {}}, {"data": {"alerts": [1]}}, {"data": {"alerts": [{"state": "firing"}]}}]
)
async def test_alerts_that_are_none(web: Web, api: PrometheusApi, body: object) -> None:
    web.answers(200, body)
    with pytest.raises(BadAnswer):
        await api.alerts(1.0)


async def test_pending_alerts_do_not_count_and_two_thousand_that_fire_do(
    web: Web, api: PrometheusApi
) -> None:
    down = [
        {
            "state": "firing",
            "labels": {"alertname": "TargetDown", "instance": f"h{n}:9100"},
            "annotations": {"summary": "x" * 600},
        }
        for n in range(2000)
    ]
    nameless = {"state": "firing", "labels": {"severity": "page"}}
    web.answers(
        200, {"data": {"alerts": [{"state": "pending", "labels": {"alertname": "P"}}, *down, nameless]}}
    )
    found = await api.alerts(patient(5))
    assert len(found) == 2001 and {alert.name for alert in found} == {"TargetDown", "?"}


async def has_target(client: PrometheusApi) -> bool:
    """A server just started finds its targets a moment after it is ready."""
    return {target.pool for target in await client.targets(2.0)} == {"prometheus"}


async def test_a_real_one(prometheus: Server) -> None:
    async for client in clients(prometheus.url):
        assert (await client.ready(2.0)).status == 200
        scalar = await client.query("1 + 1", 2.0)
        assert [sample.value for sample in scalar.samples] == [2.0]
        vector = await client.query('vector(3) or label_replace(vector(4), "a", "b", "", "")', 2.0)
        assert {(sample.value, tuple(sample.labels.items())) for sample in vector.samples} == {
            (3.0, ()), (4.0, (("a", "b"),)),
        }  # fmt: skip
        with pytest.raises(BadAnswer, match="parse error"):
            await client.query("up{", 2.0)
        with pytest.raises(BadAnswer, match="write one that gives one value each"):
            await client.query("vector(1)[5m:1m]", 2.0)

        await until(partial(has_target, client))
        await asyncio.to_thread(prometheus.pause)
        with pytest.raises(TimedOut):
            await client.query("up", 0.3)
        await asyncio.to_thread(prometheus.resume)
        await asyncio.to_thread(prometheus.restart)
        assert (await client.query("1", 2.0)).samples[0].value == 1.0
        await asyncio.to_thread(prometheus.stop)
        with pytest.raises(Refused, match="refused"):
            await client.query("up", 1.0)
        with pytest.raises(SourceError):
            await client.ready(1.0)
