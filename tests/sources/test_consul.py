"""The Consul client: what a real agent answers, and how statuses compare."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sutaz_tui.config.schema import Source
from sutaz_tui.errors import Refused, TimedOut
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul import ConsulApi, consul_api, worse
from tests.loopback import configured
from tests.servers.consul import Consul as Server
from tests.web import Reply, Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


async def clients(url: str) -> AsyncIterator[ConsulApi]:
    clients = Clients(configured(sources={"c": Source(url=url)}))
    try:
        assert consul_api(clients, "c", "Consul") is consul_api(clients, "c", "Consul")
        yield consul_api(clients, "c", "Consul")
    finally:
        await clients.aclose()


def test_the_worse_of_two() -> None:
    assert worse("passing", "warning") == worse("warning", "passing") == "warning"
    assert worse("warning", "critical") == "critical"
    assert worse("whatever", "warning") == "whatever"


async def test_a_prefix_is_kept() -> None:
    async with web_server() as web:
        web.answers(200, b'"a:1"')
        async for client in clients(web.url + "/consul/"):
            assert (await client.leader(2.0))[0] == "a:1"
        assert web.asked == ["GET /consul/v1/status/leader"]


async def test_the_version_is_asked_once_even_when_it_is_not_told() -> None:
    web: Web
    async with web_server() as web:
        async for client in clients(web.url):
            for _ in range(3):
                assert await client.version(1.0) == ""
        assert web.asked == ["GET /v1/agent/self"]


async def test_one_that_keeps_silent_once_is_asked_again(web: Web) -> None:
    async for client in clients(web.url):
        web.answers(behave="silent")
        assert (await client.addresses(0.2), await client.version(0.2)) == ({}, "")
        web.routes = {
            "/v1/agent/services": Reply(body={"api-1": {"Address": "h", "Port": 7}}),
            "/v1/agent/self": Reply(body={"Config": {"Version": "1.8.7"}}),
        }
        assert (await client.addresses(5.0), await client.version(5.0)) == ({"api-1": ("h", 7)}, "1.8.7")
        asked = len(web.asked)
        assert (await client.addresses(5.0), await client.version(5.0)) == ({"api-1": ("h", 7)}, "1.8.7")
        assert len(web.asked) == asked


async def test_one_that_falls_silent_leaves_what_it_told(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sutaz_tui.sources.consul.ADDRESSES_FOR", 0.0)
    monkeypatch.setattr("sutaz_tui.sources.consul.VERSION_FOR", 0.0)
    web.routes = {
        "/v1/agent/services": Reply(body={"api-1": {"Address": "h", "Port": 7}}),
        "/v1/agent/self": Reply(body={"Config": {"Version": "1.8.7"}}),
    }
    async for client in clients(web.url):
        assert (await client.addresses(5.0), await client.version(5.0)) == ({"api-1": ("h", 7)}, "1.8.7")
        web.answers(behave="silent")
        assert (await client.addresses(0.2), await client.version(0.2)) == ({"api-1": ("h", 7)}, "1.8.7")


async def test_a_real_one(consul: Server) -> None:
    await asyncio.to_thread(consul.register, "api", "warning", port=7, service_id="api-1")
    async for client in clients(consul.url):
        assert (await client.leader(2.0))[0].startswith("127.0.0.1:")
        health = await client.health(2.0)
        assert ("api-1", "api", "warning") in {
            (check.service_id, check.service, check.status) for check in health.checks
        }
        assert not health.is_filtered and health.latency > 0
        found, is_filtered, _ = await client.instances("api", 2.0)
        assert [(one.id, one.status) for one in found] == [("api-1", "warning")] and not is_filtered
        assert (await client.addresses(2.0))["api-1"] == ("127.0.0.1", 7)
        assert await client.version(2.0)
        await asyncio.to_thread(consul.deregister, "api-1")
        await asyncio.to_thread(consul.pause)
        with pytest.raises(TimedOut):
            await client.leader(0.3)
        await asyncio.to_thread(consul.resume)
        await asyncio.to_thread(consul.restart)
        assert (await client.leader(2.0))[0]
        await asyncio.to_thread(consul.stop)
        with pytest.raises(Refused):
            await client.leader(1.0)
