"""The backend's probe: its nine flags as what it says."""

import pytest

from sutaz_tui.config.kinds import Backend, Redis
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.web import Reply, Web, recorded


def backend(web: Web, **flags: str) -> Backend:
    return Backend(id="backend", title="Backend", address=web.url, flags=flags, timeout=1.0)


async def test_all_nine(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["backend"].routes
    reading = (await ask(backend(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "says 9 of 9 healthy")
    assert reading.facts == {
        "app": "SutazAI Platform API", "version": "4.0.0", "services": 9, "services_healthy": 9,
    }  # fmt: skip
    # The path without its slash answers 307.
    assert web.asked == ["GET /health", "GET /api/v1/health/"]


async def test_the_recorded_degraded_answer_names_the_missing_and_claims(ask: Ask, web: Web) -> None:
    web.routes = {
        "/health": recorded("backend", "GET /health"),
        "/api/v1/health/": recorded("backend", "GET /api/v1/health/"),
    }
    others = [Redis(id="redis", title="Redis"), Redis(id="gateway", title="Kong")]
    answer = await ask(backend(web, kong="gateway"), *others)
    reading = answer.readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "says 6/9")
    assert reading.summary == "says 6 of 9 healthy, not neo4j, qdrant, kong"
    assert {(claim.service_id, claim.by, claim.status, claim.words) for claim in answer.claims} == {
        ("redis", "Backend", Status.UP, "backend says redis is up"),
        ("gateway", "Backend", Status.DOWN, "backend says kong is down"),
    }


async def test_its_own_count_is_not_believed(ask: Ask, web: Web) -> None:
    web.routes = dict(HEALTHY["backend"].routes)
    web.routes["/api/v1/health/"] = recorded(
        "backend", "GET /api/v1/health/", status="healthy", healthy_count=9
    )
    assert (await ask(backend(web))).readings[0].facts["services_healthy"] == 6


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, ""),
        Reply(307, "", {"Location": "/x"}),
        Reply(body={}),
        Reply(body={"version": "4", "services": {}}),
        Reply(body={"version": "4", "services": {"redis": "yes"}}),
        Reply(behave="truncated"),
    ],
)
async def test_unread_flags_degrade(ask: Ask, web: Web, reply: Reply) -> None:
    web.routes = HEALTHY["backend"].routes | {"/api/v1/health/": reply}
    answer = await ask(backend(web))
    reading = answer.readings[0]
    assert (reading.status, reading.word, answer.claims) == (Status.DEGRADED, "flags", ())
    assert "services_healthy" not in reading.facts


async def test_more_than_nine_flags_fit_the_cell(ask: Ask, web: Web) -> None:
    flags = {f"s{n}": n > 0 for n in range(12)}
    web.routes = HEALTHY["backend"].routes | {
        "/api/v1/health/": Reply(body={"version": "4", "services": flags})
    }
    assert (await ask(backend(web))).readings[0].word == "flags"
