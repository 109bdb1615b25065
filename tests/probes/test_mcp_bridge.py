"""The MCP bridge's probe: health, agents, and what it claims of each."""

import pytest

from sutaz_tui.config.kinds import Agent, McpBridge
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.web import Reply, Web, recorded


def bridge(web: Web, **agents: str) -> McpBridge:
    return McpBridge(id="mcp-bridge", title="MCP bridge", address=web.url, agents=agents, timeout=1.0)


async def test_counts_and_claims(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["mcp-bridge"].routes
    others = [
        Agent(id=id, title=title)
        for id, title in (("letta", "Letta"), ("auto-gpt", "AutoGPT"), ("crew", "C"))
    ]
    answer = await ask(bridge(web, crewai="crew"), *others)
    reading = answer.readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "5 of 12 agents online")
    assert (reading.facts["agents"], reading.facts["agents_online"]) == (12, 5)
    assert "autogpt" in str(reading.facts["not_online"])
    assert {(claim.service_id, claim.by, claim.status, claim.words) for claim in answer.claims} == {
        ("letta", "MCP bridge", Status.UP, "bridge says online"),
        ("auto-gpt", "MCP bridge", Status.DOWN, "bridge says offline"),
        ("crew", "MCP bridge", Status.UP, "bridge says online"),
    }


async def test_a_bridge_that_forgot_its_agents_is_not_up(ask: Ask, web: Web) -> None:
    """It keeps them in memory: after its restart none is online until each is started anew."""
    listed = recorded("mcp-bridge", "GET /agents").body
    gone = {id: entry | {"status": "offline"} for id, entry in listed.items()}
    web.routes = HEALTHY["mcp-bridge"].routes | {"/agents": Reply(body=gone)}
    reading = (await ask(bridge(web))).readings[0]
    assert (reading.status, reading.word, reading.summary) == (
        Status.DEGRADED,
        "0/12",
        "0 of 12 agents online",
    )
    assert reading.error is not None and "restart them, they register when they start" in reading.error


@pytest.mark.parametrize("reply", [Reply(behave="hangup"), Reply(500), Reply(body=b"<html>")])
async def test_where_it_sends_its_agents_is_no_part_of_its_health(ask: Ask, web: Web, reply: Reply) -> None:
    web.routes = HEALTHY["mcp-bridge"].routes | {"/services": reply}
    letta = Agent(id="letta", title="Letta", address="http://127.0.0.1:11401")
    reading = (await ask(bridge(web), letta)).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "5 of 12 agents online")


async def test_an_agent_that_it_sends_to_another_ones_port_is_a_fact_of_its_row(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["mcp-bridge"].routes | {"/services": recorded("mcp-bridge", "GET /services")}
    agents = [
        Agent(id="letta", title="Letta", address="http://127.0.0.1:11401"),
        Agent(id="crewai", title="CrewAI", address="http://127.0.0.1:11499"),
        Agent(id="aider", title="Aider", address="http://127.0.0.1:11403"),
    ]
    for _ in range(2):
        reading = (await ask(bridge(web), *agents)).readings[0]
        assert reading.facts["swapped"] == "crewai at 11401 answers as Letta"
        assert (reading.status, reading.summary) == (
            Status.UP,
            "5 of 12 agents online; crewai at 11401 answers as Letta",
        )
    assert web.asked.count("GET /services") == 1


async def test_logins_in_the_addresses_that_it_tells_are_masked(ask: Ask, web: Web) -> None:
    told = {"postgres": {"url": "postgresql://shop:hunter2-sesame@localhost:10000/db", "type": "database"}}
    web.routes = HEALTHY["mcp-bridge"].routes | {"/services": Reply(body=told)}
    assert "hunter2" not in repr((await ask(bridge(web))).readings[0])


async def test_any_other_word_is_no_verdict(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["mcp-bridge"].routes | {
        "/agents": Reply(body={"letta": {"name": "L", "status": "having tea"}})
    }
    answer = await ask(bridge(web), Agent(id="letta", title="Letta"))
    assert [(claim.status, claim.words) for claim in answer.claims] == [(None, "bridge says having tea")]
    assert (answer.readings[0].status, answer.readings[0].summary) == (
        Status.DEGRADED,
        "0 of 1 agents online",
    )


@pytest.mark.parametrize(
    "reply", [Reply(body={}), Reply(body=[]), Reply(body={"a": 1}), Reply(503, ""), Reply(behave="silent")]
)
async def test_unread_agents_degrade(ask: Ask, web: Web, reply: Reply) -> None:
    web.routes = HEALTHY["mcp-bridge"].routes | {"/agents": reply}
    answer = await ask(bridge(web))
    reading = answer.readings[0]
    assert (reading.status, reading.word, answer.claims) == (Status.DEGRADED, "agents", ())
    assert "agents" not in reading.facts


async def test_another_name_is_down(ask: Ask, web: Web) -> None:
    web.routes = {"/health": recorded("mcp-bridge", "GET /health", service="payments")}
    reading = (await ask(bridge(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.DOWN, "answers as payments; are two ports swapped?")


async def test_another_status_degrades(ask: Ask, web: Web) -> None:
    web.routes = {"/health": recorded("mcp-bridge", "GET /health", status="starting")}
    reading = (await ask(bridge(web))).readings[0]
    assert (reading.status, reading.word, reading.summary) == (Status.DEGRADED, "status", "says starting")
    assert reading.error == "MCP bridge: calls itself starting; look at its log"
