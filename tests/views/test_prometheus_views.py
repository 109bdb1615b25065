"""Targets and rules of a real Prometheus: what is down, what is broken, what can never fire; and ten thousand of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sutaz_tui.config.kinds import Prometheus as Kind
from sutaz_tui.config.schema import Source
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Rows, View
from sutaz_tui.views.rules import RULES, metrics_of
from sutaz_tui.views.targets import LISTED, TARGETS
from tests.loopback import configured, speaking, until
from tests.servers.prometheus import ALWAYS_FIRING, Prometheus
from tests.servers.waiting import patient


async def rows(view: View, url: str) -> Rows:
    entry = Kind(id="p", title="Prometheus", source="p", interval=60.0)
    clients = Clients(configured(entry, sources={"p": Source(url=url)}))
    try:
        return await view.asker(entry, clients)(patient(5.0))
    finally:
        await clients.aclose()


NEVER = {"alert": "NeverFires", "expr": 'nobody_has_this{instance="web"} > 4', "labels": {"severity": "page"}}
ABSENT = {"alert": "NobodyThere", "expr": 'absent(up{job="nobody"})'}
RECORDED = {"record": "job:up:sum", "expr": "sum by (job) (up)"}
ON_RECORDED = {"alert": "FewUp", "expr": "job:up:sum < 0"}


async def test_what_is_down_is_first_with_its_reason(prometheus: Prometheus) -> None:
    prometheus.configure(targets={"prometheus": [f"127.0.0.1:{prometheus.port}"], "shop": ["127.0.0.1:1"]})

    async def both_scraped() -> bool:
        found = await rows(TARGETS, prometheus.url)
        return {row.values["health"] for row in found.rows} == {"up", "down"}

    await until(both_scraped, within=30.0)
    found = await rows(TARGETS, prometheus.url)
    first, second = found.rows
    assert (first.values["pool"], first.look, first.glyph) == ("shop", "down", "✗")
    assert "refused" in str(first.values["error"]) and first.copied == "http://127.0.0.1:1/metrics"
    assert (second.values["pool"], second.look) == ("prometheus", "") and "error" not in second.values
    assert found.about == "1 of 2 down" and found.total == 2
    prometheus.configure()

    async def shop_is_gone() -> bool:
        return len((await rows(TARGETS, prometheus.url)).rows) == 1

    await until(shop_is_gone, within=30.0)
    found = await rows(TARGETS, prometheus.url)
    assert found.about == "0 of 1 down" and found.total == 1, "a job that was taken out is not down"


async def test_a_rule_that_can_never_fire_is_marked(prometheus: Prometheus) -> None:
    prometheus.configure(rules=[*ALWAYS_FIRING, NEVER, ABSENT, RECORDED, ON_RECORDED])

    async def evaluated() -> bool:
        found = await rows(RULES, prometheus.url)
        # One that has scraped nothing yet has no metric at all.
        return found.about == "1 can never fire" and any(
            row.values["state"] == "firing" for row in found.rows
        )

    await until(evaluated, within=30.0)
    found = await rows(RULES, prometheus.url)
    states = {row.values["name"]: row.values["state"] for row in found.rows}
    assert states["NeverFires"] == "can never fire" and found.about == "1 can never fire"
    assert found.rows[0].values["name"] == "NeverFires" and found.rows[0].look == "degraded"
    assert (
        found.rows[0].values["why"] == "no metric nobody_has_this"
        and found.rows[0].values["severity"] == "page"
    )
    assert states["AlwaysFiring"] == "firing" and states["job:up:sum"] == "recording"
    assert states["FewUp"] == "inactive"


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("up == 0", {"up"}),
        ('sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / 2', {"http_requests_total"}),
        ("a:b:c > on (instance) group_left (node) other", {"a:b:c", "other"}),
        ("absent(gone)", set()),
        ("vector(1)", set()),
        ("histogram_quantile(0.9, sum(rate(took_bucket[5m])) by (le)) > Inf", {"took_bucket"}),
        ("up offset 5m unless bool_metric", {"up", "bool_metric"}),
    ],
)
def test_the_metrics_of_an_expression(expression: str, names: set[str]) -> None:
    assert metrics_of(expression) == names


def target(pool: str, number: int, health: str) -> dict[str, Any]:
    return {
        "scrapePool": pool, "labels": {"instance": f"{pool}-{number}:80"}, "scrapeInterval": "15s",
        "scrapeUrl": f"http://{pool}-{number}:80/metrics", "lastError": "", "health": health,
        "lastScrape": "2026-11-30T00:00:00Z",
    }  # fmt: skip


async def test_a_target_whose_address_is_garbage_is_a_row_like_the_others() -> None:
    garbage = {**target("shop", 1, "up"), "scrapeUrl": "http://shop[red]x[/red]:80/metrics"}
    body = json.dumps({"status": "success", "data": {"activeTargets": [garbage, target("shop", 2, "down")]}})
    counted = json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}})

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
                data = (body if path.startswith(b"/api/v1/targets") else counted).encode()
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                writer.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async with speaking(handle) as port:
        found = await rows(TARGETS, f"http://{port.address}")
    assert [row.values["health"] for row in found.rows] == ["down", "up"]


@asynccontextmanager
async def ten_thousand() -> AsyncIterator[tuple[str, list[str]]]:
    """A Prometheus of a hundred pools of a hundred targets, of which one pool has some that are down."""
    asked: list[str] = []

    def answer(path: str, given: dict[str, list[str]]) -> Any:
        if path == "/api/v1/targets":
            pool = given["scrapePool"][0]
            found = [target(pool, n, "down" if pool == "p7" and n < 3 else "up") for n in range(100)]
            return {"activeTargets": found}
        down = "== 0" in given["query"][0]
        counted = [("p7", 3)] if down else [(f"p{n}", 100) for n in range(100)]
        result = [{"metric": {"job": job}, "value": [1, str(number)]} for job, number in counted]
        return {"resultType": "vector", "result": result}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode())
                parts = urlsplit(asked[-1])
                found = answer(parts.path, parse_qs(parts.query))
                data = json.dumps({"status": "success", "data": found}).encode()
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 30 Nov 2026 00:00:05 GMT\r\n"
                writer.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async with speaking(handle) as port:
        yield f"http://{port.address}", asked


async def test_of_ten_thousand_only_pools_with_trouble_are_listed() -> None:
    async with ten_thousand() as (url, asked):
        found = await rows(TARGETS, url)
    assert [line for line in asked if "/targets" in line] == ["/api/v1/targets?state=active&scrapePool=p7"]
    assert found.total == 10_000 and len(found.rows) == 100 <= LISTED
    assert [row.look for row in found.rows[:4]] == ["down", "down", "down", ""]
    assert found.about == "3 of 10,000 down, 100 listed" and found.every > 15


async def test_what_is_no_prometheus_is_told() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with speaking(handle) as port:
        with pytest.raises(BadAnswer, match="is this the right port"):
            await rows(RULES, f"http://{port.address}")
