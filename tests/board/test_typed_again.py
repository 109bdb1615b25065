"""What was typed is had again: in this run by Up and ctrl+r, and in the next one."""

from pathlib import Path

from sutaz_tui.config import load
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.typed import MOST
from sutaz_tui.state.writer import Writer
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.board.logged import desk
from tests.board.showing import Board, few, showing
from tests.running import simulated
from widgets.prompt import Prompt


def files_in(folder: Path) -> list[str]:
    return [one.name for one in folder.rglob("*.sqlite3")]


def field(board: Board) -> str:
    return board.app.screen.query_one(Prompt).value


async def test_up_brings_what_was_typed_and_down_what_was_begun() -> None:
    async with showing(*few()) as board:
        for typed in ("help", "alerts", "help"):
            await board.press("colon")
            await board.type(typed)
            await board.press("escape")
        await board.press("colon", "a", "b", "up")
        assert field(board) == "help"
        await board.press("up")
        assert field(board) == "alerts", "each line stands there once"
        await board.press("up")
        assert field(board) == "alerts", "there is none before"
        await board.press("down", "down")
        assert field(board) == "ab"


async def test_ctrl_r_brings_lines_with_what_is_typed() -> None:
    async with showing(*few()) as board:
        for typed in ("logs postgres", "alerts", "logs redis", "help"):
            board.app.typed_lines.add(":", typed)
        await board.press("colon", *"log", "ctrl+r")
        assert field(board) == "logs redis"
        await board.press("ctrl+r")
        assert field(board) == "logs postgres"
        await board.press("ctrl+r")
        assert field(board) == "logs postgres"


async def test_what_was_typed_after_another_sign_is_not_offered() -> None:
    async with showing(*few()) as board:
        board.app.tab.log_feeds = desk()
        await board.press("l", "slash")
        await board.type("says")
        await board.press("ampersand", "up")
        assert field(board) == ""
        await board.press("escape", "slash", "up")
        assert field(board) == "says"


def test_the_next_run_has_it_and_no_secret_of_the_config(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text("services:\n- {id: a, kind: redis, address: 'a:1', password: '${PASS}'}\n")
    config = load(None, path, {"PASS": "pA55word-x"})
    writer = Writer(lambda _: None)
    lines = StateFolder(config, tmp_path).typed_lines(writer)
    assert lines.of(":") == (), "nothing is kept yet"
    lines.add(":", 'logs {job="docker"} |= "lost"')
    for text in ("lost", "found", "lost", "AUTH pA55word-x"):
        lines.add("/", text)
    writer.flush(10)
    for number in range(MOST + 5):
        lines.add("&", f"part {number}")
        # Nobody types faster than a disk writes.
        writer.flush(10)
    again = StateFolder(config, tmp_path).typed_lines(writer)
    assert again.of(":") == ('logs {job="docker"} |= "lost"',)
    assert again.of("/") == ("found", "lost")
    assert len(again.of("&")) == MOST and again.of("&")[-1] == f"part {MOST + 4}"


async def test_a_demo_leaves_no_file_of_what_was_typed_in_it(tmp_path: Path) -> None:
    with simulated() as stack:
        kept = StateFolder(stack.config, tmp_path)
        app = SutazApp(stack.config, stack=stack.demo, kept=kept, terminal=Terminal())
        async with app.run_test():
            app.typed_lines.add(":", "alerts")
            assert app.typed_lines.of(":") == ("alerts",), "in this run it is had again"
        app.writer.flush(5.0)
    assert files_in(tmp_path) == []
