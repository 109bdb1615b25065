"""A trouble that a person knows of: why, until when, counted apart, forgotten by itself."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from sutaz_tui.config.schema import QuietHours
from sutaz_tui.model import Status
from sutaz_tui.probes.base import Finding
from tests.board.pictures import START
from tests.board.showing import Board, few, showing
from tests.hand_clock import HandClock


async def mark(board: Board, reason: str, until: str) -> None:
    await board.press("M")
    await board.type(reason)
    await board.type(until)


def kept(folder: Path) -> list[dict[str, str]]:
    [path] = folder.glob("history-*.sqlite3")
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM known")]


async def test_both_reason_and_end_are_asked_for_and_it_is_counted_apart(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        await board.press("M")
        assert "not in trouble" in board.foot
        board.refuse("loki")
        await board.run(30)
        await board.press("G", "k", "M")
        assert "why is the trouble of Loki known?" in board.foot
        await board.type("disk is being replaced")
        assert "until when? 30m, 2h, 3d, 18:30" in board.foot
        await board.type("2h")
        assert "known until 23 Nov 16:00: disk is being replaced" in board.foot
        await board.run(1)
        assert board.cell("loki").split() == ["->Loki", "known"]
        assert "1 known" in board.lines[0] and "✗ 0" in board.lines[0]
        assert board.lines[1].startswith(" known: Loki DOWN")
        assert "known until 16:00:" in board.text and "disk is being replaced" in board.text
        assert [entry["reason"] for entry in kept(folder)] == ["disk is being replaced"]
        await board.press("M")
        await board.run(1)
        assert board.cell("loki").split() == ["✗>Loki", "DOWN"]
        assert kept(folder) == []


async def test_a_mark_behind_a_damaged_history_is_kept_in_a_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        board.refuse("loki")
        await board.run(30)
        await board.press("G", "k")
        await mark(board, "disk is being replaced", "2h")
        await board.written()
    [path] = folder.glob("history-*.sqlite3")
    path.write_bytes(b"no database " * 500)
    async with showing(*few(), folder=folder) as board:
        assert board.stand.engine.store.known == {}
        board.refuse("loki")
        await board.run(30)
        await board.press("G", "k")
        await mark(board, "because", "2h")
        await board.written()
        assert [entry["reason"] for entry in kept(folder)] == ["because"], "in a new one"


async def test_without_a_reason_or_with_no_time_nothing_is_marked(tmp_path: Path) -> None:
    async with showing(*few(), folder=tmp_path / "kept") as board:
        board.refuse("postgres")
        await board.run(30)
        await board.press("M", "enter")
        assert "a reason is needed" in board.foot
        await mark(board, "because", "soon")
        assert "not acknowledged: soon is not a time" in board.foot
        await board.press("M", "x", "escape")
        assert "0 known" not in board.lines[0]
        assert board.stand.engine.store.known == {}


async def test_it_ends_when_the_service_is_up_also_in_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        board.refuse("postgres")
        await board.run(30)
        await mark(board, "restore", "2h")
        await board.written()
        assert len(kept(folder)) == 1
        board.heal("postgres")
        await board.run(20)
        assert kept(folder) == []
        board.refuse("postgres")
        await board.run(30)
        assert board.cell("postgres").split() == ["✗>PostgreSQL", "DOWN"]


async def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        board.refuse("postgres")
        await board.run(30)
        await mark(board, "restore", "2m")
        await board.run(110)
        assert "known" in board.cell("postgres")
        await board.run(30)
        assert "DOWN" in board.cell("postgres")
        assert kept(folder) == []


async def test_the_next_run_still_knows_it(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder, clock=HandClock(START)) as board:
        board.refuse("postgres")
        await board.run(30)
        await mark(board, "restore", "2h")
    later = HandClock(START + timedelta(hours=1))
    async with showing(*few(), folder=folder, clock=later, is_answered=False) as board:
        board.refuse("postgres")
        await board.run(30)
        assert "known" in board.cell("postgres")
    latest = HandClock(START + timedelta(hours=3))
    async with showing(*few(), folder=folder, clock=latest, is_answered=False) as board:
        board.refuse("postgres")
        await board.run(30)
        assert "DOWN" in board.cell("postgres")


async def test_a_damaged_file_marks_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        board.refuse("postgres")
        await board.run(30)
        await mark(board, "restore", "2h")
    [path] = folder.glob("history-*.sqlite3")
    for damaged in (b"", b"[]", b"no database " * 500):
        path.write_bytes(damaged)
        async with showing(*few(), folder=folder) as board:
            assert board.stand.engine.store.known == {}


async def test_an_empty_end_means_until_it_recovers_or_gets_worse(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with showing(*few(), folder=folder) as board:
        board.stand["loki"].finding = Finding("no line of its own", Status.DEGRADED, word="silent")
        await board.run(30)
        await board.press("G", "k")
        await mark(board, "nobody writes at night", "")
        assert "known until it recovers or gets worse: nobody writes at night" in board.foot
        board.stand.clock.freeze(24 * 3600)
        await board.run(60)
        assert board.cell("loki").split() == ["->Loki", "known"]
        assert [(entry["until"], entry["status"]) for entry in kept(folder)] == [(None, "degraded")]
    async with showing(*few(), folder=folder) as board:
        board.stand["loki"].finding = Finding("no line of its own", Status.DEGRADED, word="silent")
        await board.run(30)
        assert "1 known" in board.lines[0], "the next run knows it too"
        board.refuse("loki")
        await board.run(30)
        assert "DOWN" in board.cell("loki")
        await board.written()
        assert kept(folder) == []


async def test_trouble_in_quiet_hours_is_known_and_no_key_unmarks_it() -> None:
    quiet = [QuietHours(begin="13:00", end="14:10", reason="nightly backup")]
    services = [replace(one, quiet=quiet) if one.id == "loki" else one for one in few()]
    async with showing(*services) as board:
        board.refuse("loki")
        await board.run(30)
        await board.press("G", "k")
        assert "1 known" in board.lines[0] and "✗ 0" in board.lines[0]
        assert "known until 14:10:00: nightly backup" in board.text and "M unmarks" not in board.text
        await board.press("M")
        assert "quiet hours of the config, which end by themselves" in board.foot
        assert "1 known" in board.lines[0]
        await board.run(10 * 60)
        assert "✗ 1" in board.lines[0]
