"""One simulated Loki for all tests of its client, healthy at the start of each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from sutaz_tui.sources.logs.loki import LokiLogs
from tests.simulator.stack import Stack, running
from tests.sources.logs.asking_loki import asking
from tests.web import Web, web_server


@pytest.fixture(scope="module")
def one_loki() -> Iterator[Stack]:
    with running("loki") as stack:
        yield stack


@pytest.fixture
def loki(one_loki: Stack) -> Stack:
    one_loki.control("PUT", "/state", {"scenario": "healthy"})
    one_loki.control("POST", "/counts/reset")
    return one_loki


@pytest.fixture
def job(request: pytest.FixtureRequest) -> str:
    """A job that no other test writes to."""
    return str(request.node.name).replace("[", "-").replace("]", "")


@pytest.fixture
async def logs(loki: Stack) -> AsyncIterator[LokiLogs]:
    """A client of the simulated Loki."""
    async with asking(loki.url("loki")) as client:
        yield client


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as server:
        yield server


@pytest.fixture
async def told(web: Web) -> AsyncIterator[LokiLogs]:
    """A client of a server that answers as the test says."""
    async with asking(web.url) as client:
        yield client
