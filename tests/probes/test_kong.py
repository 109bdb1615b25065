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
    facts = dict(reading.facts)
    assert isinstance(facts.pop("proxy_ms"), int)
    assert facts == {
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


async def test_a_status_that_tells_of_neither_database_nor_server_is_not_kongs(ask: Ask, web: Web) -> None:
    assert (await asked(ask, web, **{"/status": Reply(body={"database": None})})).status is Status.DOWN


@pytest.mark.parametrize(
    ("status", "summary"),
    [
        ({"database": {"apis": 3}, "server": {"connections_active": 1}}, "1 connection, 1/1 targets healthy"),
        ({"server": {"total_requests": 5}, "memory": {}}, "1/1 targets healthy"),
        ({"database": {"reachable": True}, "configuration_hash": "0" * 32}, "1/1 targets healthy"),
    ],
    ids=["0.9", "without a database", "without the server"],
)
async def test_a_status_of_another_shape_is_up_with_what_it_tells(
    ask: Ask, web: Web, status: object, summary: str
) -> None:
    reading = await asked(ask, web, **{"/status": Reply(body=status)})
    assert (reading.status, reading.summary) == (Status.UP, summary)


@pytest.mark.parametrize("path", ["/upstreams", HEALTH])
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(404, {"message": "Not found"}), "answers 404: Not found"),
        (Reply(401, {"message": "Invalid RBAC credentials"}), "answers 401: Invalid RBAC credentials"),
        (
            Reply(403, {"message": "jarvis, you do not have permissions"}),
            "answers 403: jarvis, you do not have",
        ),
    ],
    ids=["the Status API alone", "RBAC without a login", "RBAC with few rights"],
)
async def test_a_kong_that_shows_us_no_upstreams_is_up_and_says_why(
    ask: Ask, web: Web, path: str, reply: Reply, said: str
) -> None:
    web.routes = HEALTHY["kong"].routes | {path: reply}
    auth = Header(name="Kong-Admin-Token", value="sesame") if reply.status == 403 else None
    entry = Kong(id="kong", title="Kong", address=web.url, auth=auth)
    reading = (await ask(entry)).readings[0]
    assert (reading.status, f"its upstreams cannot be listed: {said}" in reading.summary) == (Status.UP, True)
    assert "targets" not in reading.facts


async def test_a_kong_whose_proxy_is_slow_is_degraded(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["kong"].routes | {"/proxy/": Reply(404, "", KONG_SERVER, after=0.3)}
    entry = Kong(id="kong", title="Kong", address=web.url, proxy=f"{web.url}/proxy", warn=0.2)
    reading = (await ask(entry)).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "slow")
    assert "the proxy 127.0.0.1:" in reading.summary and "warns above 200 ms" in reading.summary
    assert isinstance(took := reading.facts["proxy_ms"], int) and took >= 300


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
@pytest.mark.parametrize("reply", [Reply(500, ""), Reply(body={}), Reply(behave="silent")])
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
