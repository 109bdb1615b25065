"""The management source: one sorted page of queues, what is asked rarely, and what is not told stays None."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from sutaz_tui.config import Basic, Source
from sutaz_tui.config.kinds import RabbitmqQueue
from sutaz_tui.errors import BadAnswer, Denied
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.rabbitmq import MANY, PAGE, Management
from tests.loopback import configured
from tests.web import RECORDED, Reply, Web, web_server


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


def broker(web: Web, queues: int, **keys: object) -> None:
    """The answers of a broker with so many queues, of which the management lists the 500 fullest."""
    items = [queue(number) for number in range(queues, max(0, queues - PAGE), -1)]
    overview = {"product_version": "3.13.7", "object_totals": {"queues": queues}, **keys}
    web.routes = {
        "/api/overview": Reply(body=overview),
        "/api/health/checks/alarms": Reply(body={"status": "ok"}),
        "/api/queues": Reply(body={"items": items, "filtered_count": queues, "page_count": 9}),
    }


def lists(web: Web) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(asked).query) for asked in web.asked if "/api/queues?" in asked]


async def test_unread_messages_in_the_last_of_ten_thousand_queues_are_found_by_one_sorted_page() -> None:
    async with web_server() as web, management(web.url) as api:
        broker(web, 10_000)
        found = await api.overview(5.0)
        assert found is not None
        assert (found.queues, found.listed[0].name, found.listed[0].ready) == (10_000, "q10000", 10_000)
        assert (len(found.listed), found.is_whole, found.unacked) == (PAGE, False, None)
        asked = lists(web)
        assert [one["sort"] + one["sort_reverse"] + one["page_size"] for one in asked] == [
            ["messages", "true", "500"]
        ]


@pytest.mark.parametrize(("queues", "times"), [(MANY, 3), (MANY + 1, 1)])
async def test_more_than_a_thousand_queues_are_listed_once_a_minute_whoever_looks(
    queues: int, times: int
) -> None:
    async with web_server() as web, management(web.url) as api:
        broker(web, queues)
        for _ in range(3):
            found = await api.overview(5.0)
            assert found is not None and found.listed[0].ready == queues
        assert len(lists(web)) == times


async def test_few_queues_are_told_whole() -> None:
    async with web_server() as web, management(web.url) as api:
        broker(web, 2)
        found = await api.overview(5.0)
    assert found is not None
    assert (len(found.listed), found.is_whole, found.unacked, found.has_statistics) == (2, True, 2, True)


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("User not authorised to access virtual host", "give it rights in the vhost shop"),
        ("Not management user", "give it the tag monitoring"),
        ("Login failed", "check it, and that it has the tag monitoring"),
    ],
)
async def test_a_refused_login_is_told_in_the_broker_s_words_and_what_mends_it(said: str, mend: str) -> None:
    async with web_server() as web, management(web.url) as api:
        web.other = Reply(401, {"error": "not_authorised", "reason": said})
        with pytest.raises(Denied) as caught:
            await api.queue("shop", "work", 5.0)
    assert caught.value.words == f"the management API refuses the configured login ({said}); {mend}"


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
