"""Several configs as tabs: the row that says how each is, the keys between them, and what each keeps for itself."""

import asyncio
from pathlib import Path

import pytest

from sutaz_tui.errors import Refused
from sutaz_tui.tui.screens.service.screen import ServiceScreen
from tests.board.showing import DEADLINE
from tests.board.tabbed import FAULT, Tabs, tabbed
from tests.board.test_pictures import FOLDER, compare, named, stable, steadied
from tests.servers.waiting import patient

SIZES = ((80, 24), (160, 45))


def refuse(tabs: Tabs, name: str, id: str) -> None:
    probe = tabs.stands[name][id]
    probe.error = Refused(probe.service.title, ":1 refused")


async def test_the_row_says_how_each_is_and_a_trouble_out_of_view_reaches_it() -> None:
    async with tabbed() as tabs:
        assert tabs.row.startswith(" PROD ✓ | STAGING ✓ | HOMELAB ✓  ")
        refuse(tabs, "staging", "redis")
        await tabs.pass_by(30)
        assert tabs.row.startswith(" PROD ✓ | STAGING ✗1 | HOMELAB ✓  ")
        assert "All healthy" in tabs.text, "the board in view is another's"
        await tabs.press("right_parenthesis")
        assert tabs.in_view == "staging" and "Redis DOWN" in tabs.text


async def test_keys_go_round_and_env_goes_by_name() -> None:
    async with tabbed() as tabs:
        for key, name in (
            (")", "staging"),
            (")", "homelab"),
            (")", "prod"),
            ("(", "homelab"),
            ("(", "staging"),
        ):
            await tabs.press({")": "right_parenthesis", "(": "left_parenthesis"}[key])
            assert tabs.in_view == name
            assert f" {name.upper()} " in tabs.lines[1]
        await tabs.press("colon")
        await tabs.type("env PROD")
        assert tabs.in_view == "prod"
        await tabs.press("colon", *"env", "space", "h", "tab", "enter")
        assert tabs.in_view == "homelab"
        await tabs.press("colon")
        await tabs.type("env stagng")
        assert tabs.in_view == "homelab" and "did you mean staging?" in tabs.foot
        await tabs.press("colon")
        await tabs.type("env zzzzz")
        assert "there are prod, staging, homelab" in tabs.foot


async def test_each_keeps_its_screens_its_filter_its_theme_and_its_cursor(tmp_path: Path) -> None:
    async with tabbed(folder=tmp_path) as tabs:
        await tabs.press("ampersand", *"back", "enter", "z", "colon", *"theme", "space", *"nord", "enter")
        assert "& back" in tabs.text and tabs.app.theme == "nord"
        await tabs.press("right_parenthesis", "j", "j", "enter")
        screen = tabs.app.screen
        assert isinstance(screen, ServiceScreen) and tabs.app.theme == "textual-dark"
        assert tabs.row.startswith(" PROD ✓"), "the row stands above every screen"
        selected = screen.service_id
        await tabs.press("left_parenthesis")
        assert "& back" in tabs.text and tabs.app.theme == "nord" and tabs.app.board.is_zoomed
        await tabs.press("right_parenthesis")
        assert tabs.app.screen is screen and screen.service_id == selected
        await tabs.press("q")
        assert "& back" not in tabs.text and tabs.selected == selected and not tabs.app.board.is_zoomed
    async with tabbed(folder=tmp_path) as tabs:
        assert "& back" in tabs.text and tabs.app.theme == "nord"
        await tabs.press("right_parenthesis")
        assert "& back" not in tabs.text and tabs.selected == selected
        await tabs.press("right_parenthesis", "right_parenthesis")
    async with tabbed(folder=tmp_path) as tabs:
        assert "& back" in tabs.text, "what was left once is kept by looking at other tabs alone"


async def test_a_tab_that_was_never_looked_at_keeps_how_it_was_left(tmp_path: Path) -> None:
    async with tabbed(folder=tmp_path) as tabs:
        await tabs.press("right_parenthesis", "ampersand", *"kong", "enter")
    async with tabbed(folder=tmp_path) as tabs:
        assert tabs.in_view == "prod"
    async with tabbed(folder=tmp_path) as tabs:
        await tabs.press("right_parenthesis")
        assert "& kong" in tabs.text


async def test_a_tab_that_is_looked_at_before_the_first_has_loaded_is_polled_as_well(tmp_path: Path) -> None:
    async with tabbed(folder=tmp_path) as tabs:
        await tabs.press("right_parenthesis", "ampersand", *"kong", "enter")
    held_up = asyncio.Event()
    async with tabbed(folder=tmp_path, held_up=held_up) as tabs:
        await tabs.press("right_parenthesis")
        assert tabs.in_view == "staging" and "& kong" in tabs.text, "as it was left"
        held_up.set()
        async with asyncio.timeout(patient(DEADLINE)):
            while not tabs.row.startswith(" PROD ✓ | STAGING ✓ | HOMELAB ✓"):
                await tabs.pass_by(0.5)


async def test_only_the_tab_in_view_watches_its_selected_service_closely() -> None:
    async with tabbed() as tabs:
        await tabs.press("j")
        watched = tabs.stands["prod"].engine.rhythm
        assert watched.selected == tabs.selected
        await tabs.press("right_parenthesis")
        assert watched.selected == ""
        await tabs.press("left_parenthesis")
        assert watched.selected == tabs.selected


async def test_a_config_at_fault_is_a_tab_that_says_why_and_is_left_like_any_other() -> None:
    async with tabbed(fault=FAULT) as tabs:
        assert "| LAB ? config  " in tabs.row
        await tabs.press("left_parenthesis")
        assert "| LAB ? config  " in tabs.row
        assert "lab cannot be watched: its config is at fault" in tabs.text and FAULT in tabs.text
        for key in (
            "j",
            "enter",
            "l",
            "r",
            "A",
            "t",
            "5",
            "escape",
            "question_mark",
            "left_square_bracket",
            "Z",
        ):
            await tabs.press(key)
            assert FAULT in tabs.text, key
        await tabs.press("colon")
        await tabs.type("alerts")
        assert "not of a config at fault" in tabs.foot
        await tabs.press("q")
        assert "q again quits" in tabs.foot
        await tabs.press("colon")
        await tabs.type("env prod")
        assert tabs.in_view == "prod"


async def test_what_a_tab_out_of_view_has_to_say_is_said_when_it_comes_back() -> None:
    async with tabbed() as tabs:
        tabs.app.tabs[1].say("history.db is locked by another program", 8)
        assert "locked" not in tabs.text
        await tabs.press("right_parenthesis")
        assert "history.db is locked by another program" in tabs.foot


async def test_q_twice_on_any_tab_closes_every_engine() -> None:
    async with tabbed() as tabs:
        await tabs.press("right_parenthesis", "q", "q")
        assert tabs.app._exit
    for name, stand in tabs.stands.items():
        assert all(task.done() for task in stand.engine._tasks), name


async def test_names_from_outside_are_shown_as_text() -> None:
    hostile = "[red]x\x1b[31m" + "y" * 200
    async with tabbed(names=("prod", hostile), fault="[bold]\x1b]0;x\x07" + "w" * 5000) as tabs:
        assert "[RED]X" in tabs.row and "\x1b" not in tabs.text
        await tabs.press("left_parenthesis")
        assert "[bold]" in tabs.text and "\x1b" not in tabs.text
        assert all(len(line) <= 80 for line in tabs.lines)


async def test_the_keys_of_tabs_stand_in_the_help_where_there_are_several() -> None:
    async with tabbed(size=(160, 60)) as tabs:
        await tabs.press("question_mark")
        assert "the next config that is open" in tabs.text


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_pictures_of_tabs(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch)
    async with tabbed(size, fault=FAULT) as tabs:
        refuse(tabs, "prod", "postgres")
        await tabs.pass_by(30)
        await steadied(tabs)
        for name in ("tabs", "tabs-fault"):
            file = f"{name}-{size[0]}x{size[1]}"
            compare(FOLDER / f"{file}.txt", tabs.text + "\n")
            compare(FOLDER / f"{file}.svg", stable(tabs.app.export_screenshot(title="sutaz-tui")))
            await tabs.press("left_parenthesis")
