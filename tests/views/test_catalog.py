"""The catalog of a real Consul: what fails, what has no check, its keys, what ACLs hide, and changes as they come."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.config.kinds import Consul as Kind
from sutaz_tui.config.schema import Source
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul_catalog import NO_KEYS
from sutaz_tui.views.base import Ask, Rows
from sutaz_tui.views.catalog import CATALOG, KEY, UNTOLD
from tests.loopback import configured
from tests.running import Simulated, simulated
from tests.servers.consul import Consul
from tests.servers.waiting import Deadline, patient
from tests.test_show import show
from tests.views.asked import Line, line_to
from tests.web import Reply, web_server


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[Ask]:
    entry = Kind(id="c", title="Consul", source="c", interval=60.0)
    clients = Clients(configured(entry, sources={"c": Source(url=url)}))
    try:
        yield CATALOG.asker(entry, clients)
    finally:
        await clients.aclose()


async def rows(url: str) -> Rows:
    async with asking(url) as ask:
        return await ask(patient(5.0))


async def begun(ask: Ask, line: Line) -> asyncio.Future[Rows]:
    """A question that waits in Consul for a change."""
    asked = len(line.requests())
    waiting = asyncio.ensure_future(ask(patient(20.0)))
    deadline = Deadline(20.0)
    while len(line.requests()) < asked + 3:
        assert not deadline.is_over() and not waiting.done(), "it does not wait"
        await asyncio.sleep(0.01)
    return waiting


async def seen_while_it_waits(
    consul: Consul, change: Callable[[], object], is_it: Callable[[Rows], bool]
) -> Rows:
    """What a question brings that waited already when a change was made, or those behind it."""
    async with line_to(consul.port) as line, asking(f"http://127.0.0.1:{line.port}") as ask:
        first = await ask(patient(10.0))
        assert first.follows
        waiting = await begun(ask, line)
        await asyncio.to_thread(change)
        found = await waiting
        # A change comes in parts, the name before its check, and another test's may come before it.
        deadline = Deadline(20.0)
        while not is_it(found):
            assert not deadline.is_over(), f"the change is not told: {found.rows}"
            found = await ask(patient(20.0))
        return found


async def test_who_leaves_has_consul_wait_no_longer(consul: Consul) -> None:
    async with line_to(consul.port) as line, asking(f"http://127.0.0.1:{line.port}") as ask:
        await ask(patient(10.0))
        waiting = await begun(ask, line)
        assert line.open == 3
        waiting.cancel()
        deadline = Deadline(10.0)  # one that got its answer would be kept open
        while line.open:
            assert not deadline.is_over(), "its connections are still open"
            await asyncio.sleep(0.01)


async def test_a_check_that_fails_is_told_by_the_question_that_waits_for_it(consul: Consul) -> None:
    try:
        found = await seen_while_it_waits(
            consul,
            lambda: consul.register("depot", "critical", service_id="depot-1"),
            lambda found: any(row.values.get("instance") == "depot-1" for row in found.rows),
        )
    finally:
        consul.deregister("depot-1")
    assert found.rows[0].values["instance"] == "depot-1" and found.rows[0].look == "down"


async def test_a_new_key_is_told_by_the_question_that_waits_and_its_value_stays_in_consul(
    consul: Consul,
) -> None:
    def put() -> None:
        assert consul.call("/v1/kv/depot/pass%20word", "PUT", "hunter2").status == 200

    try:
        found = await seen_while_it_waits(consul, put, lambda found: found.rows[-1].values["service"] == KEY)
    finally:
        consul.call("/v1/kv/depot/pass%20word", "DELETE")
    row = found.rows[-1]
    assert row.values == {"service": KEY, "instance": "depot/pass word", "output": UNTOLD}
    assert row.copied.startswith("consul kv get -http-addr=http://127.0.0.1:")
    assert (
        row.copied.endswith(" 'depot/pass word'") and "1 key" in found.about and "hunter2" not in repr(found)
    )


async def test_what_acls_hide_is_said_with_the_right_that_shows_it() -> None:
    with Consul(token="sesame") as locked:
        found = await rows(locked.url)
    assert not found.rows and "node:read and service:read" in found.missing


async def test_keys_that_are_refused_leave_the_rest_and_name_the_right() -> None:
    async with web_server() as web:
        web.routes["/v1/health/state/any"] = Reply(body=[])
        web.routes["/v1/catalog/services"] = Reply(body={"consul": []})
        web.routes["/v1/kv/"] = Reply(403, body="Permission denied")
        found = await rows(web.url)
    assert [row.values["service"] for row in found.rows] == ["consul"] and found.missing == NO_KEYS
    assert not found.follows, "it tells no index: it is asked at the view's interval"


async def test_what_is_critical_is_first_and_what_has_no_check_is_said(consul: Consul) -> None:
    consul.register("shop", port=80, service_id="shop-1")
    consul.register("shop", "critical", port=81, service_id="shop-2")
    consul.register("till", "warning", service_id="till-1")
    try:
        found = await rows(consul.url)
    finally:
        for id in ("shop-1", "shop-2", "till-1"):
            consul.deregister(id)
    by_id = {row.values.get("instance"): row for row in found.rows}
    assert found.rows[0].values["instance"] == "shop-2" and found.rows[0].look == "down"
    assert found.rows[1].values["instance"] == "till-1" and found.rows[1].glyph == "!"
    assert by_id["shop-1"].look == "" and by_id["shop-1"].values["status"] == "passing"
    states = {row.values["service"]: row.values["status"] for row in found.rows}
    assert states["(node)"] == "passing" and states["consul"] == "no check"
    assert found.about == "2 failing" and not found.missing


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


def test_the_simulated_catalog_tells_what_is_critical(stack: Simulated) -> None:
    stack.control("PUT", "/traits/consul_critical", {"value": ["mcp-bridge"]})
    try:
        code, told, _ = show(stack, "catalog", "--format", "json")
    finally:
        stack.control("PUT", "/traits/consul_critical", {"value": []})
    first = json.loads(told)["rows"][0]
    assert code == 0 and (first["service"], first["status"]) == ("mcp-bridge", "critical")
