"""Whatever signal ends it: the terminal is given back, the exit code says which, nothing is reported as a crash."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sutaz_tui.process.signals import ENDING
from tests.running import begun
from tests.servers.waiting import patient
from tests.terminal import Terminal
from tests.test_terminal_app import is_restored

STACK = """
env: test
services:
  - {{id: alpha, title: Alpha, kind: tcp, address: '127.0.0.1:1', interval: 2, timeout: 1, logs: {{file: {}/log}}}}
"""
NUMBERS = (signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM)


@pytest.fixture
def stack(tmp_path: Path) -> str:
    (tmp_path / "log").write_text("2026-11-30T12:00:00Z INFO hello\n")
    path = tmp_path / "stack.yaml"
    path.write_text(STACK.format(tmp_path))
    return str(path)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("where", ["board", "log panel", "log screen", "a line being typed"])
def test_the_board_gives_the_terminal_back_wherever_it_is(
    stack: str, number: signal.Signals, where: str
) -> None:
    with Terminal("-c", stack) as board:
        board.wait_for("✗ 1")
        if where.startswith("log"):
            board.press("l")
            board.wait_for("hello")
            if where == "log screen":
                board.press("lz")
                board.wait_for(lambda text: "Alpha DOWN since" not in text)
        elif where != "board":
            board.press("/")
            board.wait_for("find:")
        board.process.send_signal(number)
        assert board.wait_end() == 128 + number
        assert is_restored(board)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("words", [("--plain",), ("logs", "-f", "--since", "365d")])
def test_what_is_followed_without_a_screen_ends_in_order(
    stack: str, words: tuple[str, ...], number: signal.Signals
) -> None:
    with begun(*words, "-c", stack) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.wait(patient(30)) == 128 + number
        assert process.stderr.read() == ""


def test_no_signal_that_ends_a_process_is_left_out() -> None:
    """Each is sent to a process that does nothing about it: those that end it are ours, but for what cannot be caught."""
    told = {int(number) for number in signal.valid_signals() if ends_a_process(int(number))}
    cannot = {signal.SIGKILL}
    faults = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGSYS}
    assert told - cannot - faults == ENDING


def ends_a_process(number: int) -> bool:
    code = f"import signal; signal.signal({number}, signal.SIG_DFL); signal.raise_signal({number})"
    if number in (signal.SIGKILL, signal.SIGSTOP):
        return number == signal.SIGKILL
    process = subprocess.Popen([sys.executable, "-S", "-c", code], process_group=0)
    try:
        # A stopped one is told too.
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        return os.WIFSIGNALED(status)
    finally:
        process.kill()
