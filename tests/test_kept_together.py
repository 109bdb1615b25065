"""Several programs over one state folder: boards that mark, and another program that holds the results' database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.running import LEAK, begun, command
from tests.servers.waiting import eventually
from tests.terminal import Terminal

STACK = """
env: test
services:
  - {id: alpha, title: Alpha, kind: tcp, address: '127.0.0.1:1', interval: 2, timeout: 1}
  - {id: beta, title: Beta, kind: tcp, address: '127.0.0.1:2', interval: 2, timeout: 1}
checks:
  own:
    - {id: closed, title: port is open, kind: tcp, address: '127.0.0.1:1', timeout: 2}
"""
CHECK = ("check", "own.closed", "--ignore-needs")


@pytest.fixture
def stack(tmp_path: Path) -> str:
    path = tmp_path / "stack.yaml"
    path.write_text(STACK)
    return str(path)


@pytest.fixture
def state(own_folders: Path) -> Path:
    return own_folders / "state" / "sutaz-tui"


def history_in(state: Path) -> Path:
    """The one file of this config."""
    [path] = state.glob("history-*.sqlite3")
    return path


@contextmanager
def held(state: Path) -> Iterator[None]:
    """Another program holds the database for itself, as a backup does."""
    with closing(sqlite3.connect(history_in(state), isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.execute("ROLLBACK")


def kept(state: Path) -> int:
    """How many results are kept."""
    with closing(sqlite3.connect(history_in(state), timeout=20)) as database:
        return int(database.execute("SELECT count(*) FROM results").fetchone()[0])


def test_a_run_that_ends_while_another_program_holds_the_database_is_said_to_be_not_kept(
    stack: str, state: Path
) -> None:
    assert command(*CHECK, "-c", stack).returncode == 1
    assert kept(state) == 1
    with held(state):
        done = command(*CHECK, "-c", stack)
    assert done.returncode == 1
    assert "own.closed" in done.stdout
    assert done.stderr == (
        f"not kept: 1 result: {history_in(state).name} is locked by another program "
        "(`sutaz-tui config path` says where it is)\n"
    )
    assert kept(state) == 1


def test_a_lock_that_is_soon_gone_costs_nothing(stack: str, state: Path) -> None:
    assert command(*CHECK, "-c", stack).returncode == 1
    with begun(*CHECK, "-c", stack) as running:
        assert running.stdout is not None and running.stderr is not None
        with held(state):
            # What it found is not kept waiting.
            while "own.closed" not in running.stdout.readline():
                assert running.poll() is None
        assert running.wait(60) == 1
        assert running.stderr.read() == ""
    assert kept(state) == 2


def test_a_damaged_database_is_told_and_kept_aside(stack: str, state: Path) -> None:
    assert command(*CHECK, "-c", stack).returncode == 1
    path = history_in(state)
    path.write_bytes(b"this is no database " * 500)
    done = command(*CHECK, "-c", stack)
    assert done.returncode == 1
    assert "own.closed" in done.stdout
    assert done.stderr == f"damaged history kept as {path.name}.damaged; a new one begins\n"
    assert not LEAK.search(done.stderr)
    assert path.with_name(f"{path.name}.damaged").read_bytes() == b"this is no database " * 500
    assert command(*CHECK, "-c", stack).stderr == ""
    assert kept(state) == 2


def test_damaged_results_of_an_older_version_are_kept_aside_and_told(stack: str, state: Path) -> None:
    state.mkdir(parents=True)
    (state / "results.sqlite3").write_bytes(b"this is no database " * 500)
    told = [command(*CHECK, "-c", stack).stderr for _ in range(2)]
    assert told == ["damaged results of checks are kept as results.damaged\n", ""]
    assert (state / "results.damaged").exists()
    assert kept(state) == 2


def test_what_failed_last_is_known_while_another_program_writes(stack: str, state: Path) -> None:
    assert command(*CHECK, "-c", stack).returncode == 1
    with held(state):
        done = command("check", "--failed", "--ignore-needs", "-c", stack)
    assert "own.closed" in done.stdout


def test_a_board_stays_awake_while_the_database_is_held_and_keeps_the_run_afterwards(
    stack: str, state: Path
) -> None:
    assert command(*CHECK, "-c", stack).returncode == 1
    with Terminal("-c", stack) as board:
        board.wait_for("✗ 2")
        board.press("T")
        board.wait_for("own.closed")
        board.wait_for("port is open")
        with held(state):
            board.press(".")
            board.wait_for("is locked by another prog")
            board.press("?")
            board.wait_for("keys")
            assert kept(state) == 1
            board.press("q")
        board.wait_for("kept after all")
        eventually(lambda: kept(state) == 2, "the run is not kept")


def test_a_board_that_is_left_while_the_database_is_held_says_what_is_lost(stack: str, state: Path) -> None:
    assert command(*CHECK, "-c", stack).returncode == 1
    with Terminal("-c", stack, columns=120) as board:
        board.wait_for("✗ 2")
        board.press("T")
        board.wait_for("own.closed")
        board.wait_for("port is open")
        with held(state):
            board.press(".")
            board.wait_for("is locked by another prog")
            board.press("Q")
            assert board.wait_end() == 0
        after = bytes(board.raw).rpartition(b"\x1b[?1049l")[2].decode()
        assert f"not kept: 1 result: {history_in(state).name} is locked by another program\r\n" in after


def test_two_boards_of_one_user_show_each_others_marks(stack: str, state: Path) -> None:
    with Terminal("-c", stack) as first, Terminal("-c", stack) as second:
        for board in (first, second):
            board.wait_for("✗ 2")
        for board, keys, reason in ((first, "g", "disk one"), (second, "G", "disk two")):
            board.press(keys)
            board.press("M")
            board.wait_for("why is the trouble of")
            board.press(reason)
            board.wait_for(reason)
            board.press("\r")
            board.wait_for("until when?")
            board.press("2h")
            board.wait_for("2h")
            board.press("\r")
            board.wait_for("known until")
        for board in (first, second):
            board.wait_for("2 known")
        first.press("g")
        first.press("M")
        first.wait_for("no longer marked as known")
        for board in (first, second):
            board.wait_for("1 known")
        with closing(sqlite3.connect(history_in(state))) as database:
            assert database.execute("SELECT reason FROM known").fetchall() == [("disk two",)]
