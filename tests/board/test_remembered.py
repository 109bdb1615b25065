"""What is remembered, on the screen: what changed, and how long each service was up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.tui.screens.remembered.screen import HistoryScreen, UptimeScreen
from tests.board.showing import Board, few, showing
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
        await board.press("enter")
        assert "PostgreSQL up → DOWN" in board.text and "Backend up → DOWN" in board.text
        line = board.app.here.copied_line.splitlines()
        assert [part.partition(":")[0] for part in line] == [
            "PostgreSQL DOWN", "when", "how long", "cause", "also changed", "ended by",
        ]  # fmt: skip
        assert line[4] == "also changed: Backend"
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
        await board.press("minus")
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
        await board.press(key)
        await board.until("is damaged, move it away")
        await board.press("q")
        assert board.is_open


async def test_a_reopened_board_knows_what_had_changed(tmp_path: Path) -> None:
    """A database that died and came back read: last changes: none seen."""
    async with troubled(tmp_path) as board:
        clock = board.stand.clock
    async with showing(*few(), folder=tmp_path, clock=clock) as board:
        await board.run(5)
        assert "No cause.  Last change: " in board.lines[1]
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
        await board.until("since you left 14:00: 1 incident; H shows them")
