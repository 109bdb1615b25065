"""The `agent` kind: its own name, its model, and what it says where Ollama is away."""

import pytest

from sutaz_tui.config.kinds import Agent
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.web import Reply, Web

WELL = {"status": "healthy", "agent": "Letta", "model": "tinyllama", "ollama": True}


def letta(web: Web) -> Agent:
    return Agent(id="letta", title="Letta", address=web.url)


async def test_it_tells_its_model(ask: Ask, web: Web) -> None:
    web.other = Reply(body=WELL)
    reading = (await ask(letta(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "model tinyllama")
    assert reading.facts == {"model": "tinyllama", "model_reachable": True}


@pytest.mark.parametrize(
    "wrong", [{"ollama": False}, {"status": "degraded"}, {"status": "degraded", "ollama": False}]
)
async def test_without_its_model_it_is_degraded_and_says_where_to_look(
    ask: Ask, web: Web, wrong: dict[str, object]
) -> None:
    web.other = Reply(body=WELL | wrong)
    reading = (await ask(letta(web))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "model")
    assert reading.summary == "answers, but its model tinyllama is unreachable"
    assert reading.error == "Letta: its model tinyllama is unreachable; look at the Ollama that it uses"
    assert reading.facts["model_reachable"] is wrong.get("ollama", True)


async def test_another_agent_at_its_port_is_down(ask: Ask, web: Web) -> None:
    web.other = Reply(body=WELL | {"agent": "CrewAI"})
    reading = (await ask(letta(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.DOWN, "answers as CrewAI; are two ports swapped?")


async def test_an_agent_that_does_not_tell_its_model_is_up(ask: Ask, web: Web) -> None:
    told = {"status": "healthy", "agent": "Letta", "ollama": True}
    web.routes = {"/health": Reply(body=told)}
    reading = (await ask(letta(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "healthy")
    web.routes = {"/health": Reply(body=told | {"ollama": False})}
    reading = (await ask(letta(web))).readings[0]
    assert (reading.status, reading.summary) == (
        Status.DEGRADED,
        "answers, but its model is unreachable",
    )
