"""Digits on a production board in a real terminal: nothing is sent until Enter."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.checks.on_stack import Sent, sent, sent_by_checks_alone
from tests.running import Simulated, simulated
from tests.terminal import Terminal
from tests.test_terminal_board import answered


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


@pytest.fixture(scope="module")
def marks(stack: Simulated) -> Sent:
    """What is sent by checks and by nothing else."""
    return asyncio.run(sent_by_checks_alone(stack.demo))


class Production:
    """A board of the simulated stack as if it were production's."""

    def __init__(self, terminal: Terminal, stack: Simulated, marks: Sent) -> None:
        self.terminal = terminal
        self._stack = stack
        self._marks = marks

    def press(self, keys: str, shows: str) -> str:
        self.terminal.press(keys)
        return self.terminal.wait_for(lambda text: re.search(shows, text))

    def sent(self) -> Sent:
        """What checks sent since the board was opened."""
        return self._marks & asyncio.run(sent(self._stack.demo))


@contextmanager
def production(stack: Simulated, marks: Sent, folder: Path) -> Iterator[Production]:
    config = folder / "production.yaml"
    config.write_text(stack.demo.text.replace("env: test", "env: production"), "utf-8")
    stack.control("POST", "/counts/reset")
    with Terminal("-c", str(config), env=stack.demo.environ) as terminal:
        terminal.wait_for(answered)
        # From here on a digit finds its checks.
        terminal.wait_for("none ran yet")
        yield Production(terminal, stack, marks)


def test_10j_5g_and_2_with_esc_or_j_send_nothing_and_2_enter_runs(
    stack: Simulated, marks: Sent, tmp_path: Path
) -> None:
    with production(stack, marks, tmp_path) as board:
        board.press("10", r"\n 10\s*$")
        board.press("j", r">Neo4j")
        board.press("1G", r">Letta")
        board.press("5G", r">FinRobot")
        board.press("2", r"2 api: 33 read-only checks, about \d+ requests; Enter runs, Esc cancels")
        board.press("\x1b", r"cancelled: nothing was sent")
        board.press("2", r"2 api: 33 read-only checks")
        board.press("j", r">Documind")
        board.press("0", r"0 security: 7 read-only checks")
        board.press("l", r"-- log documind")
        board.press("0", r"\n 0\s*$")
        board.press("\r", r"-- log documind")
        board.press("q", r"none ran yet")
        assert board.sent() == set()
        board.press("2", r"2 api: 33 read-only checks")
        board.press("\r", r"2 api +33/34")
        assert board.sent()


def test_what_a_slow_line_brings_at_once_is_still_a_count(
    stack: Simulated, marks: Sent, tmp_path: Path
) -> None:
    with production(stack, marks, tmp_path) as board:
        board.press("10j", r">Neo4j")
        board.press("l0\r", r"-- log neo4j")
        board.press("q", r"none ran yet")
        assert board.sent() == set(), "the digit and Enter are the log's"
        board.press("2\r", r"2 api +33/34")
