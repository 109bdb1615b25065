"""The keys of the board, from help to quitting."""

from pathlib import Path

import pytest
from textual.command import CommandPalette

from sutaz_tui.tui.keymap import ACTIONS, BOARD, COMMANDS, ROWS, SERVICE, help_groups, rows_of
from sutaz_tui.tui.screens.help import HelpScreen
from tests.board.showing import Board, few, showing

ALL = [service.id for service in few()]


async def test_save_says_when_it_cannot(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    async with showing(*few(), folder=folder) as board:
        await board.press("S")
        await board.written()
        assert "not kept: the view: view-" in board.foot and "not a directory" in board.foot


async def test_help_tells_every_key_of_the_focus_and_closes() -> None:
    async with showing(*few(), size=(110, 200)) as board:
        for opener in ("question_mark", "f1"):
            await board.press(opener)
            assert isinstance(board.app.screen, HelpScreen)
            for action in ACTIONS.values():
                is_told = any(line.endswith(f" {action.id}") for line in board.lines)
                assert is_told is (action in rows_of(BOARD)), action.id
            await board.press("q")
            assert board.is_open
        await board.press("enter", "question_mark")
        assert not [action.words for action in ROWS[SERVICE] if action.words not in board.text]


async def test_help_fits_eighty_columns_and_scrolls() -> None:
    async with showing(*few()) as board:
        await board.press("question_mark")
        assert "one down" in board.text
        before = board.text
        await board.press("j")
        assert board.lines[1] == before.splitlines()[2]
        await board.press("space")
        assert board.text != before


async def test_help_stands_in_groups_and_in_two_columns_where_there_is_room() -> None:
    async with showing(*few(), size=(160, 45)) as board:
        await board.press("question_mark")
        heading = next(line for line in board.lines if line.startswith(" MOVE "))
        assert heading[80:].strip().isupper(), "one heading beside the other"
        keys = board.text.partition("THE IDS")[0]
        assert all(row.keys in keys for rows in help_groups(BOARD, {}).values() for row in rows), "no scroll"
        assert "THE SIGNS" in keys
        assert all(len(line) <= 160 for line in board.lines)
        digits = next(line for line in board.lines if line.startswith(" 1-0"))
        assert "1 agents" in digits and "count: 10j" in board.text


async def test_a_command_of_every_word_and_completion() -> None:
    async with showing(*few()) as board:
        await board.press("colon", *"ask-", "tab", "enter")
        assert "polling" in board.foot
        await board.press("colon")
        await board.type("loki")
        assert board.selected == "loki"
        await board.press("colon")
        await board.type("find redis")
        assert board.selected == "redis"
        await board.press("colon")
        await board.type("filter end")
        assert "& end" in board.lines[0]
        await board.press("escape", "colon")
        await board.type("theme nord")
        assert board.app.theme == "nord"
        await board.press("colon")
        await board.type("zoome")
        assert "did you mean zoom?" in board.foot
        await board.press("colon")
        await board.type("q")
        assert board.app.return_value == 0


async def test_the_palette_lists_what_the_colon_knows_and_runs_it() -> None:
    async with showing(*few(), size=(100, 50)) as board:
        await board.press("ctrl+p")
        assert isinstance(board.app.screen, CommandPalette)
        await _until(board, "zoom: this part alone")
        assert "🔎" not in board.text, "no sign that takes two cells"
        await board.press(*"freeze")
        await _until(board, "freeze")
        await board.press("enter")
        await _until(board, "frozen")


async def _until(board: Board, words: str) -> None:
    for _ in range(100):
        if words in board.text:
            return
        await board.pilot.pause(0.02)
    raise AssertionError(f"did not see {words!r} in:\n{board.text}")


def test_all_that_the_palette_does_the_colon_does() -> None:
    from sutaz_tui.tui.palette import Commands

    words = {text.partition(":")[0] for _, text in Commands._all(Commands.__new__(Commands))}
    assert words == set(COMMANDS) - {"q"}


async def test_keys_can_be_rebound_and_help_shows_it() -> None:
    async with showing(*few(), keymap={"freeze": "f9", "ask": "u,f5"}, size=(110, 200)) as board:
        await board.press("p")
        assert "frozen" not in board.lines[0]
        await board.press("f9")
        assert "frozen" in board.lines[0]
        asked = len(board.stand["postgres"].asked)
        await board.press("u")
        await board.press("f5")
        assert len(board.stand["postgres"].asked) == asked + 2
        await board.press("question_mark")
        assert any("f9" in line and "freeze" in line for line in board.lines)


@pytest.mark.parametrize(
    ("keymap", "said"),
    [
        ({"freeze": "c"}, "keymap: c is both cause and freeze"),
        ({"no-such": "x"}, "keymap: there is no action 'no-such'"),
        ({"freeze": "5"}, "keymap: freeze may not take 5"),
        ({"freeze": ""}, "keymap: freeze has no key"),
        ({"freeze": "f99"}, "keymap: no key is called f99"),
    ],
)
async def test_clashes_are_told_and_fall_back(keymap: dict[str, str], said: str) -> None:
    async with showing(*few(), keymap=keymap, size=(110, 90)) as board:
        assert said in board.foot
        await board.press("p")
        assert "frozen" in board.lines[0]
        await board.press("question_mark")
        assert said in board.text


async def test_copy_says_what_it_copied() -> None:
    async with showing(*few(), size=(160, 30)) as board:
        await board.press("y")
        assert "PostgreSQL" in board.foot


async def test_mouse_on_and_off_and_a_click_selects() -> None:
    async with showing(*few()) as board:
        await board.press("f2")
        assert "mouse on" in board.foot
        map = board.app.board.map
        place = map._layout_made.places[map._place_of[ALL.index("kong")]]
        await board.pilot.click(map, offset=(place.x + 3, place.y))
        assert board.selected == "kong"
        assert board.is_open, "a click never runs anything"
        await board.press("colon")
        await board.type("mouse")
        assert "mouse off" in board.foot


async def test_repaint_leaves_the_picture_as_it_is() -> None:
    async with showing(*few()) as board:
        before = board.text
        await board.press("ctrl+l")
        assert board.text == before


async def test_no_key_asks_the_stack_for_a_change() -> None:
    # Every question goes through the probes, which only look; keys reach the engine by these calls alone.
    calls = {action.call.partition("(")[0] for action in (*ROWS[BOARD], *ROWS[SERVICE])}
    assert not {call for call in calls if any(verb in call for verb in ("restart", "delete", "stop", "kill"))}


async def test_the_selected_service_is_watched_more_closely() -> None:
    async with showing(*few()) as board:
        await board.press("j")
        assert board.stand.engine.rhythm.selected == "redis"
