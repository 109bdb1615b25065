"""Typing over a slow line: 64 KB a second, 200 ms each way; nothing that was typed is lost."""

from collections.abc import Callable

import pytest

from tests.terminal import Terminal
from tests.test_terminal_board import DEMO, answered

LINE = 64_000, 0.2


def opened(brackets: bool) -> Terminal:
    return Terminal(*DEMO, line=LINE, brackets=brackets)


def on(title: str) -> Callable[[str], bool]:
    """Whether the cursor stands on a service of the map."""
    return lambda text: f">{title}" in text


@pytest.mark.parametrize("brackets", [True, False])
def test_what_a_slow_line_hands_over_at_once_is_all_typed(brackets: bool) -> None:
    with opened(brackets) as terminal:
        terminal.wait_for(answered, 60)
        terminal.wait_for(on("Letta"), 30)
        terminal.press("jjjj")
        terminal.wait_for(on("FinRobot"), 30)
        terminal.press("kkkk")
        terminal.wait_for(on("Letta"), 30)
        for _ in range(4):
            terminal.press("j")
            terminal.pump(0.005)
        terminal.wait_for(on("FinRobot"), 30)
        terminal.press("/backend\r")
        terminal.wait_for(on("Backend"), 30)
        terminal.press("&rabbit\r")
        terminal.wait_for("& rabbit", 30)
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "& rabbit" not in text, 30)
        terminal.press(":redis\r")
        terminal.wait_for(on("Redis"), 30)
        terminal.press("Q")
        assert terminal.wait_end(30) == 0


def test_the_window_has_the_stacks_state_for_its_title_until_the_end() -> None:
    with Terminal(*DEMO) as terminal:
        terminal.wait_for(answered)
        terminal.wait_for(lambda _: terminal.screen.title.endswith("TEST"))
        assert terminal.screen.title[0] in "✓!✗?"
        assert b"\x1b[22;0t" in terminal.raw and b"\x1b[23;0t" not in terminal.raw
        terminal.press("Q")
        assert terminal.wait_end() == 0
        assert terminal.raw.rfind(b"\x1b[23;0t") > terminal.raw.rfind(b"\x1b]2;"), "it is given back"


def test_a_console_without_titles_is_sent_none() -> None:
    with Terminal(*DEMO, env={"TERM": "linux"}) as terminal:
        terminal.wait_for(answered)
        assert b"\x1b]2;" not in terminal.raw and b"\x1b[22;0t" not in terminal.raw
