"""FAISS' probe: its own words on itself."""

import pytest

from sutaz_tui.config.kinds import Faiss
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.web import Reply, Web, recorded


async def test_the_recorded_answer(ask: Ask, web: Web) -> None:
    web.routes = {"/health": recorded("faiss-service", "GET /health")}
    reading = (await ask(Faiss(id="faiss", title="FAISS", address=web.url))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "0 indices, dimension 768, room for 1,000,000")
    assert reading.facts == {"dimension": 768, "max_vectors": 1000000, "indices": 0}


async def test_another_status_degrades(ask: Ask, web: Web) -> None:
    web.routes = {"/health": recorded("faiss-service", "GET /health", status="loading", indices_loaded=["a"])}
    reading = (await ask(Faiss(id="faiss", title="FAISS", address=web.url))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "status")
    assert reading.summary == "says loading; 1 index, dimension 768, room for 1,000,000"


@pytest.mark.parametrize("changes", [{"dimension": -768}, {"dimension": 0}, {"max_vectors": -1}])
async def test_a_figure_that_cannot_be_is_not_up(ask: Ask, web: Web, changes: dict[str, int]) -> None:
    web.routes = {"/health": recorded("faiss-service", "GET /health", **changes)}
    reading = (await ask(Faiss(id="faiss", title="FAISS", address=web.url))).readings[0]
    assert (reading.status, "which is impossible" in reading.summary) == (Status.DOWN, True)


async def test_what_it_does_not_tell_is_missing_and_no_trouble(ask: Ask, web: Web) -> None:
    web.routes = {"/health": Reply(body={"status": "healthy", "dimension": 768})}
    reading = (await ask(Faiss(id="faiss", title="FAISS", address=web.url))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "dimension 768")
