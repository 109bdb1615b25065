"""What `:` does to the simulated stack: break, mend, scenario; and what it says of words that are none."""

from collections.abc import AsyncIterator, Iterator

import pytest

from sutaz_tui.demo.control import FAULTS, HINT, completions, obey
from sutaz_tui.demo.stack import Demo
from sutaz_tui.wiring.clients import SharedClients
from tests.board.showing import few, showing
from tests.running import Simulated, command, simulated


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


@pytest.fixture
async def clients(stack: Simulated) -> AsyncIterator[SharedClients]:
    made = SharedClients(stack.config)
    yield made
    await made.aclose()


def test_what_to_try_is_read_whole_in_80_columns() -> None:
    assert HINT.endswith(":scenario real") and len(HINT) <= 78


async def test_break_mend_and_scenario_do_what_they_say(stack: Simulated, clients: SharedClients) -> None:
    demo: Demo = stack.demo
    assert await obey(demo, clients, "break kong 503") == "kong: 503; :mend kong ends it"
    assert stack.control("GET", "")["faults"] == {"kong": "503", "kong-admin": "503"}
    assert await obey(demo, clients, "mend kong") == "kong mended"
    assert stack.control("GET", "")["faults"] == {}
    assert await obey(demo, clients, "break postgres") == "postgres: refuse; :mend postgres ends it"
    assert await obey(demo, clients, "mend postgres") == "postgres mended"
    before = stack.control("GET", "")["scenario"]
    assert await obey(demo, clients, "scenario real") == "scenario real"
    assert stack.control("GET", "")["scenario"] == "real"
    assert await obey(demo, clients, f"scenario {before}") == f"scenario {before}"
    assert await obey(demo, clients, "control") == demo.control


async def test_words_that_are_none_are_told_with_the_nearest(
    stack: Simulated, clients: SharedClients
) -> None:
    said = await obey(stack.demo, clients, "break postgrs refuse")
    assert said == "no service 'postgrs' to break, expected \"postgres\""
    assert "expected one of refuse, hang" in await obey(stack.demo, clients, "break redis sleep")
    assert await obey(stack.demo, clients, "scenario reel") == "no scenario 'reel', expected \"real\""
    assert await obey(stack.demo, clients, "mend") == "mend which service? mend postgres"


async def test_every_fault_that_completes_is_one(stack: Simulated, clients: SharedClients) -> None:
    for fault in FAULTS:
        assert (await obey(stack.demo, clients, f"break redis {fault}")).startswith(f"redis: {fault}")
    await obey(stack.demo, clients, "mend redis")
    assert {"break postgres refuse", "mend redis", "scenario real"} <= {*completions()}
    assert not [words for words in completions() if " dns" in words]


async def test_what_was_broken_says_so_in_its_own_log(stack: Simulated, clients: SharedClients) -> None:
    for service, words in (
        ("postgres", "was terminated by signal 9"),
        ("postgres", "was not properly shut down"),
        ("consul", "Consul agent running!"),
    ):
        await obey(stack.demo, clients, f"break {service} refuse")
        await obey(stack.demo, clients, f"mend {service}")
        printed = command(
            "logs", service, "-c", str(stack.demo.path), "--limit", "20", env=stack.demo.environ
        )
        assert words in printed.stdout, printed.stdout + printed.stderr


async def test_outside_the_demo_nothing_is_broken() -> None:
    async with showing(*few()) as board:
        await board.press("colon", *"break", "space", *"redis", "enter")
        assert "only the demo can be broken" in board.foot
