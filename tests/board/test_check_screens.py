"""The checks by keys, in the whole app over a simulated stack: see red, mend it, press one key, see green."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from textual.pilot import Pilot
from textual.widgets import Input

from sutaz_tui.checks.base import Check
from sutaz_tui.model import CheckClass, Outcome
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.screens.board.keys import DIGITS
from sutaz_tui.tui.screens.checks.overlay import OverlayScreen
from sutaz_tui.tui.screens.checks.question import QuestionScreen
from sutaz_tui.tui.screens.checks.screen import ChecksScreen
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.running import Simulated, simulated
from tests.servers.waiting import Deadline

LETTA = {"endpoint": "letta", "path": "/health", "set": {"status": "degraded"}}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


@pytest.fixture
def stack(simulator: Simulated) -> Iterator[Simulated]:
    """The stack, mended after each test."""
    yield simulator
    simulator.control("DELETE", "/faults")
    simulator.control("PUT", "/patches", {"patches": []})
    simulator.control("PUT", "/scenario", {"scenario": "healthy"})


class Keys:
    """An open board with its checks loaded: press keys, wait for what the screen shows."""

    def __init__(self, app: SutazApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.runs = app.checks.runs
        self._before = dict(self.runs.results)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, holds: Callable[[], Any], what: str, within: float = 20.0) -> None:
        deadline = Deadline(within)
        while not holds():
            assert not deadline.is_over(), f"not within {within} s: {what}; shown is:\n{self.text}"
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def ended(self) -> None:
        """Wait for what was begun since the last time, to its end; a busy program begins late."""
        await self.until(lambda: self.runs.is_running or self.runs.results != self._before, "checks begin")
        await self.until(lambda: not self.runs.is_running, "the checks end")
        self._before = dict(self.runs.results)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    @property
    def foot(self) -> str:
        return self.text.splitlines()[-1]

    @property
    def is_on_board(self) -> bool:
        return self.app.screen is self.app.board

    @property
    def classes(self) -> set[CheckClass]:
        """The classes of all that ran."""
        return {r.check_class for r in self.runs.results.values() if r.outcome is not Outcome.SKIP}


@asynccontextmanager
async def opened(stack: Simulated, size: tuple[int, int] = (120, 45)) -> AsyncIterator[Keys]:
    app = SutazApp(stack.config, terminal=Terminal())
    async with app.run_test(size=size) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        yield keys


def of_class(keys: Keys, category: str, kind: CheckClass) -> list[Check]:
    """The checks of a category that are of a class."""
    return [check for check in keys.runs.of(category) if check.check_class is kind]


def break_letta(stack: Simulated) -> None:
    stack.control("PUT", "/patches", {"patches": [LETTA]})


def mend(stack: Simulated) -> None:
    stack.control("PUT", "/patches", {"patches": []})


async def test_a_digit_runs_what_reads_and_the_strip_counts(stack: Simulated) -> None:
    async with opened(stack) as keys:
        total, reads = len(keys.runs.of("mcp")), len(of_class(keys, "mcp", CheckClass.READS))
        await keys.press("5")
        await keys.ended()
        assert keys.classes == {CheckClass.READS}
        assert f"{reads}/{total}w" in keys.text
        assert keys.runs.tallies(["mcp"])["mcp"].passed == reads


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_results_grow_old_on_the_board_though_no_check_runs(
    stack: Simulated, size: tuple[int, int]
) -> None:
    age = re.compile(r", 7h ago|not run +7h$", re.MULTILINE)
    async with opened(stack, size) as keys:
        await keys.press("5")
        await keys.ended()
        assert not age.search(keys.text)
        began = min(result.started for result in keys.runs.results.values())

        def tells_age() -> object:
            for id, result in keys.runs.results.items():
                # What was written is read back meanwhile, as young as it was but for less than a millisecond.
                if result.started >= began - timedelta(hours=1):
                    old = result.started - timedelta(hours=7, minutes=30)
                    keys.runs.results[id] = structs.replace(result, started=old)
            return age.search(keys.text)

        await keys.until(tells_age, "the age of the results")


async def test_no_digit_does_more_than_read(stack: Simulated) -> None:
    async with opened(stack) as keys:
        for digit, category in DIGITS.items():
            await keys.press(digit)
            await keys.ended()
            assert any(id.startswith(f"{category}.") for id in keys.runs.results), digit
        assert keys.classes == {CheckClass.READS}
        await keys.press("T", "a")
        await keys.ended()
        assert keys.classes == {CheckClass.READS}
        assert len(keys.runs.results) == len(
            [c for c in keys.runs.checks.values() if c.check_class == "reads"]
        )


async def test_t_shows_all_categories_and_leaves_without_running(stack: Simulated) -> None:
    async with opened(stack) as keys:
        for leave in ("escape", "q", "t"):
            await keys.press("t")
            assert isinstance(keys.app.screen, OverlayScreen)
            for heading in keys.app.checks.headings:
                assert f"{heading.letter} {heading.title}" in keys.text
            await keys.press(leave)
            assert keys.is_on_board
        assert keys.runs.results == {} and not keys.runs.is_running


async def test_question_mark_and_a_letter_list_what_would_be_sent_and_send_nothing(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("t", "question_mark", "c")
        assert isinstance(keys.app.screen, OverlayScreen)
        assert "nothing has been sent" in keys.text
        writes = of_class(keys, "caching", CheckClass.WRITES)
        assert writes and all(check.id in keys.text for check in writes), keys.text
        assert keys.runs.results == {} and not keys.runs.is_running
        await keys.press("escape")
        assert keys.is_on_board


async def test_only_the_typed_word_is_yes(stack: Simulated) -> None:
    async with opened(stack) as keys:
        for answer in ([], ["escape"], ["y"], [*"yes"], [*"runn"], [*"run"]):
            await keys.press("t", "c")
            assert isinstance(keys.app.screen, QuestionScreen)
            assert isinstance(keys.app.focused, Input)
            writes = of_class(keys, "caching", CheckClass.WRITES)
            assert "caching: " in keys.text and f"{len(writes)} write or load, on " in keys.text
            assert all(check.title[:30] in keys.app.screen.view.text for check in writes)
            await keys.press(*answer, *[] if answer == ["escape"] else ["enter"])
            assert isinstance(keys.app.screen, ChecksScreen)
            await keys.ended()
            assert (CheckClass.WRITES in keys.classes) is (answer == [*"run"]), answer
            assert CheckClass.READS in keys.classes


async def test_elsewhere_the_word_is_the_name_of_the_env(stack: Simulated) -> None:
    app = SutazApp(dataclasses.replace(stack.config, env="prod"), terminal=Terminal())
    async with app.run_test(size=(120, 45)) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        await keys.press("t", "c", *"run", "enter")
        await keys.ended()
        assert keys.classes == {CheckClass.READS}
        await keys.press("t", "c", *"prod", "enter")
        await keys.ended()
        assert CheckClass.WRITES in keys.classes


async def test_outside_test_and_demo_a_check_that_logs_in_is_asked_for_first(stack: Simulated) -> None:
    stack.control("POST", "/counts/reset")
    app = SutazApp(dataclasses.replace(stack.config, env="prod"), terminal=Terminal())

    def logins() -> int:
        sent = stack.control("GET", "/requests")
        return sum(one["path"] == "/api/v1/auth/login" for one in sent)

    async with app.run_test(size=(120, 45)) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        asked = [check for check in keys.runs.of("jwt") if check.wants == ("logins",)]
        assert asked
        await keys.press("t", "j")
        assert isinstance(keys.app.screen, QuestionScreen)
        writes = of_class(keys, "jwt", CheckClass.WRITES)
        assert (
            f"jwt: 0 read-only checks; {len(asked) + len(writes)} write or load" in keys.app.screen.view.text
        )
        assert f"{asked[0].title}: logs in, only reads" in keys.app.screen.view.text
        assert "a login moves the account's last login" in keys.app.screen.view.text
        await keys.press("escape")
        await keys.until(lambda: not isinstance(keys.app.screen, QuestionScreen), "the question is left")
        assert not keys.runs.is_running
        assert any(asked[0].id in line and "not run, logs in: " in line for line in keys.text.splitlines())
        assert logins() == 0
        await keys.press("t", "j", *"prod", "enter")
        await keys.ended()
        assert {keys.runs.results[check.id].outcome for check in asked} == {Outcome.PASS}
        assert logins() > 0


async def test_see_red_mend_f_green(stack: Simulated) -> None:
    break_letta(stack)
    async with opened(stack) as keys:
        await keys.press("t", "a")
        if isinstance(keys.app.screen, QuestionScreen):
            await keys.press("escape")
        await keys.ended()
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        reds = [c.id for c in keys.runs.failed(CheckClass.READS)]
        assert "agents.letta.healthy" in reds
        await keys.until(lambda: screen.check_id in reds, "the first red is selected")
        evidence = screen.view.text
        assert "expected" in evidence and "found" in evidence and "degraded" in evidence
        mend(stack)
        before = {id: r.started for id, r in keys.runs.results.items()}
        await keys.press("f")
        await keys.ended()
        assert keys.runs.failed(CheckClass.READS) == []
        asked = {id for id, r in keys.runs.results.items() if r.started != before[id]}
        assert asked == set(reds), "only what was red is asked again"
        row = next(row for row in screen._rows() if row.key == "agents.letta.healthy")
        assert row.values["outcome"] == "ok" and row.values["was"] == "FAIL"


async def test_what_is_red_with_another_stands_below_it_and_names_it(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        stack.control("PUT", "/faults/postgres", {"fault": "refuse"})
        await keys.until(lambda: "db<PG" in keys.text, "Kong is degraded because of PostgreSQL", 40)
        await keys.press("4")
        await keys.ended()
        await keys.press("T")
        await keys.until(
            lambda: "(red with infrastructure.postgres.itself)" in keys.text, "the group is shown"
        )
        rows = [line for line in keys.text.splitlines()[2:] if line[:1] in ("✗", "!")]
        head = next(at for at, line in enumerate(rows) if "infrastructure.postgres.itself " in line)
        behind = [at for at, line in enumerate(rows) if "red with infrastructure.postgres.itself" in line]
        assert behind == list(range(head + 1, head + 1 + len(behind))) and behind, rows


async def test_f_asks_before_failed_ones_that_write(stack: Simulated) -> None:
    stack.control("PUT", "/traits/redis_keeps_values", {"value": False})
    async with opened(stack) as keys:
        await keys.press("t", "c", *"run", "enter")
        await keys.ended()
        failed = keys.runs.failed(CheckClass.WRITES)
        assert failed
        stack.control("PUT", "/traits/redis_keeps_values", {"value": True})
        await keys.press("f")
        assert isinstance(keys.app.screen, QuestionScreen)
        assert f"failed: {len(failed)} write or load" in keys.text
        await keys.press("enter")
        await keys.until(lambda: not isinstance(keys.app.screen, QuestionScreen), "the question is answered")
        assert not keys.runs.is_running
        assert keys.runs.failed(CheckClass.WRITES) == failed, "No leaves them as they are"
        await keys.press("f", *"run", "enter")
        await keys.ended()
        assert keys.runs.failed(CheckClass.WRITES) == []


async def test_until_green_goes_on_while_evidence_is_read_and_is_stopped_by_its_keys(
    stack: Simulated,
) -> None:
    break_letta(stack)
    async with opened(stack, (80, 24)) as keys:
        await keys.press("1")
        await keys.ended()
        await keys.press("T")
        for stop in ("x", "F", "ctrl+c"):
            await keys.press("F")
            await keys.until(lambda: "try 2, next in 2 s; x stops" in keys.text, "it says when it runs next")
            await keys.press("j", "k", "enter", "ctrl+u", "l", "q")
            assert keys.app.is_repeating, "looking at evidence does not end it"
            task = keys.app.tab._waiting
            assert task is not None
            await keys.press(stop)
            assert "cancelled" in keys.foot, stop
            await keys.until(task.done, f"{stop} ends it")


async def test_after_until_green_the_cursor_stays_on_its_check(stack: Simulated) -> None:
    break_letta(stack)
    async with opened(stack, (80, 24)) as keys:
        await keys.press("1")
        await keys.ended()
        await keys.press("T")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        await keys.until(lambda: screen.check_id == "agents.all.healthy", "the red one is selected")
        mend(stack)
        await keys.press("F")
        await keys.until(lambda: "all green" in keys.foot, "it says that all is green")
        assert not keys.runs.is_running and "FAIL" not in keys.text.splitlines()[0]
        assert screen.check_id == "agents.all.healthy"
        line = next(line for line in keys.text.splitlines() if " >" in line[:3])
        assert "agents.all.healthy" in line and "FAIL" in line, "it is seen, with what it was"


async def test_nothing_is_called_green_while_a_check_that_writes_is_red(stack: Simulated) -> None:
    stack.control("PUT", "/traits/redis_keeps_values", {"value": False})
    async with opened(stack) as keys:
        await keys.press("t", "c", *"run", "enter")
        await keys.ended()
        assert keys.runs.failed(CheckClass.WRITES)
        await keys.press("F")
        await keys.until(
            lambda: "still red: f" in keys.foot or "nothing failed that" in keys.foot, "it says so"
        )
        assert "all green" not in keys.text


async def test_the_selected_one_runs_again(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("5")
        await keys.ended()
        await keys.press("T", "j")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        before = {id: r.started for id, r in keys.runs.results.items()}
        chosen = screen.check_id
        await keys.press("full_stop")
        await keys.ended()
        assert {id for id, r in keys.runs.results.items() if r.started != before[id]} == {chosen}


async def test_checks_are_found_and_filtered_by_a_pattern_and_by_its_inverse(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("1")
        await keys.ended()
        await keys.press("T")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        every = len(screen.list.rows)
        await keys.press("slash", *"/CREWAI/", "enter")
        assert "crewai" not in screen.check_id, "an expression is exact"
        await keys.press("slash", *"/crew.i/")
        assert "crewai" in screen.check_id, "the list moves while typing"
        await keys.press("enter", "ampersand", *"!crewai", "enter")
        left = [row.key for row in screen.list.rows]
        assert left and len(left) < every and not any("crewai" in id for id in left)
        assert f"& !crewai   {len(left)} of {every}" in keys.text.splitlines()[0]


async def test_a_category_that_runs_has_a_bar(stack: Simulated) -> None:
    stack.fault("letta", "hang")
    async with opened(stack) as keys:
        await keys.press("1", "T")
        total = len(of_class(keys, "agents", CheckClass.READS))
        await keys.until(lambda: keys.runs.running(), "checks run")
        await keys.until(lambda: f"/{total} " in keys.text.splitlines()[0], "how many have ended")
        assert "CHECKS agents   [" in keys.text.splitlines()[0]
        await keys.press("x")
        await keys.until(lambda: "[" not in keys.text.splitlines()[0], "the bar goes with the run")


async def test_x_drops_what_runs_though_it_hangs_and_says_so(stack: Simulated) -> None:
    stack.fault("letta", "hang")
    async with opened(stack) as keys:
        await keys.press("1", "T")
        await keys.until(lambda: keys.runs.running(), "checks run")
        await keys.press("x")
        assert "cancelled: " in keys.foot and "checks dropped" in keys.foot
        assert not keys.runs.is_running and keys.runs.running() == frozenset()
        results = dict(keys.runs.results)
        await asyncio.gather(*keys.runs._ending, return_exceptions=True)
        assert keys.runs.results == results, "a dropped run no longer speaks"
        await keys.press("x")
        assert "nothing runs" in keys.foot


async def test_y_copies_the_line_that_repeats_the_question(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("1")
        await keys.ended()
        await keys.press("T", "y")
        assert "curl" in keys.foot
        assert not any(secret in keys.text for secret in stack.demo.environ.values())


async def test_many_times_finds_none_red_on_a_steady_stack(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("0")
        await keys.ended()
        await keys.press("T", "R")
        await keys.until(lambda: "run 10 of 10: none red" in keys.foot, "it counts its runs")


async def test_the_list_is_sorted_filtered_and_found_in(stack: Simulated) -> None:
    break_letta(stack)
    async with opened(stack) as keys:
        await keys.press("1")
        await keys.ended()
        await keys.press("T")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        total = len(screen.list.rows)
        await keys.press("ampersand", *"fail", "enter")
        reds = [row.key for row in screen.list.rows]
        assert 0 < len(reds) < total and f"& fail   {len(reds)} of {total}" in keys.text
        await keys.press("escape")
        assert len(screen.list.rows) == total and keys.app.screen is screen, "Esc shows all first"
        await keys.press("greater_than_sign", "greater_than_sign")
        assert "sorted by check" in keys.foot
        ids = [row.key for row in screen.list.rows]
        assert ids == sorted(ids)
        await keys.press("less_than_sign")
        assert "sorted by outcome" in keys.foot
        assert [row.key for row in screen.list.rows[: len(reds)]] == reds, "the gravest first"
        before = screen.check_id
        await keys.press("slash", *"/^ok +agents.[ab]/")
        assert screen.check_id.startswith(("agents.a", "agents.b")), "while one types"
        await keys.press("escape")
        assert screen.check_id == before
        await keys.press("slash", *"/^ok +agents.[ab]/", "enter")
        assert screen.check_id.startswith(("agents.a", "agents.b"))


async def test_digits_in_a_field_are_text(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("slash", "5", "t", "f")
        assert not keys.runs.is_running
        assert isinstance(field := keys.app.focused, Input) and field.value == "5tf"


async def test_the_next_board_knows_the_last_results_and_f_repeats_what_was_red(stack: Simulated) -> None:
    break_letta(stack)
    async with opened(stack) as keys:
        await keys.press("1")
        await keys.ended()
        red = {check.id for check in keys.runs.failed()}
        count = next(line for line in keys.text.splitlines() if "1 agents" in line)
    assert "agents.letta.healthy" in red
    assert f" ✗{len(red)} " in count, "the strip says how many"
    async with opened(stack) as keys:
        await keys.until(lambda: "last ran " in keys.text, "when the checks ran last")
        assert count in keys.text.splitlines()
        assert {check.id for check in keys.runs.failed()} == red
        mend(stack)
        await keys.press("f")
        await keys.ended()
        assert keys.runs.failed() == []
