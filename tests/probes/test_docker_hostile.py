"""What is no Docker, or answers what none would, is told in a sentence."""

import pytest

from sutaz_tui.model import Status
from tests.hostile import BYTES, STRINGS
from tests.probes.docker_engine import LIST, REDIS, Engine, ask, container, of
from tests.web import Reply, Web


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"), Reply(200, {}), Reply(200, b"7"), Reply(200, b"null"), Reply(200, [1]), Reply(200, [{}]),
        Reply(200, [{"Id": "../x", "Names": ["/stack-redis"], "State": "running"}]), Reply(200, [{"Id": "a", "State": 7}]),
        Reply(404, {"message": "page not found"}), Reply(500, {"message": "boom"}), Reply(behave="endless"),
        Reply(behave="hangup"), Reply(behave="truncated"),
    ],
)  # fmt: skip
async def test_what_is_no_engine_is_down_with_a_sentence(web: Web, reply: Reply) -> None:
    web.routes = {LIST: reply}
    found = (await ask(of(web.url, REDIS, timeout=0.7))).readings[0]
    assert found.status is Status.DOWN, found
    assert found.error is not None and found.error.startswith("Docker: ")
    assert "Error" not in found.error and "Exception" not in found.error


@pytest.mark.parametrize("behave", ["reset", "silent"])
async def test_an_engine_that_cannot_be_asked_is_unknown(web: Web, behave: str) -> None:
    web.routes = {LIST: Reply(behave=behave)}
    found = (await ask(of(web.url, REDIS, timeout=0.7))).readings[0]
    assert found.status is Status.UNKNOWN and found.summary.startswith("Docker does not answer: ")


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html>"), Reply(200, {}), Reply(200, {"State": "x"}), Reply(200, {"State": {"ExitCode": "x"}}),
     Reply(500, {"message": "boom"}), Reply(behave="reset")],
)  # fmt: skip
async def test_a_page_that_is_none_degrades(web: Web, reply: Reply) -> None:
    Engine(web, container())
    web.routes["/containers/id-stack-redis/json"] = reply
    answer = await ask(of(web.url, REDIS))
    assert answer.readings[0].status is Status.DEGRADED
    assert "restarts" not in answer.claims[0].facts


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, {"message": "no such container"}),
        Reply(200, b""),
        Reply(200, {}),
        Reply(200, {"memory_stats": {"usage": "x"}}),
    ],
)
async def test_memory_that_is_not_told_is_missing(web: Web, reply: Reply) -> None:
    Engine(web, container())
    web.routes["/containers/id-stack-redis/stats"] = reply
    answer = await ask(of(web.url, REDIS))
    assert answer.readings[0].status is Status.UP
    assert "memory" not in answer.claims[0].facts and "restarts" in answer.claims[0].facts


@pytest.mark.parametrize("name", STRINGS)
async def test_hostile_names_are_made_safe(web: Web, name: str) -> None:
    text = STRINGS[name]
    Engine(
        web,
        container(Image=text, State=text, Status=text),
        container("other", State=text, Names=[text], Id="other"),
    )
    answer = await ask(of(web.url, REDIS))
    assert answer.readings[0].status is Status.UP and answer.readings[0].summary.isprintable()
    assert answer.claims and all(claim.words.isprintable() for claim in answer.claims)
    assert all(str(fact).isprintable() for claim in answer.claims for fact in claim.facts.values())


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies_are_down(web: Web, name: str) -> None:
    web.routes = {LIST: Reply(body=BYTES[name])}
    found = (await ask(of(web.url))).readings[0]
    assert found.status is Status.DOWN and found.summary.isprintable()
