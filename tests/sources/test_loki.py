"""The Loki client: what it asks for the newest line, and what it keeps."""

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest

from sutaz_tui.config.schema import Source
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.loki import SEARCHED, LokiApi, loki_api
from tests.loopback import configured
from tests.web import Reply, Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


@pytest.fixture
async def api(web: Web) -> AsyncIterator[LokiApi]:
    clients = Clients(configured(sources={"l": Source(url=web.url)}))
    try:
        yield loki_api(clients, "l", "Loki")
    finally:
        await clients.aclose()


def lines(*at: int) -> Reply:
    streams = [{"stream": {"job": "a"}, "values": [[str(one), "text"]]} for one in at]
    return Reply(body={"status": "success", "data": {"resultType": "streams", "result": streams}})


def asked(web: Web) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(web.asked[-1].partition("?")[2]).items()}


async def test_the_search_starts_where_the_last_line_was(
    web: Web, api: LokiApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sutaz_tui.sources.loki.NEWEST_FOR", 0.0)
    now = time.time_ns()
    web.other = lines()
    assert await api.newest("a", 0.0, 1.0) is None
    assert int(asked(web)["end"]) - int(asked(web)["start"]) == pytest.approx(
        (SEARCHED + 60) * 10**9, rel=0.01
    )
    web.other = lines(now - 10**9, now)
    assert await api.newest("a", 0.0, 1.0) == now / 10**9
    web.other = lines()
    # What was seen once is remembered: silence grows from it.
    assert await api.newest("a", 0.0, 1.0) == now / 10**9
    assert asked(web)["start"] == str(now)


async def test_those_who_ask_at_once_share_one_answer(web: Web, api: LokiApi) -> None:
    web.other = lines(time.time_ns())
    found = await asyncio.gather(*(api.newest("a", 0.0, 1.0) for _ in range(9)), api.newest("b", 0.0, 1.0))
    assert len(set(found)) == 1 and len(web.asked) == 2


async def test_a_failure_is_not_kept(web: Web, api: LokiApi) -> None:
    web.answers(400, b"parse error at line 1")
    with pytest.raises(BadAnswer, match="answers 400: parse error at line 1"):
        await api.newest("a", 0.0, 1.0)
    web.other = lines(10**9)
    assert await api.newest("a", 0.0, 1.0) == 1.0


async def test_a_job_s_name_cannot_leave_its_quotes(web: Web, api: LokiApi) -> None:
    web.other = lines()
    await api.newest('a"} or {x="\\', 0.0, 1.0)
    assert asked(web)["query"] == '{job="a\\"} or {x=\\"\\\\"}'
