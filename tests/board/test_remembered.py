"""What is remembered, on the screen: what changed, and how long each service was up."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.errors import Refused
from sutaz_tui.output.status import as_text
from sutaz_tui.text.moments import nanoseconds
from sutaz_tui.tui.screens.log.screen import LogScreen
from sutaz_tui.tui.screens.remembered.screen import HistoryScreen, UptimeScreen
from tests.board.pictures import begun, kept
from tests.board.showing import Board, few, showing
from tests.engine.scripted import Stand
from tests.state.history.remembering import watching


@asynccontextmanager
async def troubled(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Board]:
    """A board that saw PostgreSQL and what needs it fail and come back, and Loki fail alone."""
    async with showing(*few(), folder=folder, size=size) as board:
        await board.run(30)
        board.refuse("postgres", "backend")
        await board.run(60)
        board.heal("postgres", "backend")
        await board.run(60)
        await board.written()
        yield board


async def test_what_changed_stands_in_one_line_each_and_an_incident_in_one(tmp_path: Path) -> None:
    async with troubled(tmp_path) as board:
        await board.press("H")
        await board.until("PostgreSQL:")
        assert isinstance(board.app.screen, HistoryScreen)
        assert board.lines[0].startswith(" HISTORY   last 24h   4 changes, 1 incident")
        assert board.lines[1].split() == ["WHEN", "HOW", "LONG", "WHAT"]
        (incident,) = [line for line in board.lines if "✗" in line]
        assert "14:00-14:01" in incident and "PostgreSQL: :1 refused" in incident
        assert "PostgreSQL up → DOWN" not in board.text, "it is folded"
        await board.press("g", "slash")
        await board.type("PostgreSQL")
        await board.press("o")
        assert "PostgreSQL up → DOWN" in board.text and "Backend up → DOWN" in board.text
        line = board.app.here.copied_line.splitlines()
        assert [part.partition(":")[0] for part in line] == [
            "PostgreSQL DOWN", "when", "how long", "cause", "dependents", "ended by",
        ]  # fmt: skip
        assert line[4] == "dependents: Backend"
        await board.press("q")
        assert board.is_open


async def test_times_in_which_nobody_watched_are_told(tmp_path: Path) -> None:
    async with troubled(tmp_path) as board:
        clock = board.stand.clock
    await clock.advance(3600)
    async with showing(*few(), folder=tmp_path, clock=clock) as board:
        await board.run(20)
        await board.written()
        await board.press("H")
        await board.until("not watched")
        assert any("14:02-15:02" in line and "not watched" in line for line in board.lines)


async def test_uptime_counts_what_was_watched(tmp_path: Path) -> None:
    async with troubled(tmp_path) as board:
        await board.press("U")
        await board.until("PostgreSQL")
        assert isinstance(board.app.screen, UptimeScreen)
        assert board.lines[0].startswith(" UPTIME   last 30d   a day a sign")
        rows = {line[2:].split()[0]: line for line in board.lines[2:9]}
        assert "100 %" in rows["Redis"] and "." * 29 + "▇" in rows["Redis"]
        assert "100 %" not in rows["PostgreSQL"] and "." * 29 + "✗" in rows["PostgreSQL"]
        assert re.search(r"PostgreSQL: down (\d+m)?\d+s at 14:00:\d\d: :1 refused", board.text), (
            "the first row's"
        )
        await board.press("j")
        assert "Redis: never down while watched" in board.text
        await board.press("k", "minus")
        await board.until("last 7d")
        await board.until("PostgreSQL")
        assert "30d" not in board.lines[1]
        await board.press("enter")
        await board.until("HISTORY")


@pytest.mark.parametrize("key", ["H", "U"])
async def test_a_file_that_is_damaged_is_told_and_the_board_goes_on(tmp_path: Path, key: str) -> None:
    async with troubled(tmp_path) as board:
        assert board.app.memory is not None and board.app.memory.path is not None
        path = board.app.memory.path
    path.write_bytes(b"this is no database " * 500)
    async with showing(*few(), folder=tmp_path) as board:
        await board.until("damaged history kept as ")
        await board.press(key)
        await board.until("HISTORY" if key == "H" else "UPTIME")
        await board.press("q")
        assert board.is_open


async def test_a_reopened_board_knows_what_had_changed(tmp_path: Path) -> None:
    """A database that died and came back read: last changes: none seen."""
    async with troubled(tmp_path) as board:
        clock = board.stand.clock
    async with showing(*few(), folder=tmp_path, clock=clock) as board:
        await board.run(5)
        assert "All healthy.  Last change: " in board.lines[1]
        assert "down -> up" in board.text, "what changed stands below the service"
        assert "none seen" not in board.text


async def test_who_comes_back_is_told_what_a_recorder_saw_meanwhile(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        clock = board.stand.clock
        await board.run(20)
    async with watching(tmp_path, clock, "postgres") as recorder:
        await recorder.run(30)
        recorder.refuse("postgres")
        await recorder.run(60)
        recorder.heal("postgres")
        await recorder.run(30)
        recorder.stop()
    async with showing(*few(), folder=tmp_path, clock=clock) as board:
        await board.until("since you left 14:00: 1 incident   H")
        await board.run(15)
        assert board.lines[1] == " since you left 14:00: 1 incident   H", "it stays in the head"
        await board.press("H")
        await board.until("HISTORY")
        await board.press("q")
        await board.run(1)
        assert board.lines[1].startswith(" All healthy.  Last change: ")


async def test_a_note_stands_at_its_moment_and_on_the_selected_service(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        await board.run(20)
        board.app.board.map.select("postgres")
        await board.press("colon")
        await board.type("note raised work_mem, see https://ops:hunter2@wiki/1 " + "long" * 100)
        await board.written()
        await board.until("noted on PostgreSQL; H shows it")
        await board.press("H")
        await board.until("note on PostgreSQL: raised work_mem, see")
        assert board.lines[0].startswith(" HISTORY   last 24h   0 changes, 0 incidents")
        assert "14:00:20" in next(line for line in board.lines if "note on" in line)
        assert "hunter2" not in board.app.here.copied_line
        assert board.app.memory is not None and board.app.memory.file is not None
        ((words,),) = board.app.memory.file.read(
            lambda database: database.execute("SELECT words FROM changes WHERE kind = 'note'").fetchall()
        )
        assert len(words) == 200 and "hunter2" not in words


async def test_what_was_noted_comes_back_with_the_next_trouble_of_this_board(tmp_path: Path) -> None:
    """It was told only by a board that was opened after the note."""
    async with showing(*few(), folder=tmp_path, size=(160, 45)) as board:
        await board.run(20)
        board.refuse("redis")
        await board.run(30)
        board.heal("redis")
        await board.run(30)
        board.app.board.map.select("redis")
        await board.press("colon")
        await board.type("note raised maxmemory for https://ops:hunter2@wiki/1")
        board.refuse("redis")
        await board.run(30)
        assert "2nd time; last " in board.lines[1] and "note: raised maxmemory" in board.lines[1]
        assert "hunter2" not in board.text


async def test_a_note_needs_a_text_and_a_history(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        await board.press("colon")
        await board.type("note")
        assert "note takes a text" in board.foot
        board.app.tab.memory = None
        await board.press("colon")
        await board.type("note for nobody")
        assert "no history here" in board.foot


async def test_a_note_is_kept_while_another_program_records(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        clock = board.stand.clock
        await board.run(20)
        assert board.app.recorder is not None
        board.app.recorder.let_go()
        async with watching(tmp_path, clock, "postgres") as recorder:
            await recorder.run(10)
            await board.press("colon")
            await board.type("note failover drill")
            await board.written()
            await recorder.run(10)
            recorder.stop()
        await board.press("H")
        await board.until("failover drill")


async def test_l_opens_the_log_of_the_service_at_the_moment_of_the_row(tmp_path: Path) -> None:
    async with troubled(tmp_path) as board:
        await board.press("H")
        await board.until("PostgreSQL:")
        await board.press("slash")
        await board.type("PostgreSQL:")
        incident = board.app.here.moment
        assert incident is not None and incident.service_id == "postgres"
        await board.press("l")
        assert isinstance(board.app.screen, LogScreen)
        assert "PostgreSQL: :1 refused" in board.lines[0]
        panel = board.app.log_panel
        assert panel is not None
        subject = panel.session.subject
        assert subject.services == ("postgres",) and subject.start is not None and subject.end is not None
        assert (subject.start + subject.end) // 2 == nanoseconds(incident.at)
        await board.press("q", "G", "l")
        assert isinstance(board.app.screen, HistoryScreen)
        assert "this row is of no service: it has no log" in board.foot, "nobody watched then"


async def test_a_cause_tells_how_often_it_was_one_and_how_long_the_last_took(tmp_path: Path) -> None:
    async with troubled(tmp_path) as board:
        clock = board.stand.clock
        board.refuse("postgres")
        await board.run(20)
        assert re.search(
            r"2nd time; last 14:00 (\d+m)?\d+s", as_text(board.stand.engine.snapshot(), {}, "test")
        )
    await clock.advance(24 * 3600)
    async with showing(*few(), folder=tmp_path, clock=clock, size=(160, 45)) as board:
        await board.run(20)
        assert "time; last" not in board.text, "PostgreSQL is well"
        board.refuse("postgres")
        await board.run(20)
        head, side = (line for line in board.lines if "3rd time; last 23 Nov" in line)
        above = board.lines[board.lines.index(side) - 1]
        assert "PostgreSQL DOWN" in head and re.search(r"✗ PostgreSQL +\d+s  ", above)
        assert "3rd time; last 23 Nov" in as_text(board.stand.engine.snapshot(), {}, "test")
        await kept(board)
        await board.press("H")
        await board.until("3rd time")
        assert "last 24h" in board.lines[0], "the others were before that"
        await board.press("q")
        clock = board.stand.clock
    still = Stand(*few(), clock=clock)
    still["postgres"].error = Refused("PostgreSQL", ":1 refused")
    async with showing(stand=still, folder=tmp_path, size=(160, 45)) as board:
        await board.run(20)
        assert "3rd time; last 23 Nov" in board.text, "what goes on is no further time"


async def test_a_deploy_is_noted_and_looked_back_at(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path) as board:
        await begun(board)
        board.app.board.map.select("redis")
        await board.run(120)
        await board.press("colon")
        await board.type("deploy")
        assert "what was deployed?" in board.foot
        await board.press("colon")
        await board.type("deploy redis 8")
        await board.written()
        await board.until("deploy noted on Redis; 10 minutes later H tells what followed")
        await board.run(300)
        board.refuse("redis")
        await board.run(500)
        await kept(board)
        await board.press("H")
        await board.until("deploy redis 8 on Redis")
        assert any(
            "14:12:00" in line and "10m after deploy redis 8: failures 0 → " in line for line in board.lines
        )
        assert board.lines[0].startswith(" HISTORY   last 24h   1 change, 1 incident"), (
            "what was said is no change"
        )
