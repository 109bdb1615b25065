"""Digits: on production they offer a category's checks and are counts; in the log and in lists they are counts."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.model import CheckClass
from sutaz_tui.tui import counts
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.screens.board.keys import DIGITS
from sutaz_tui.tui.screens.checks.offer import measured
from sutaz_tui.tui.screens.checks.screen import ChecksScreen
from sutaz_tui.tui.screens.service.screen import ServiceScreen
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.board.logged import logged, selected
from tests.board.showing import few, showing
from tests.board.test_check_screens import Keys
from tests.board.test_shapes import GROUPS
from tests.board.test_shapes import stack as services
from tests.checks.on_stack import Sent, sent, sent_by_checks_alone
from tests.running import Simulated, simulated
from tests.servers.waiting import patient


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


@pytest.fixture(scope="module")
def marks(stack: Simulated) -> Sent:
    """What is sent by checks and by nothing else."""
    return asyncio.run(sent_by_checks_alone(stack.demo))


@asynccontextmanager
async def opened(
    stack: Simulated, env: str = "production", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Keys]:
    app = SutazApp(dataclasses.replace(stack.config, env=env), terminal=Terminal())
    stack.control("POST", "/counts/reset")
    async with app.run_test(size=size) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        yield keys


def told(category: str) -> tuple[int, int]:
    """The read-only checks of a category, and their requests."""
    reads = [check for check in registry.load([category]) if not check.wants]
    return len(reads), sum(measured()[check.id] for check in reads)


async def test_2_on_production_shows_what_it_would_send_and_enter_runs_it(
    stack: Simulated, marks: Sent
) -> None:
    async with opened(stack) as keys:
        await keys.press("2")
        checks, requests = told("api")
        assert (
            f"2 api: {checks} read-only checks, about {requests} requests; Enter runs, Esc cancels"
            in keys.foot
        )
        assert not keys.runs.is_running and marks & await sent(stack.demo) == set()
        await keys.press("enter")
        await keys.ended()
        assert keys.is_on_board, "Enter opened no service"
        assert len(keys.runs.results) == checks and keys.classes == {CheckClass.READS}
        assert marks & await sent(stack.demo)
        asked = sum(len(result.steps) for result in keys.runs.results.values())
        await keys.press("2")
        assert f"{checks} read-only checks, {asked} requests last time" in keys.foot


async def test_2_then_esc_sends_nothing(stack: Simulated, marks: Sent) -> None:
    async with opened(stack) as keys:
        for key in ("escape", "q", "ctrl+c"):
            await keys.press("2", key)
            assert "cancelled" in keys.foot, key
            assert keys.app.is_running and keys.app.return_value is None, key
            await keys.press("enter")
            assert isinstance(keys.app.screen, ServiceScreen), f"Enter is what it was behind {key}"
            assert keys.runs.results == {} and not keys.runs.is_running, key
            assert marks & await sent(stack.demo) == set(), key
            await keys.press("q")
            assert keys.is_on_board


MISTYPED = (
    ["1", "0", "j"],
    ["5", "G"],
    ["2", "j"],
    ["0"],
    ["3", "pagedown"],
    ["2", "down"],
    ["2", "l", "1", "0", "k"],
)


async def test_a_mistyped_count_sends_nothing_to_production(stack: Simulated, marks: Sent) -> None:
    async with opened(stack) as keys:
        for typed in MISTYPED:
            await keys.press(*typed)
            await keys.press("j")
            assert keys.runs.results == {} and not keys.runs.is_running, typed
            assert marks & await sent(stack.demo) == set(), typed


async def test_what_was_offered_is_gone_with_any_other_key(stack: Simulated) -> None:
    async with opened(stack) as keys:
        for other in (["z", "z"], ["colon", "escape"], ["question_mark", "q"], ["t", "escape"], ["j"]):
            await keys.press("2", *other)
            assert "api" not in keys.foot
        await keys.press("enter")
        assert isinstance(keys.app.screen, ServiceScreen) and not keys.runs.is_running


async def test_the_offer_stays_while_others_speak(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("4")
        keys.app.say("something happened", 0.01)
        await keys.pilot.pause(0.05)
        assert "4 infra: " in keys.foot and "Enter runs" in keys.foot


async def test_what_the_foot_said_before_does_not_come_back_behind_another_action() -> None:
    async with showing(*services(), groups=GROUPS, env="production") as board:
        await board.press("slash", *"refused", "enter")
        board.app.say("nothing matches nothing has this", 60)
        await board.press("1", "2")
        assert board.foot.strip() == "12"
        await board.press("j")
        assert "nothing matches" not in board.foot


async def test_a_command_offers_first_too(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("colon", *"check-mcp", "enter")
        assert "5 mcp: 17 read-only checks" in keys.foot and not keys.runs.is_running
        await keys.press("enter")
        await keys.ended()
        assert len(keys.runs.results) == told("mcp")[0]


async def test_all_reads_of_the_list_are_offered_first(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("T", "a")
        assert "all: " in keys.foot and not keys.runs.is_running
        await keys.press("escape")
        assert isinstance(keys.app.screen, ChecksScreen) and not keys.runs.is_running


@pytest.mark.parametrize("env", ["test", "demo"])
async def test_a_count_is_a_count_in_test_and_demo_too(
    stack: Simulated, env: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    within = patient(counts.COUNTS_WITHIN)
    monkeypatch.setattr(counts, "COUNTS_WITHIN", within)
    async with opened(stack, env) as keys:
        for typed in ("999999j", "10j", "5G"):
            await keys.press("g")
            before = keys.app.board.map.selected
            await keys.press("j", *typed)
            assert keys.app.board.map.selected != before, typed
            assert keys.runs.results == {} and not keys.runs.is_running, typed
            await keys.press("5", "escape")
            assert "cancelled: nothing was sent" in keys.foot, typed
            await keys.pilot.pause(2 * within)
            assert keys.runs.results == {} and not keys.runs.is_running, typed


@pytest.mark.parametrize("behind", ["enter", "T"])
async def test_a_key_behind_a_digit_runs_it_and_is_not_lost(stack: Simulated, behind: str) -> None:
    async with opened(stack, "test") as keys:
        await keys.press("5", behind)
        await keys.ended()
        assert len(keys.runs.results) == told("mcp")[0]
        assert isinstance(keys.app.screen, ChecksScreen) is (behind == "T")


@pytest.mark.parametrize("env", ["test", "demo"])
async def test_in_test_and_demo_a_digit_runs_by_itself(stack: Simulated, env: str) -> None:
    async with opened(stack, env) as keys:
        await keys.press("5")
        assert "mcp: 17 read-only checks" in keys.foot
        await keys.ended()
        assert len(keys.runs.results) == told("mcp")[0]


async def test_a_category_of_which_this_config_has_nothing_is_not_offered(stack: Simulated) -> None:
    config = dataclasses.replace(
        stack.config,
        env="production",
        services=tuple(s for s in stack.config.services if s.id != "mcp-bridge"),
    )
    app = SutazApp(config, terminal=Terminal())
    async with app.run_test(size=(80, 24)) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        await keys.press("5")
        assert "5 mcp: no read-only checks for the services of this config" in keys.foot
        await keys.press("enter")
        assert isinstance(app.screen, ServiceScreen) and not keys.runs.is_running


async def test_the_offer_fits_a_small_screen(stack: Simulated) -> None:
    async with opened(stack, size=(40, 10)) as keys:
        for digit in DIGITS:
            await keys.press(digit, "escape", digit)
            assert keys.foot.endswith("Enter runs"), keys.foot
            await keys.press("escape")


async def test_counts_move_on_the_board() -> None:
    async with showing(*services(), groups=GROUPS, env="production") as board:
        ids = [service.id for service in services()]
        for typed, expected in (
            (["1", "0", "j"], ids[10]),
            (["3", "k"], ids[7]),
            (["5", "G"], ids[4]),
            (["1", "2", "g"], ids[11]),
            (["9", "9", "9", "9", "j"], ids[-1]),
            (["2", "home"], ids[1]),
            (["0", "5", "down"], ids[6]),
            (["2", "tab"], "gateway-0"),
        ):
            await board.press(*typed)
            assert board.selected == expected, typed
        await board.press("1", "2")
        assert board.foot.strip() == "12", "the count is seen while it is typed"
        await board.press("escape")
        assert "cancelled" in board.foot


async def test_a_count_of_n_finds_the_one_so_many_on() -> None:
    async with showing(*few(), env="production") as board:
        await board.press("slash")
        await board.type("end")
        assert board.selected == "backend"
        await board.press("3", "n")
        assert board.selected == "frontend", "round the end"
        await board.press("2", "N")
        assert board.selected == "frontend"


async def test_counts_in_the_list_of_checks_and_on_the_service_screen(stack: Simulated) -> None:
    async with opened(stack, "test", (80, 24)) as keys:
        await keys.press("T")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        rows = [row.key for row in screen._rows()]
        for typed, at in (
            (["1", "0", "j"], 10),
            (["4", "up"], 6),
            (["5", "G"], 4),
            (["0", "j"], 5),
            (["1", "G"], 0),
        ):
            await keys.press(*typed)
            assert screen.check_id == rows[at], typed
        assert keys.runs.results == {} and not keys.runs.is_running
        await keys.press("q", "enter")
        service = keys.app.screen
        assert isinstance(service, ServiceScreen)
        service.why.show([(f"line {n}", "") for n in range(200)])
        for typed, at in ((["1", "0", "j"], 10), (["3", "k"], 7), (["5", "G"], 4), (["0"], 4)):
            await keys.press(*typed)
            assert service.why.scroll_offset.y == at, typed
        await keys.press("2", "right")
        assert service.service_id == list(service._services)[2]
        assert keys.runs.results == {} and not keys.runs.is_running


async def test_counts_in_the_log() -> None:
    async with logged((80, 24)) as board:
        await board.press("l", "5", "G")
        panel = board.app.log_panel
        assert panel is not None
        visible = panel.session.buffer.visible
        assert panel.session.pager.selected is visible[4]
        for typed, at in (
            (["1", "0", "j"], 14),
            (["3", "k"], 11),
            (["0"], 11),
            (["0", "j"], 12),
            (["1", "g"], 0),
        ):
            await board.press(*typed)
            assert panel.session.pager.selected is visible[at], typed
        await board.press("1", "2")
        assert board.foot.strip() == "12"
        await board.press("9", "9", "9", "9", "9", "j")
        assert panel.session.pager.selected is visible[-1]
        await board.press("slash")
        await board.type("says")
        await board.press("1", "G", "4", "n")
        assert panel.session.pager.selected is visible[4]
        assert selected(board)
        assert not board.app.checks.runs.is_running


async def test_enter_behind_a_digit_in_the_log_opens_the_line() -> None:
    async with logged((160, 45)) as board:
        await board.press("l", "0", "enter")
        assert not board.app.checks.runs.is_running and board.app.log_panel is not None
