"""What is kept of how a board was left, for the next run to begin there."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sutaz_tui.state.left import Left
from tests.board.showing import few, showing


def left_file(folder: Path) -> Path:
    """The one file in which it is kept."""
    [path] = folder.glob("history-*.sqlite3")
    return path


def leave(folder: Path, how: str) -> None:
    """Have the file say that the board was left so."""
    with closing(sqlite3.connect(left_file(folder))) as database, database:
        assert database.execute("UPDATE board SET how = ?", (how,)).rowcount == 1


async def test_filter_zoom_theme_log_height_and_cursor_are_kept_between_runs(tmp_path: Path) -> None:
    async with showing(*few(), size=(160, 45), folder=tmp_path) as board:
        await board.press("j", "j", "j")
        assert board.selected == "backend"
        await board.press("ampersand", *"end", "enter", "z", "colon")
        await board.type("theme nord")
        await board.press("colon")
        await board.type("log-height 9")
    assert left_file(tmp_path).stat().st_mode & 0o777 == 0o600
    async with showing(*few(), size=(160, 45), folder=tmp_path) as board:
        assert "& end 2 of 7" in board.lines[0] and board.selected == "backend"
        assert "filter end is from last time; Esc shows all" in board.foot
        assert board.app.board.is_zoomed and not board.app.board.query("#side"), "the map alone"
        assert board.app.theme == "nord" and board.app.board.log_height == 9
        await board.press("z", "escape")
        assert "& end" not in board.lines[0] and not board.app.board.is_zoomed
    async with showing(*few(), size=(160, 45), folder=tmp_path) as board:
        assert "& end" not in board.lines[0] and board.selected == "backend"


async def test_what_is_selected_and_gone_from_the_config_is_no_trouble(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        await board.press("G")
    leave(tmp_path, json.dumps({"selected": "no-such", "theme": "no-such", "filter": "/(/"}))
    async with showing(*few(), folder=tmp_path) as board:
        assert board.selected == "postgres" and "Redis" in board.text


def test_a_theme_or_height_that_the_config_changes_since_is_the_configs() -> None:
    left = Left("end", "redis", True, "nord", 9, ("ansi-dark", 12))
    assert left.over("ansi-dark", 12) == left
    assert left.over("gruvbox", 12) == Left("end", "redis", True, chosen_over=("gruvbox", 12))
    assert left.over("ansi-dark", 20).log_height == 0


@pytest.mark.parametrize(
    "how", ["{}", "[]", "null", "", '{"filter": 3}', '{"chosen_over": "x"}', '{"log_height": "x"}']
)
async def test_what_is_damaged_is_a_fresh_board(tmp_path: Path, how: str) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        await board.press("z")
    leave(tmp_path, how)
    async with showing(*few(), folder=tmp_path) as board:
        assert not board.app.board.is_zoomed and board.selected == "postgres"
