"""The board back in time: all as it was, and nothing of now is touched meanwhile."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaz_tui.checks.registry import HEADINGS
from sutaz_tui.model import CheckResult, CheckRun, Outcome, Status
from sutaz_tui.probes.base import Finding
from sutaz_tui.text.moments import nanoseconds
from sutaz_tui.tui.screens.service.screen import ServiceScreen
from tests.board.pictures import begun, kept
from tests.board.showing import DEADLINE, Board, few, showing
from tests.checks.scripted import check as scripted_check
from tests.engine.scripted import Stand
from tests.hand_clock import HandClock
from tests.servers.waiting import patient

SEEN: dict[str, str] = {}
"""What stood on the board while it was 14:02."""
FIGURES = Finding("16.4 primary", latency=0.003, facts={"version": "16.4", "connections": 14})


@asynccontextmanager
async def lived(folder: Path, size: tuple[int, int] = (80, 24), env: str = "test") -> AsyncIterator[Board]:
    """PostgreSQL, and Backend behind it, were down from 14:01:00 on for two minutes; it is 14:05 and Redis is down."""
    stand = Stand(*few())
    stand["postgres"].finding = FIGURES
    async with showing(stand=stand, folder=folder, size=size, env=env) as board:
        await begun(board)
        await board.run(60)
        board.refuse("postgres", "backend")
        await board.run(20)
        board.stand["kong"].finding = Finding("its database is unreachable", Status.DEGRADED, 0.006, "db")
        await board.run(40)
        SEEN["cause"], SEEN["kong"] = board.lines[1], board.cell("kong")
        (SEEN["words"],) = (one.words for one in board.stand.engine.snapshot().causes if one.id == "postgres")
        await board.run(60)
        board.heal("postgres", "backend")
        board.stand["kong"].finding = Finding("3 connections")
        await board.run(100)
        board.refuse("redis")
        await board.run(20)
        await kept(board)
        yield board


async def at(board: Board, typed: str) -> None:
    await board.press("colon")
    await board.type(f"at {typed}")
    await board.until("AT Mon")


async def test_the_board_as_it_was_beside_how_it_is(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await at(board, "14:02:00")
        head, cause = board.lines[:2]
        assert head.startswith(" AT Mon 14:02:00 (3m00s ago)  ✗ 2  ! 1  ✓ 4   |  NOW ✗ 1")
        assert head.endswith("Esc now")
        assert cause.split() == SEEN["cause"].split() and "dependent" in cause
        assert board.cell("kong") == SEEN["kong"]
        assert board.app.past is not None and "2 failing" in SEEN["words"]
        assert SEEN["words"] in [one.words for one in board.app.past.causes], (
            "those that fail are of that moment"
        )
        assert board.cell("postgres").startswith("✗") and board.cell("redis").startswith("✓")
        board.heal("redis")
        await board.run(20)
        assert "✗ 2  ! 1  ✓ 4   |  NOW ✓ all well" in board.lines[0], "now goes on beside it"
        assert board.cell("postgres").startswith("✗"), "the past stands still"
        await board.press("escape")
        assert "AT Mon" not in board.text and board.cell("postgres").startswith("✓")
        assert "All healthy." in board.lines[1]


async def test_minutes_and_changes_are_gone_through(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await board.press("right_square_bracket")
        assert "this is now" in board.foot
        await board.press("left_square_bracket")
        await board.until("AT Mon 14:04:00")
        await board.press("left_square_bracket", "right_square_bracket")
        assert "AT Mon 14:04:00" in board.lines[0]
        seen = []
        for _ in range(2):
            await board.press("left_curly_bracket")
            seen.append(board.lines[0][4:16])
        assert [moment[:9] for moment in seen] == ["Mon 14:03", "Mon 14:01"], (
            "two changes of one moment are one step"
        )
        for _ in range(4):
            await board.press("left_curly_bracket")
        assert "no change before this one is remembered" in board.foot
        assert "✗ 1" in board.lines[0], "at the first change it has changed"
        for _ in range(6):
            await board.press("right_curly_bracket")
        assert "no change after this one is remembered" in board.foot
        await board.press("right_square_bracket", "right_square_bracket")
        assert "AT Mon" not in board.text, "a minute on is now"


@pytest.mark.parametrize("env", ["test", "prod"])
async def test_in_the_past_nothing_runs_asks_or_marks(tmp_path: Path, env: str) -> None:
    async with lived(tmp_path, env=env) as board:
        await at(board, "14:02:00")
        asked = [len(probe.asked) for probe in board.stand.probes.values()]
        for key in ("1", "0", "r", "ctrl+r", "f", "t", "M", "p", "minus"):
            await board.press(key)
            assert "this is the past: nothing runs, asks or marks" in board.foot, key
            assert board.is_open
            board.app.board.foot.hush()
            board.app.drop_count()
        assert not board.app.checks.runs.is_running and not board.stand.engine.store.known
        assert asked == [len(probe.asked) for probe in board.stand.probes.values()]
        await board.press("T")
        for key in ("full_stop", "F", "a", "R", "f"):
            await board.press(key)
            assert "this is the past" in board.foot, key
            board.app.here.foot.hush()  # type: ignore[attr-defined]
        assert not board.app.checks.runs.is_running


async def test_a_trouble_that_was_known_then_is_shown_as_known(tmp_path: Path) -> None:
    def ago(board: Board, seconds: float) -> str:
        return f"{(board.stand.clock.now() - timedelta(seconds=seconds)).isoformat()}"

    async with lived(tmp_path) as board:
        await board.run(30)
        board.app.board.map.select("redis")
        await board.press("M")
        await board.type("new disk")
        await board.type("1h")
        await board.run(30)
        board.heal("redis")
        await board.run(60)
        await kept(board)
        marked_for = 90
        await at(board, ago(board, marked_for + 15))
        assert board.cell("redis").split() == ["✗>Redis", "DOWN"], "it was not marked yet"
        await board.press("escape")
        await at(board, ago(board, marked_for - 15))
        assert board.cell("redis").split() == ["->Redis", "known"] and "1 known" in board.lines[0]
        assert board.lines[1].startswith(" known: Redis DOWN")
        await board.press("escape")
        await at(board, ago(board, 10))
        assert board.cell("redis").split()[0] == "✓>Redis" and "known" not in board.lines[0], (
            "it was well again"
        )


async def test_the_last_hour_is_the_one_before_the_moment(tmp_path: Path) -> None:
    async with lived(tmp_path, (160, 45)) as board:
        await at(board, "14:00:50")
        assert "LAST HOUR" not in board.text, "it was quiet"
        await board.press("escape")
        await at(board, "14:04:00")
        assert "LAST HOUR" in board.text
        row = next(line for line in board.lines if "PostgreSQL" in line[:20])
        assert "x" in row.partition("16.4 primary")[0].partition("PostgreSQL")[2]
        await board.press("escape")
        await board.run(60)
        assert "LAST HOUR" in board.text


async def test_what_nobody_watched_is_a_question_mark(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await at(board, "13:00")
        assert "? 7" in board.lines[0].partition("|")[0] and "✗" not in board.lines[0].partition("|")[0]
        assert "Nobody watched at this moment: nothing is known of it." in board.lines[1]
        assert board.cell("postgres").startswith("?")
        state = board.app.board.state("postgres")
        assert state is not None and (state.status, state.summary) == (Status.UNKNOWN, "not watched")
        await board.press("escape", "colon")
        await board.type("at 25:99")
        assert "is not a time" in board.foot
        await board.press("colon")
        await board.type("at 2035-01-01")
        assert "that is still to come" in board.foot


async def test_a_service_and_the_alerts_are_of_the_moment_too(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        board.app.board.map.select("kong")
        await at(board, "14:02:00")
        await board.press("enter")
        assert isinstance(board.app.screen, ServiceScreen)
        await board.until("AT Mon 14:02:00")
        assert board.lines[0].startswith(" AT Mon 14:02:00")
        assert "Kong  degraded since 14:01:" in board.text and "because of PostgreSQL" in board.text
        await board.press("left_square_bracket")
        await board.until("AT Mon 14:01:00")
        assert "Kong  up since" in board.text
        await board.press("q")
        assert board.is_open and "AT Mon 14:01:00" in board.lines[0], (
            "one step out is the board of the moment"
        )
        await board.press("A", "escape")
        assert "AT Mon" not in board.text and not board.is_open, "Esc is now, here too"
        await board.press("q")
        assert board.is_open and "AT Mon" not in board.text


async def test_enter_on_a_line_of_the_history_goes_there(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await board.press("H")
        await board.until("PostgreSQL:")
        await board.press("slash")
        await board.type("PostgreSQL:")
        await board.press("o")
        assert "PostgreSQL up → DOWN" in board.text, "o unfolds an incident"
        await board.press("enter")
        await board.until("AT Mon 14:01:")
        assert board.is_open and board.selected == "postgres"
        await board.press("q")
        assert board.is_open and "AT Mon" not in board.text


async def test_the_log_is_opened_and_a_line_copied_at_that_moment(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        board.app.board.map.select("postgres")
        await at(board, "14:02:00")
        line = board.app.tab._line()
        assert line.startswith("at 2026-11-23 14:02:00 UTC: PostgreSQL DOWN since 2026-11-23 14:01:0")
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None
        subject = panel.session.subject
        assert board.app.past is not None
        assert subject.start is not None and subject.end is not None
        assert (subject.start + subject.end) // 2 == nanoseconds(board.app.past.at)
        assert not board.app.tab._at_moment("a line of the log").startswith("at "), "it has a time of its own"
        await board.press("escape")
        assert board.app.past is not None, "first the log is left"
        await board.press("escape")
        assert board.app.past is None


async def test_a_note_is_of_the_moment_that_is_shown(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        board.app.board.map.select("redis")
        await at(board, "14:02:00")
        await board.press("colon")
        await board.type("note here the migration began")
        await board.written()
        await board.until("noted on Redis")
        await board.press("H")
        await board.until("here the migration began")
        assert "14:02:00" in next(line for line in board.lines if "migration" in line)


async def test_a_note_on_a_line_of_the_history_is_of_its_moment_and_service(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        board.app.board.map.select("redis")
        await board.press("H")
        await board.until("PostgreSQL:")
        await board.press("slash")
        await board.type("PostgreSQL:")
        row = board.app.here.moment
        assert row is not None
        await board.press("colon")
        await board.type("note somebody pulled the plug")
        await board.written()
        await board.until("noted on PostgreSQL")
        await board.press("r")
        await board.until("note on PostgreSQL: somebody pulled the plug")
        line = next(line for line in board.lines if "pulled" in line)
        assert f"{row.at.astimezone():%H:%M:%S}" in line


async def test_a_deploy_of_the_past_is_refused(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await at(board, "14:02:00")
        await board.press("colon")
        await board.type("deploy redis 8")
        assert "a deploy is of now: Esc, then :deploy" in board.foot
        await board.press("escape", "H")
        await board.until("HISTORY")
        assert "redis 8" not in board.text


async def test_the_numbers_are_those_of_the_minute(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await at(board, "14:00:30")
        state = board.app.board.state("postgres")
        assert state is not None and state.latency == 0.003 and state.facts["connections"] == 14
        assert len(state.history) == 0
        await board.press("right_curly_bracket", "right_curly_bracket", "right_curly_bracket")
        state = board.app.board.state("backend")
        assert state is not None and [change.after for change in state.history][-1:] == [state.status]


async def test_a_damaged_file_is_told_and_now_stays(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        assert board.app.memory is not None and board.app.memory.file is not None
        board.app.memory.file.path.unlink()
        for key in ("left_square_bracket", "left_curly_bracket"):
            await board.press(key)
            await board.until("nothing yet")
            assert board.app.past is None
            board.app.board.foot.hush()


async def test_a_frozen_board_gives_way_to_the_past(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await board.press("p")
        await at(board, "14:02:00")
        assert board.cell("postgres").startswith("✗") and "frozen" not in board.text
        await board.press("escape")
        assert board.cell("postgres").startswith("✓")


async def test_what_differs_between_then_and_now(tmp_path: Path) -> None:
    async with lived(tmp_path) as board:
        await board.press("d")
        assert "d compares a moment of the past with now" in board.foot
        await at(board, "14:02:00")
        await board.press("d")
        await board.until("DIFF  Mon 14:02:00 (3m00s ago) to now   4 differ")
        rows = [line for line in board.lines[2:7] if line.strip()]
        assert rows[0].split()[:3] == ["✗", "Redis", "status"] or rows[0].split()[:2] == ["✗>Redis", "status"]
        assert any("PostgreSQL" in row and "DOWN: :1 refused" in row for row in rows)
        await board.press("G", "enter")
        assert isinstance(board.app.screen, ServiceScreen) and board.app.past is None
        await board.press("colon")
        await board.type("diff 1m")
        await board.until("DIFF  Mon 14:04:00 (1m00s ago) to now   1 differs")
        await board.press("q", "colon")
        await board.type("diff 2d")
        await board.until("nobody watched then")
        assert "nothing differs" not in board.text
        await board.press("q", "colon")
        await board.type("diff 25:99")
        assert "is not a time" in board.foot
        await board.press("H")
        await board.until("incident")
        await board.press("d")
        await board.until("DIFF  Mon 14:0")


async def test_checks_stand_as_they_stood(tmp_path: Path) -> None:
    """Results of the past in the list, on the strip and in the diff, and since last green of one that is red."""
    # What is too old by this machine's clock is not kept.
    clock = HandClock(datetime.now(UTC).replace(microsecond=0))
    async with showing(*few(), folder=tmp_path, clock=clock) as board:
        await begun(board)
        async with asyncio.timeout(patient(DEADLINE)):
            while board.app.checks._results is None:
                await board.settle()
        session = board.app.checks
        check = scripted_check("answers")
        session.runs.load([check])
        session.headings = tuple(heading for heading in HEADINGS if heading.id == check.category)
        start = clock.now()
        for after, outcome in ((20, Outcome.PASS), (100, Outcome.FAIL)):
            result = CheckResult(
                check.id, check.category, check.title, check.check_class, check.service, outcome, "", "", "it said",
                start + timedelta(seconds=after), 0.1,
            )  # fmt: skip
            session.runs.results[check.id] = result
            session._keep(CheckRun("run", check.category, start, results=(result,)))
        await board.run(240)
        await board.written()
        await board.press("colon")
        await board.type("at 3m")
        await board.until("3m00s ago")
        assert session.shown.results[check.id].outcome is Outcome.PASS
        assert re.search(r"checks: last ran [\d:]+, \d\ds ago", board.text), "by the moment that is shown"
        await board.press("T", "d")
        await board.until(f"check {check.id}")
        assert "FAIL: it said" in board.text
        await board.press("q", "escape")
        assert session.shown.results[check.id].outcome is Outcome.FAIL
        await board.until(check.id)
        board.app.here.list.select(check.id)  # type: ignore[attr-defined]
        await board.press("d")
        await board.until(f"since {check.id} was green")


async def test_checks_that_turned_red_since_are_counted(tmp_path: Path) -> None:
    clock = HandClock(datetime.now(UTC).replace(microsecond=0))
    async with showing(*few(), folder=tmp_path, clock=clock) as board:
        async with asyncio.timeout(patient(DEADLINE)):
            while board.app.checks._results is None:
                await board.settle()
        session = board.app.checks
        checks = [scripted_check(name) for name in ("falls", "was-red", "heals")]
        session.runs.load(checks)
        left, fail, good = clock.now(), Outcome.FAIL, Outcome.PASS
        ended = zip((good, fail, fail), (fail, fail, good), checks, strict=True)
        for before, after, check in ended:
            for at, outcome in ((left - timedelta(minutes=5), before), (left + timedelta(minutes=5), after)):
                result = CheckResult(
                    check.id, check.category, check.title, check.check_class, check.service, outcome, "", "", "",
                    at, 0.1,
                )  # fmt: skip
                session.runs.results[check.id] = result
                session._keep(CheckRun("run", check.category, at, results=(result,)))
        await board.written()
        assert await session.turned_red(left) == 1
        memory = board.app.memory
        assert memory is not None
        await clock.advance(3600)
        words = memory.since(left, clock.now(), lambda _: (), 1)
        assert words == f"since you left {left.astimezone():%H:%M}: 1 check turned red" or "incident" in words
