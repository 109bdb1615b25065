"""One simulated stack with every HTTP service for the tests that only read, healed after each."""

from collections.abc import Iterator

import pytest

from sutaz_tui.simulator.endpoints import ENDPOINTS
from tests.simulator.stack import Stack, running

SPOKEN = [name for name in ENDPOINTS if name != "docker"]


@pytest.fixture(scope="session")
def one_stack() -> Iterator[Stack]:
    with running(*SPOKEN) as stack:
        yield stack


@pytest.fixture
def stack(one_stack: Stack) -> Iterator[Stack]:
    """The healthy stack; a test may set faults, traits and patches, all are taken back."""
    one_stack.control("PUT", "/scenario", {"scenario": "healthy"})
    one_stack.control("POST", "/counts/reset")
    yield one_stack
    one_stack.control("DELETE", "/faults")
    one_stack.control("PUT", "/patches", {"patches": []})
