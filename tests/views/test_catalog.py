"""The catalog of a real Consul: what fails, what has no check, and what ACLs hide."""

import json
from collections.abc import Iterator

import pytest

from sutaz_tui.config.kinds import Consul as Kind
from sutaz_tui.config.schema import Source
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.base import Rows
from sutaz_tui.views.catalog import CATALOG
from tests.loopback import configured
from tests.running import Simulated, simulated
from tests.servers.consul import Consul
from tests.servers.waiting import patient
from tests.test_show import show


async def rows(url: str) -> Rows:
    entry = Kind(id="c", title="Consul", source="c", interval=60.0)
    clients = Clients(configured(entry, sources={"c": Source(url=url)}))
    try:
        return await CATALOG.asker(entry, clients)(patient(5.0))
    finally:
        await clients.aclose()


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
