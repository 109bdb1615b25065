"""Every key of every focus, pressed once where it works: none is unknown, none ends the program."""

import pytest

from sutaz_tui.tui.keymap import BOARD, CHECKS, LABELS, LOG, PATTERNS, SERVICE, rows_of
from sutaz_tui.tui.keys import COUNT, Action
from tests.board.logged import desk
from tests.board.showing import Board, few, showing

ENDING = frozenset({"suspend", "quit", "print", "cancel"})
OPENED = {
    BOARD: ("j",),
    SERVICE: ("j", "enter"),
    LOG: ("l",),
    PATTERNS: ("l", "P"),
    LABELS: ("colon", *"labels", "enter"),
    CHECKS: ("T",),
}


def keys() -> list[tuple[str, Action, str]]:
    return [
        (focus, action, key)
        for focus in OPENED
        for action in rows_of(focus)
        if action.id not in ENDING and action.call != COUNT
        for key in action.keys
    ]


async def to(board: Board, focus: str) -> None:
    """Open a focus from wherever the key before led."""
    board.app.to_board()
    await board.settle()
    await board.press("escape", "escape", "escape")
    await board.press(*OPENED[focus])
    assert board.app.focus_name == focus, f"{focus} is not open:\n{board.text}"


@pytest.mark.parametrize("focus", OPENED)
async def test_every_key_does_what_it_is_for(focus: str) -> None:
    async with showing(*few(), size=(160, 45)) as board:
        board.app.tab.log_feeds = desk()
        for where, action, key in keys():
            if where != focus:
                continue
            if board.app.focus_name != focus:
                await to(board, focus)
            await board.press(key)
            assert board.app.is_running and board.app.crash is None, action.id
            assert "no key" not in board.foot, f"{action.id}: {key}"


@pytest.mark.parametrize("key", ["X", "Z", "semicolon", "f9"])
async def test_a_key_that_does_nothing_says_so(key: str) -> None:
    async with showing(*few(), size=(160, 45)) as board:
        for focus in (BOARD, SERVICE):
            await to(board, focus)
            await board.press(key)
            assert "? lists the keys" in board.foot, focus
