"""Kong's probe: database, targets, proxy."""

from typing import Any

import pytest

from sutaz_tui.config import Header
from sutaz_tui.config.kinds import Kong
from sutaz_tui.model import Reading, Status
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY, KONG_SERVER
from tests.web import Reply, Web

HEALTH = "/upstreams/backend-upstream/health"


def targets(*health: str) -> Reply:
    return Reply(
        body={"data": [{"target": f"backend-{n}:8000", "health": word} for n, word in enumerate(health)]}
    )


async def asked(ask: Ask, web: Web, **changes: Reply) -> Reading:
    web.routes = HEALTHY["kong"].routes | changes
    entry = Kong(id="kong", title="Kong", address=web.url, proxy=f"{web.url}/proxy", timeout=1.0)
    return (await ask(entry)).readings[0]


async def test_healthy(ask: Ask, web: Web) -> None:
    reading = await asked(ask, web)
    assert reading.summary == "2 connections, 1/1 targets healthy"
    assert reading.facts == {
        "database_reachable": True, "connections": 2, "requests": 1204, "targets": 1, "targets_healthy": 1,
        "proxy_status": 404,
    }  # fmt: skip
    assert web.asked == ["GET /status", "GET /upstreams?size=10", f"GET {HEALTH}", "GET /proxy/"]


async def test_an_unreachable_database_degrades_and_targets_are_not_guessed(ask: Ask, web: Web) -> None:
    status: dict[str, Any] = HEALTHY["kong"].routes["/status"].body
    reading = await asked(ask, web, **{"/status": Reply(body=status | {"database": {"reachable": False}})})
    assert (reading.status, reading.word) == (Status.DEGRADED, "db")
    assert "its database is unreachable" in reading.summary
    assert "targets" not in reading.facts


@pytest.mark.parametrize(
    "status", [{"database": {}, "server": {"connections_active": 1}}, {"database": None}]
)
async def test_a_status_without_the_database_is_not_kongs(ask: Ask, web: Web, status: object) -> None:
    assert (await asked(ask, web, **{"/status": Reply(body=status)})).status is Status.DOWN


async def test_every_target_counts_and_the_missing_are_named(ask: Ask, web: Web) -> None:
    reading = await asked(
        ask, web, **{HEALTH: targets("HEALTHY", "UNHEALTHY", "DNS_ERROR", "HEALTHCHECKS_OFF")}
    )
    assert (reading.status, reading.word) == (Status.DEGRADED, "target")
    assert reading.summary.startswith("unhealthy: backend-1:8000 (unhealthy), backend-2:8000 (dns error); ")
    assert "1/3 targets healthy, 1 unchecked" in reading.summary
    assert reading.facts["targets_healthy"] == 1
    assert reading.facts["targets_unchecked"] == 1


async def test_many_missing_are_cut(ask: Ask, web: Web) -> None:
    names = ", ".join(f"backend-{number}:8000 (unhealthy)" for number in range(3))
    for many, more in ((3, ""), (4, " and 1 more"), (9, " and 6 more")):
        reading = await asked(ask, web, **{HEALTH: targets(*["UNHEALTHY"] * many)})
        trouble = f"unhealthy: {names}{more}"
        assert reading.summary == f"{trouble}; 2 connections, 0/{many} targets healthy"
        assert reading.error == f"Kong: {trouble}; look at its log and at what it needs"


async def test_at_most_ten_upstreams_are_asked(ask: Ask, web: Web) -> None:
    many = Reply(body={"data": [{"name": f"up/{n} x"} for n in range(40)], "next": "/upstreams?offset=1"})
    web.other = targets("HEALTHY")
    reading = await asked(ask, web, **{"/upstreams": many})
    assert len(web.asked) == 13
    assert "GET /upstreams/up%2F0%20x/health" in web.asked
    assert reading.facts["targets"] == 10


@pytest.mark.parametrize("path", ["/upstreams", HEALTH])
@pytest.mark.parametrize("reply", [Reply(500, ""), Reply(body={}), Reply(behave="silent"), Reply(401, "")])
async def test_unread_targets_degrade(ask: Ask, web: Web, path: str, reply: Reply) -> None:
    reading = await asked(ask, web, **{path: reply})
    assert (reading.status, reading.word) == (Status.DEGRADED, "targets")
    assert "targets" not in reading.facts


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, "hello", {"Via": "1.1 kong/3.9.1"}),
        Reply(404, {"message": "no Route matched with those values"}),
        Reply(404, "", KONG_SERVER),
    ],
)
async def test_whatever_kong_signs_is_its_proxys_answer(ask: Ask, web: Web, reply: Reply) -> None:
    assert (await asked(ask, web, **{"/proxy/": reply})).status is Status.UP


async def test_an_upstreams_fault_is_told_but_is_not_kongs(ask: Ask, web: Web) -> None:
    reading = await asked(ask, web, **{"/proxy/": Reply(502, "", KONG_SERVER)})
    assert reading.status is Status.UP
    assert reading.summary.endswith("an upstream behind its / answers 502")


@pytest.mark.parametrize("reply", [Reply(404, "nothing here"), Reply(200, ""), Reply(behave="reset")])
async def test_a_proxy_port_that_is_not_kong_degrades(ask: Ask, web: Web, reply: Reply) -> None:
    reading = await asked(ask, web, **{"/proxy/": reply})
    assert (reading.status, reading.word) == (Status.DEGRADED, "proxy")


async def test_the_admin_login_is_not_sent_to_the_proxy(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["kong"].routes
    login = Header(name="Kong-Admin-Token", value="s3cret-admin")
    await ask(Kong(id="kong", title="Kong", address=web.url, proxy=f"{web.url}/proxy", auth=login))
    tokens = {
        path: "kong-admin-token" in headers for path, headers in zip(web.asked, web.headers, strict=True)
    }
    assert tokens == {
        "GET /status": True,
        "GET /upstreams?size=10": True,
        f"GET {HEALTH}": True,
        "GET /proxy/": False,
    }
