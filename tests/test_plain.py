"""The board as lines of text: what is told, what is not told twice, and how it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import Alert, Cause, Change, ChangeKind, Service, ServiceState, Snapshot, Status
from sutaz_tui.output.plain import SETTLED_WITHIN, PlainBoard
from tests.hostile import STRINGS
from tests.servers.waiting import patient
from tests.terminal import Terminal

START = datetime(2026, 11, 22, 14, 7, 0, tzinfo=UTC)
WORDS = {
    Status.UP: "up 16.4",
    Status.DOWN: ":10000 refused",
    Status.DEGRADED: "slow: 900 ms",
    Status.ABSENT: "off",
}


def state(title: str, status: Status, since: float = 0, asks: int = 0, **more: Any) -> ServiceState:
    service = Service(title.lower(), title, "http", "g")
    words = WORDS.get(status, "could not ask")
    made = ServiceState(
        service, status, words, since=START + timedelta(seconds=since), asked=START, asks=asks
    )
    return replace(made, **more)


def snapshot(*states: ServiceState, after: float = 0, **more: Any) -> Snapshot:
    made = Snapshot(1, START + timedelta(seconds=after), states, round_at=START)
    return replace(made, **more)


def told(board: PlainBoard, seen: Snapshot) -> list[str]:
    """The lines without their clock times."""
    lines = list(board.lines(seen))
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in lines)
    return [line[9:] for line in lines]


def settled(*states: ServiceState) -> PlainBoard:
    board = PlainBoard("test")
    list(board.lines(snapshot(*states)))
    return board


UP = state("PostgreSQL", Status.UP)
KONG = state("Kong", Status.UP)


def test_at_the_start_it_tells_the_totals_and_what_is_not_up() -> None:
    board = PlainBoard("production")
    waiting = snapshot(UP, state("Kong", Status.UNKNOWN, asked=None))
    assert told(board, waiting) == ["PRODUCTION: watching 2 services, polling"]
    assert told(board, waiting) == []
    assert told(board, snapshot(UP, state("Kong", Status.DEGRADED))) == [
        "PRODUCTION: 0 DOWN, 1 degraded, 0 unknown, 1 up, 0 off",
        "Kong degraded: slow: 900 ms",
    ]


def test_a_known_trouble_is_counted_as_known() -> None:
    """Of one service it said 0 DOWN, 0 degraded, 0 unknown, 0 up, 0 off."""
    moved = snapshot(state("PostgreSQL", Status.DOWN, known="being moved"))
    assert "TEST: 0 DOWN, 0 degraded, 0 unknown, 0 up, 0 off, 1 known" in told(PlainBoard("test"), moved)


def test_what_never_answers_does_not_keep_the_rest_from_being_told() -> None:
    board = PlainBoard("test")
    silent = state("Kong", Status.UNKNOWN, asked=None)
    list(board.lines(snapshot(UP, silent)))
    assert told(board, snapshot(UP, silent, after=SETTLED_WITHIN)) == [
        "TEST: 0 DOWN, 0 degraded, 1 unknown, 1 up, 0 off"
    ]
    assert told(board, snapshot(UP, KONG, after=20)) == ["Kong up"]


def test_a_change_is_told_once_and_with_what_was_before() -> None:
    board = settled(UP)
    down = snapshot(state("PostgreSQL", Status.DOWN, since=72), after=73)
    assert told(board, down) == ["PostgreSQL DOWN after 1m12s up: :10000 refused"]
    assert told(board, down) == []
    assert told(board, snapshot(state("PostgreSQL", Status.UP, since=314), after=314)) == [
        "PostgreSQL up after 4m02s DOWN"
    ]


def test_a_first_failure_that_is_being_asked_again_is_not_told() -> None:
    board = settled(UP)
    assert told(board, snapshot(state("PostgreSQL", Status.DEGRADED, asks=1), after=1)) == []
    assert told(board, snapshot(UP, after=2)) == []


def test_the_cause_comes_first_and_those_behind_it_name_it() -> None:
    board = settled(UP, KONG)
    words = ":10000 refused.  1 dependent: 1 failing, 0 up"
    cause = Cause("postgresql", "PostgreSQL", START, words, ("kong",), ("kong",))
    kong = state("Kong", Status.DEGRADED, because=("postgresql",))
    seen = snapshot(state("PostgreSQL", Status.DOWN), kong, after=40, causes=(cause,))
    assert told(board, seen) == [
        "cause: PostgreSQL DOWN 40s: :10000 refused. 1 dependent: 1 failing, 0 up",
        "PostgreSQL DOWN: :10000 refused",
        "Kong degraded: slow: 900 ms; because of PostgreSQL",
    ]
    assert told(board, seen) == []
    assert told(board, snapshot(UP, kong, after=60))[0] == "no longer a cause: PostgreSQL"


def test_a_cause_is_told_once_and_not_at_every_change_of_its_count() -> None:
    board = settled(UP, KONG)
    down = state("PostgreSQL", Status.DOWN)
    kong = state("Kong", Status.DEGRADED, because=("postgresql",))

    def seen(words: str, after: int) -> list[str]:
        cause = Cause("postgresql", "PostgreSQL", START, words, ("kong",), ("kong",))
        return [
            line
            for line in told(board, snapshot(down, kong, after=after, causes=(cause,)))
            if "cause:" in line
        ]

    assert len(seen(":10000 refused.  4 need it: 1 failing, 3 still up", 40)) == 1
    assert seen(":10000 refused.  4 need it: 2 failing, 2 still up", 41) == []
    assert seen(":10000 refused.  4 need it: 4 failing, 0 still up", 42) == []
    assert len(seen("container exited 137 (OOM).  4 need it: 4 failing, 0 still up", 50)) == 1, "why is news"


def test_restarts_and_alerts_are_told_and_what_was_before_us_is_not() -> None:
    old = Change(START, "kong", ChangeKind.RESTART, "restarted 3 times")
    board = PlainBoard("test")
    assert not any("restarted" in line for line in told(board, snapshot(KONG, changes=(old,))))
    new = Change(START, "kong", ChangeKind.OOM, "killed: out of memory")
    alert = Alert("HighMemory", "warning", "host at 91 %", START - timedelta(minutes=12))
    seen = snapshot(KONG, changes=(old, new), alerts=(alert,), after=5)
    assert told(board, seen) == [
        "Kong: killed: out of memory",
        "alert HighMemory firing 12m (warning): host at 91 %",
    ]
    assert told(board, snapshot(KONG, changes=(old, new), after=9)) == ["alert HighMemory resolved"]


def test_a_flood_of_alerts_is_one_line_that_is_told_again_when_it_doubled() -> None:
    board = settled(UP)

    def said(count: int, *more: Alert) -> list[str]:
        return told(
            board, snapshot(UP, alerts=(Alert("TargetDown", "critical", "", count=count), *more), after=5)
        )

    assert said(1) == ["alert TargetDown firing (critical)"]
    assert said(2000)[0].startswith("alert TargetDown x2,000 firing (critical)")
    assert said(2001) == said(3999) == []
    assert said(4000) != []
    silenced = Alert("TargetDown", "critical", "", silenced_by=("silenced by ann until 14:00: deploy",))
    assert said(3999, silenced) == ["alert TargetDown (critical): silenced by ann until 14:00: deploy"]
    assert told(board, snapshot(UP, alerts=(silenced,), after=5)) == [], "it is still told, as silenced"
    assert told(board, snapshot(UP, after=9)) == ["alert TargetDown resolved"]


def test_the_heartbeat_says_how_all_is_and_when_the_last_answer_came() -> None:
    words = settled(UP, KONG).heartbeat(snapshot(UP, KONG, after=300))
    assert words.endswith(
        f"still watching: 0 DOWN, 0 degraded, 0 unknown, 2 up, 0 off; last answer {START.astimezone():%H:%M:%S}"
    )


@pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS.keys())
def test_hostile_words_stay_one_printable_line(text: str) -> None:
    board = settled(UP)
    cause = Cause("x", text, START, text, ("y",), ("y",))
    hostile = state("PostgreSQL", Status.DOWN, summary=text, known=text)
    lines = list(board.lines(snapshot(hostile, causes=(cause,), alerts=(Alert(text, text, text),))))
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


@pytest.fixture
def following() -> Iterator["subprocess.Popen[str]"]:
    program = [sys.executable, "-m", "sutaz_tui", "--demo", "--scenario", "healthy", "--plain"]
    environ = {**os.environ, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "0"}
    process = subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_follows_into_a_pipe_until_a_signal(
    following: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    assert following.stdout is not None
    assert "watching 34 services" in following.stdout.readline()
    assert re.search(r"TEST: \d+ DOWN, .* up, \d+ off", following.stdout.readline())
    following.send_signal(number)
    rest = following.stdout.read()
    assert following.wait(patient(5)) == 128 + number
    assert "Traceback" not in rest


def test_it_ends_when_nobody_reads_on(following: "subprocess.Popen[str]") -> None:
    assert following.stdout is not None
    following.stdout.readline()
    following.stdout.close()
    # The totals, at the latest, find the pipe closed.
    assert following.wait(patient(30)) == 1


@pytest.mark.parametrize(
    ("arguments", "env"), [(("--plain",), {}), ((), {"TERM": "dumb"})], ids=["asked", "dumb"]
)
def test_in_a_terminal_it_writes_lines_and_no_escape_sequences(
    arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    with Terminal("--demo", *arguments, env=env) as terminal:
        terminal.wait_for(lambda text: re.search(r"TEST: \d+ DOWN", text))
        assert b"\x1b" not in terminal.raw
        terminal.press("\x03")
        assert terminal.wait_end() == 130
        assert "Traceback" not in terminal.text


def test_a_service_that_dies_is_told() -> None:
    with Demo("healthy") as stack:
        stack.wait()
        config = str(stack.path)
        environ = {**os.environ, **stack.environ, "LANG": "C"}
        program = [sys.executable, "-m", "sutaz_tui", "-c", config, "--plain"]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            assert any("TEST: " in line and " up," in line for line in lines)
            stack.close()
            told = next(line for line in lines if " DOWN after " in line)
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(patient(5)) == 130
        assert re.search(r"\d\d:\d\d:\d\d [\w .-]+ DOWN after (at least )?\w+ up: .*refused", told)
        assert told.isascii() and rest.isascii()
