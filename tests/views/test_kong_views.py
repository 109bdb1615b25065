"""Kong's routes and upstreams: dead ends first, and the line that tries a route."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sutaz_tui.config.kinds import Kong
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Outcome
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Ask, Tried, View
from sutaz_tui.views.routes import ROUTES
from sutaz_tui.views.tried import tried_routes
from sutaz_tui.views.upstreams import EMPTY, UPSTREAMS
from tests.loopback import configured
from tests.running import Simulated, command, simulated
from tests.servers.waiting import patient
from tests.test_show import show
from tests.web import Reply, Web, web_server


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


@asynccontextmanager
async def asking(view: View, url: str) -> AsyncIterator[Ask]:
    entry = Kong(id="kong", title="Kong", address=url, proxy="http://127.0.0.1:8000/", interval=60.0)
    clients = Clients(configured(entry))
    try:
        yield view.asker(entry, clients)
    finally:
        await clients.aclose()


def test_the_routes_of_the_stack_with_what_is_behind_them(stack: Simulated) -> None:
    code, told, _ = show(stack, "routes", "--format", "json")
    rows = {row["name"]: row for row in json.loads(told)["rows"]}
    assert code == 0 and len(rows) == 4
    assert rows["mcp-route"]["paths"] == "/mcp" and rows["mcp-route"]["service"] == "mcp-bridge"
    assert rows["mcp-route"]["to"].startswith("http://") and "state" not in rows["mcp-route"]


def test_a_target_that_is_not_healthy_is_first(stack: Simulated) -> None:
    code, told, _ = show(stack, "upstreams", "--format", "json")
    assert code == 0 and [row["health"] for row in json.loads(told)["rows"]] == ["healthy"]
    stack.control("PUT", "/traits/kong_target_healthy", {"value": False})
    try:
        code, told, _ = show(stack, "upstreams")
        assert "1 not healthy" in told and "unhealthy" in told and "✗" in told
    finally:
        stack.control("PUT", "/traits/kong_target_healthy", {"value": True})


def test_each_route_tells_how_the_check_that_tries_it_ended(stack: Simulated) -> None:
    def checked() -> dict[str, dict[str, Any]]:
        command(
            "check",
            "messaging.kong.mcp-route",
            "messaging.kong.agents-route",
            "-c",
            str(stack.demo.path),
            env=stack.demo.environ,
        )
        code, told, errors = show(stack, "routes", "--format", "json")
        assert code == 0, errors
        return {row["name"]: row for row in json.loads(told)["rows"]}

    assert "result" not in json.loads(show(stack, "routes", "--format", "json")[1])["rows"][0], (
        "none was tried yet"
    )
    rows = checked()
    assert (rows["mcp-route"]["result"], rows["mcp-route"]["check"]) == ("pass", "messaging.kong.mcp-route")
    assert rows["mcp-route"]["tried"] < 3600 and "state" not in rows["mcp-route"]
    stack.control(
        "PUT", "/patches", {"patches": [{"endpoint": "kong", "path": "/mcp/health", "status": 503}]}
    )
    try:
        assert checked()["mcp-route"]["result"] == "fail"
        text = show(stack, "routes")[1]
        first = text.splitlines()[2]
        assert "1 failed when tried" in text and first.startswith("✗") and "503" in first
    finally:
        stack.control("PUT", "/patches", {"patches": []})


def test_a_try_is_that_of_the_route_with_the_longest_prefix() -> None:
    def tried(check: str, at: float, outcome: Outcome, *paths: str) -> Tried:
        return Tried(check, at, outcome, "", tuple(f"GET http://gate:8000{path}" for path in paths))

    tries = [
        tried("old", 1.0, Outcome.PASS, "/shop/cart?id=1"),
        tried("new", 2.0, Outcome.PASS, "/shop/cart", "/shop"),
        tried("red", 1.5, Outcome.FAIL, "/shop/till"),
        Tried("elsewhere", 9.0, Outcome.FAIL, "", ("GET http://gate:8001/shop/cart", "PING")),
    ]
    prefixes = {"shop": ["/shop"], "cart": ["/shop/cart"], "never": ["/other"]}
    found = tried_routes(tries, "http://gate:8000/", prefixes)
    assert {route: one.check for route, one in found.items()} == {"cart": "new", "shop": "red"}
    assert tried_routes(tries, "", prefixes) == {}


SERVICE = {"id": "s1", "name": "shop", "host": "shop", "port": 80, "protocol": "http", "enabled": True}
OFF = {**SERVICE, "id": "s2", "name": "old", "enabled": False}


def route(id: str, service: str | None, path: str) -> dict[str, Any]:
    return {"id": id, "name": id, "paths": [path], "service": service and {"id": service}}


async def test_routes_that_lead_nowhere_are_marked(web: Web) -> None:
    web.routes["/services"] = Reply(body={"data": [SERVICE, OFF], "next": None})
    listed = [route("well", "s1", "/shop"), route("gone", "s9", "/gone"), route("off", "s2", "/it's")]
    web.routes["/routes"] = Reply(body={"data": listed, "next": "/routes?offset=x"})
    async with asking(ROUTES, web.url) as ask:
        found = await ask(patient(5.0))
    assert [(row.values["name"], row.values.get("state"), row.glyph) for row in found.rows] == [
        ("gone", "no service", "✗"), ("off", "service disabled", "✗"), ("well", None, "")
    ]  # fmt: skip
    assert found.about == "2 lead nowhere" and "more than a thousand" in found.missing
    assert found.rows[2].copied == "curl -i http://127.0.0.1:8000/shop"
    assert found.rows[1].copied == """curl -i 'http://127.0.0.1:8000/it'"'"'s'"""


async def test_an_upstream_without_a_target_is_told(web: Web) -> None:
    web.routes["/upstreams"] = Reply(body={"data": [{"id": "u", "name": "empty"}], "next": None})
    web.routes["/upstreams/empty/health"] = Reply(body={"data": {}, "next": None})
    async with asking(UPSTREAMS, web.url) as ask:
        found = await ask(patient(5.0))
    assert found.rows[0].values["health"] == EMPTY and found.rows[0].look == "degraded"


async def test_what_is_no_kong_is_told(web: Web) -> None:
    web.routes["/services"] = Reply(body={"hello": "world"})
    async with asking(ROUTES, web.url) as ask:
        with pytest.raises(BadAnswer, match="is this Kong's admin API"):
            await ask(patient(5.0))
