"""`sutaz-tui status --nagios`: verdict, line and figures as the monitoring plugins' guidelines have them."""

import re
from datetime import UTC, datetime

import pytest

from sutaz_tui.model import Service, ServiceState, Snapshot, Status
from sutaz_tui.output.nagios import as_nagios, code_of
from tests.running import command, simulated

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
FIGURES = re.compile(
    r"(?:(?:[a-z]+|'[A-Za-z0-9_.-]+')=[0-9.]+s?)(?: (?:[a-z]+|'[A-Za-z0-9_.-]+')=[0-9.]+s?)*"
)


def one(status: Status, id: str = "letta", **more: object) -> ServiceState:
    service = Service(id, id.capitalize(), "http", "agents")
    return ServiceState(service, status, "a | b", **more)  # type: ignore[arg-type]


def snapshot(*states: ServiceState) -> Snapshot:
    return Snapshot(1, NOW, states)


@pytest.mark.parametrize(
    ("statuses", "code", "word"),
    [
        ([Status.UP], 0, "OK"),
        ([Status.UP, Status.ABSENT], 0, "OK"),
        ([Status.UP, Status.DEGRADED], 1, "WARNING"),
        ([Status.DEGRADED, Status.DOWN, Status.UNKNOWN], 2, "CRITICAL"),
        ([Status.UP, Status.UNKNOWN], 3, "UNKNOWN"),
        ([Status.UNKNOWN, Status.DEGRADED], 1, "WARNING"),
    ],
)
def test_the_worst_decides(statuses: list[Status], code: int, word: str) -> None:
    told = snapshot(*(one(status, f"s{at}") for at, status in enumerate(statuses)))
    assert code_of(told) == code
    assert as_nagios(told).startswith(f"STACK {word} - ")


def test_what_is_marked_as_known_pages_nobody() -> None:
    told = snapshot(one(Status.DOWN, known="being moved"), one(Status.UP, "aider"))
    assert code_of(told) == 0
    assert as_nagios(told).startswith("STACK OK - 2 services, 1 known | ")
    assert as_nagios(snapshot(one(Status.UP))).startswith("STACK OK - 1 service | ")


def test_one_bar_alone_stands_before_the_figures() -> None:
    told = as_nagios(snapshot(one(Status.DOWN), one(Status.UP, "b'|x", latency=0.0123)))
    first, *more = told.splitlines()
    said, _, figures = first.partition(" | ")
    assert said == "STACK CRITICAL - 1 down: Letta"
    assert figures == "up=1 degraded=0 down=1 unknown=0 'b__x'=0.012300s"
    assert FIGURES.fullmatch(figures)
    assert more == ["down: Letta: a / b"]


def test_by_the_command() -> None:
    with simulated("healthy") as stack:
        asked = ("status", "--nagios", "-c", str(stack.demo.path))
        env = stack.demo.environ
        done = command(*asked, "redis", "postgres", env=env)
        assert (done.returncode, done.stdout.partition(" | ")[0]) == (0, "STACK OK - 2 services"), done.stderr
        stack.fault("redis", "refuse")
        done = command(*asked, "redis", env=env)
        assert (done.returncode, done.stdout.partition(" | ")[0]) == (2, "STACK CRITICAL - 1 down: Redis")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-c", "/nowhere"], "/nowhere: found no such file"),
        (["--demo", "nosuch"], "no service 'nosuch'"),
        (["--at", "2h"], "leave out --at"),
    ],
)
def test_what_cannot_be_asked_is_unknown_not_critical(words: list[str], said: str) -> None:
    done = command("status", "--nagios", *words)
    assert done.returncode == 3
    assert done.stdout.startswith("STACK UNKNOWN - ")
    assert said in done.stdout
