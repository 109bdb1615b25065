"""The management source: pages followed as far as ten, columns asked for, and what is not told stays None."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from sutaz_tui.config import Basic, Source
from sutaz_tui.config.kinds import RabbitmqQueue
from sutaz_tui.errors import BadAnswer, Denied
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.rabbitmq import MOST_PAGES, PAGE, Management
from tests.loopback import configured, speaking
from tests.web import RECORDED, Reply, web_server


@asynccontextmanager
async def management(url: str, password: str = "watch this") -> AsyncIterator[Management]:
    entry = RabbitmqQueue(id="q", title="RabbitMQ", source="r", queue="work", interval=60.0)
    config = configured(entry, sources={"r": Source(url=url, auth=Basic(user="watcher", password=password))})
    clients = Clients(config)
    try:
        yield Management(entry, clients)
    finally:
        await clients.aclose()


def queue(number: int) -> dict[str, object]:
    return {
        "name": f"q{number}",
        "vhost": "/",
        "messages_ready": number,
        "messages_unacknowledged": 1,
        "consumers": 0,
        "state": "running",
    }


@pytest.mark.parametrize(
    ("pages", "listed", "is_whole"), [(1, 2, True), (3, 6, True), (40, 2 * MOST_PAGES, False)]
)
async def test_pages_are_followed_and_bounded(pages: int, listed: int, is_whole: bool) -> None:
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                target = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
                asked.append(target)
                path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
                body: object = {"status": "ok", "product_version": "3.13.7"}
                if path == "/api/queues":
                    page = int(query["page"][0])
                    body = {"items": [queue(2 * page), queue(2 * page + 1)], "page_count": pages}
                data = json.dumps(body).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data))
        except asyncio.IncompleteReadError:
            pass

    async with speaking(handle) as port, management(f"http://{port.address}") as api:
        found = await api.overview(5.0)
        assert port.taken == 1
    assert found is not None
    assert (len(found.listed), found.is_whole) == (listed, is_whole)
    assert (found.unacked is not None) is is_whole
    assert all("columns=" in target for target in asked if "alarms" not in target)
    assert all(f"page_size={PAGE}" in target for target in asked if "/api/queues" in target)


async def test_the_recorded_answers_are_understood() -> None:
    recorded = json.loads((RECORDED / "rabbitmq-management.json").read_text(encoding="utf-8"))
    answers: dict[str, object] = {}
    for answer in recorded["answers"]:
        if answer["status"] == 200:
            answers.setdefault(answer["request"].removeprefix("GET ").split("&")[0], answer["body"])
    page = answers["/api/queues?page=1"]
    assert isinstance(page, dict)
    async with web_server() as web, management(web.url) as api:
        web.routes = {
            "/api/overview": Reply(200, answers["/api/overview"]),
            "/api/health/checks/alarms": Reply(200, answers["/api/health/checks/alarms"]),
            "/api/queues": Reply(200, page | {"page_count": 1}),
        }
        found = await api.overview(5.0)
    assert found is not None
    assert (found.version, found.queues, found.consumers, found.ready) == ("3.10.8", 13, 0, 0)
    assert found.alarms == ()
    assert found.listed[0].consumers == 0


@pytest.mark.parametrize("status", [401, 403])
async def test_without_a_login_a_refusal_is_no_error(status: int) -> None:
    async with web_server() as web:
        web.answers(status)
        async with management(web.url, "") as api:
            assert await api.overview(5.0) is None
            with pytest.raises(Denied):
                await api.queue("/", "work", 5.0)
        async with management(web.url, "wrong") as api:
            with pytest.raises(Denied, match="refuses the configured login"):
                await api.overview(5.0)


@pytest.mark.parametrize("behave", ["truncated", "raw", "hangup", "endless"])
async def test_broken_answers_are_source_errors(behave: str) -> None:
    async with web_server() as web, management(web.url) as api:
        web.answers(200, b"{", behave)
        with pytest.raises(BadAnswer):
            await api.overview(5.0)
