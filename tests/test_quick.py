"""The usual start without the command line's library: what it shows and how it ends is the same."""

from pathlib import Path

import pytest

from sutaz_tui.cli import quick
from tests.terminal import Terminal

GOOD = "services: [{id: door, title: Front door, kind: tcp, address: '127.0.0.1:9'}]\n"


def written(folder: Path, text: str) -> str:
    path = folder / "stack.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_config_opens_the_board_and_q_twice_leaves_it(tmp_path: Path) -> None:
    with Terminal("-c", written(tmp_path, GOOD)) as terminal:
        terminal.wait_for(lambda text: "Front door" in text and "DOWN" in text)
        terminal.press("q")
        terminal.wait_for("q again quits")
        terminal.press("q")
        assert terminal.wait_end() == 0


def test_a_config_that_is_wrong_is_told_with_its_line_and_nothing_starts(tmp_path: Path) -> None:
    with Terminal("-c", written(tmp_path, GOOD + "colour: red\n"), columns=250) as terminal:
        assert terminal.wait_end() == 2
        assert "2: colour: found an unknown key" in " ".join(terminal.text.split())


@pytest.mark.parametrize("args", [["status"], ["-c"], ["--demo"], ["prod"], ["-c", "x", "--plain"]])
def test_every_other_start_is_left_to_the_command_line(args: list[str]) -> None:
    assert quick.board(args) is None
