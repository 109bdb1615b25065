"""The simulated stack behind `--demo`: each scenario as the board shows it, and each fault as it is seen."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import pytest

from sutaz_tui.demo.stack import Demo
from sutaz_tui.engine.pace import SECOND_ASK
from sutaz_tui.engine.poller import JITTER
from sutaz_tui.model import ServiceState, Snapshot, Status
from tests.running import LEAK, Simulated, Watched, command, hurried, simulated, watching
from tests.servers.waiting import eventually
from tests.terminal import Terminal
from tests.test_cli import children, is_alive

AGENTS = ["letta", "crewai", "aider", "langchain", "finrobot", "shellgpt", "documind", "gpt-engineer"]
INTERVAL = 1.0
TIMEOUT = 0.8
SLOW = 0.5
GRACE = 6.0
SOON = INTERVAL * (1 + JITTER) + 2 * TIMEOUT + SECOND_ASK + GRACE


def test_in_a_pipe_the_demo_is_one_plain_board() -> None:
    done = command("--demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    for title in (
        "AGENTS",
        "DATABASES",
        "GATEWAY",
        "PLATFORM",
        "MONITORING",
        "PostgreSQL",
        "Letta",
        "Docker",
    ):
        assert title in done.stdout
    assert done.stdout.startswith("TEST"), "the head says that this is no production"


def told(scenario: str) -> dict[str, Any]:
    done = command("status", "--demo", "--scenario", scenario, "--format", "json")
    whole: dict[str, Any] = json.loads(done.stdout)
    whole["exit"] = done.returncode
    whole["services"] = {service["id"]: service for service in whole["services"]}
    return whole


def test_healthy_has_nothing_wrong() -> None:
    whole = told("healthy")
    assert whole["summary"] == {"up": 34, "degraded": 0, "down": 0, "unknown": 0, "absent": 0}
    assert (whole["exit"], whole["causes"]) == (0, [])


def test_report_is_healthy_without_alertmanager() -> None:
    whole = told("report")
    assert whole["summary"] == {"up": 33, "degraded": 0, "down": 0, "unknown": 0, "absent": 1}
    assert whole["services"]["alertmanager"]["status"] == "absent"
    assert whole["exit"] == 0, "what is optional and not there is no trouble"


def test_real_shows_what_the_stacks_own_pages_hide() -> None:
    whole = told("real")
    services = whole["services"]
    assert whole["exit"] == 1
    assert {services[id]["status"] for id in AGENTS} == {"degraded"}
    assert all("tinyllama is unreachable" in services[id]["summary"] for id in AGENTS)
    assert services["ollama-agents"]["status"] == "down"
    assert [(cause["id"], cause["affected"]) for cause in whole["causes"]] == [("ollama-agents", AGENTS)]
    assert [id for id, service in services.items() if service["status"] == "absent"] == [
        "portainer",
        "alertmanager",
    ]
    assert services["consul"]["facts"]["dead_entries"] == 2
    assert "mcp-bridge" in services["consul"]["summary"]
    assert services["rabbitmq"]["facts"]["consumers"] == 0
    assert "no consumer" in services["rabbitmq"]["summary"]
    assert "1 of 12 agents online" in services["mcp-bridge"]["summary"]


def test_real_tells_who_disagrees_with_whom() -> None:
    done = command("status", "--demo", "--scenario", "real")
    lines = done.stdout.splitlines()
    told_of = {
        lines[number - 1][2:].split("  ")[0]: line for number, line in enumerate(lines) if "differs:" in line
    }
    assert {"CrewAI", "Aider", "LangChain", "ShellGPT", "MCP bridge"} <= set(told_of)
    assert "bridge says offline" in told_of["CrewAI"]
    assert "Consul says critical" in told_of["MCP bridge"]


async def test_real_flags_that_are_always_true_are_set_against_what_we_see() -> None:
    with simulated("real") as stack:
        stack.fault("chromadb", "refuse")
        stack.fault("rabbitmq", "refuse")
        stack.fault("rabbitmq-management", "refuse")
        config = hurried(stack.config, "backend", "chromadb", "rabbitmq", interval=INTERVAL, timeout=TIMEOUT)
        async with watching(config) as board:
            for id in ("chromadb", "rabbitmq"):
                state = await board.until_state(id, lambda state: state.disagreements, "is spoken well of")
                assert state.status is Status.DOWN
                assert "own probe: down" in state.disagreements[0]


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


@pytest.fixture
async def board(stack: Simulated) -> AsyncIterator[Watched]:
    """The agents, PostgreSQL, Redis and RabbitMQ of a healthy stack, asked often, all of them up."""
    ids = (*AGENTS, "postgres", "redis", "rabbitmq")
    config = hurried(stack.config, *ids, interval=INTERVAL, timeout=TIMEOUT, warn=SLOW - 0.1)
    try:
        async with watching(config) as board:
            await board.until(all_up, "all are up", SOON)
            yield board
    finally:
        stack.control("DELETE", "/faults")


def all_up(snapshot: Snapshot) -> bool:
    return all(state.status is Status.UP for state in snapshot.services)


def assert_told_in_words(state: ServiceState) -> None:
    assert state.error
    for text in (state.summary, state.error, state.word):
        assert text.isprintable()
        assert not LEAK.search(text), text
    assert state.word not in ("fault", ""), state.error


# What a person must find on the board: the status, and a word of the summary that says what was seen.
HTTP_FAULTS = {
    "refuse": (Status.DOWN, "refused"),
    "hang": (Status.DOWN, f"within {TIMEOUT:g} s"),
    f"slow={SLOW}": (Status.DEGRADED, "slow"),
    "reset": (Status.DOWN, "reset"),
    "404": (Status.DOWN, "404"),
    "503": (Status.DOWN, "503"),
    "redirect": (Status.DEGRADED, "307"),
    "wrong-name": (Status.DOWN, "answers as"),
    "garbage": (Status.DOWN, ""),
    "truncated": (Status.DOWN, ""),
    "endless": (Status.DOWN, ""),
    "401": (Status.DEGRADED, "401"),
    "429": (Status.DEGRADED, "429"),
}
FAULTS_OF_BINARY = {
    "refuse": "refused",
    "hang": f"within {TIMEOUT:g} s",
    "reset": "reset",
    "garbage": "",
}


@pytest.mark.parametrize("half", [0, 1])
async def test_a_fault_of_an_agent_shows_within_its_interval_and_goes_when_it_goes(
    stack: Simulated, board: Watched, half: int
) -> None:
    chosen = dict(zip(AGENTS, list(HTTP_FAULTS)[half::2], strict=False))
    for agent, fault in chosen.items():
        stack.fault(agent, fault)

    def shown(snapshot: Snapshot) -> bool:
        statuses = {state.service.id: state.status for state in snapshot.services if state.asks != 1}
        return all(statuses.get(agent) is HTTP_FAULTS[fault][0] for agent, fault in chosen.items())

    seen = await board.until(shown, f"{chosen} as {HTTP_FAULTS}", SOON)
    for state in seen.services:
        if state.service.id in chosen:
            assert_told_in_words(state)
            assert HTTP_FAULTS[chosen[state.service.id]][1] in state.summary
        else:
            assert state.status is Status.UP, "the others are as they were"
    stack.control("DELETE", "/faults")
    board.engine.ask_all()
    await board.until(all_up, "all are up again", SOON)


@pytest.mark.parametrize("fault", FAULTS_OF_BINARY)
async def test_a_fault_of_a_binary_protocol_is_down_within_its_interval_and_goes_when_it_goes(
    stack: Simulated, board: Watched, fault: str
) -> None:
    broken = ("postgres", "redis", "rabbitmq")
    for endpoint in (*broken, "rabbitmq-management"):
        stack.fault(endpoint, fault)

    def shown(snapshot: Snapshot) -> bool:
        return all(state.status is Status.DOWN for state in snapshot.services if state.service.id in broken)

    for id in broken:
        state = await board.until_state(
            id, lambda state: state.status is Status.DOWN, f"is down by {fault}", SOON
        )
        assert_told_in_words(state)
        assert FAULTS_OF_BINARY[fault] in state.summary
    stack.control("DELETE", "/faults")
    board.engine.ask_all()
    await board.until(all_up, "all are up again", SOON)


@pytest.mark.parametrize("fault", ["refuse", "hang", "garbage", "reset"])
async def test_rabbitmq_is_down_when_amqp_alone_is(stack: Simulated, board: Watched, fault: str) -> None:
    stack.fault("rabbitmq", fault)
    state = await board.until_state(
        "rabbitmq", lambda state: state.status is Status.DOWN, f"is down by {fault}", SOON
    )
    assert_told_in_words(state)


async def test_a_flapping_service_has_its_changes_in_its_history(stack: Simulated, board: Watched) -> None:
    stack.fault("letta", "flapping=4")

    def flapped(state: ServiceState) -> bool:
        return [change.after for change in state.history][:2] == [Status.DOWN, Status.UP]

    state = await board.until_state("letta", flapped, "went down and came back", 30)
    assert (state.history[1].lasted or 0) > 0


def test_the_board_of_a_demo_takes_its_stack_with_it_when_it_is_killed() -> None:
    with Terminal("--demo", "--scenario", "healthy") as terminal:
        terminal.wait_for("✓ 34")
        [child] = children(terminal.process.pid)
        terminal.process.kill()
        terminal.process.wait()
        eventually(lambda: not is_alive(child), "the simulated stack has ended")


@pytest.mark.parametrize("key", ["H", "U"])
def test_in_the_demo_the_keys_of_the_history_say_that_it_keeps_none(key: str) -> None:
    with Terminal("--demo", "--scenario", "healthy") as terminal:
        terminal.wait_for("✓ 34")
        terminal.press(key)
        terminal.wait_for("the demo has no history")
        terminal.press("Q")


def test_two_demos_at_once_have_ports_and_logins_of_their_own() -> None:
    one, other = Demo(), Demo()
    with closing(one), closing(other):
        assert one.port("letta") != other.port("letta")
        assert one.environ["POSTGRES_PASSWORD"] != other.environ["POSTGRES_PASSWORD"]
        assert one.docker_socket != other.docker_socket
        folder = one.path.parent
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
