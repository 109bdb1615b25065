"""A history stays small, forgets what it is told to, and never stands in the way of who watches."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaz_tui.state.history.figures import KEEP
from sutaz_tui.state.history.file import HistoryFile, name_of
from sutaz_tui.state.history.schema import STEPS
from sutaz_tui.state.history.thinning import Bounds, forget, thin
from tests.hand_clock import HandClock
from tests.servers.waiting import patient
from tests.state.history.remembering import watching

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NAME = "INSERT OR IGNORE INTO subjects (kind, id) VALUES ('service', 'redis')"


def minute(before: timedelta) -> int:
    return int((NOW - before).timestamp()) // 60


def filled(folder: Path, *ages: timedelta) -> HistoryFile:
    """A history with the figures of a minute of each age."""
    file = HistoryFile(folder / "history.sqlite3")
    rows = [(KEEP, ("redis", minute(age), 6, 1, 0.010, 0.050, '{"memory":100}')) for age in ages]
    file.write([(NAME, ()), *rows])
    return file


def rows(file: HistoryFile) -> list[tuple[int, int, int, float, float, str]]:
    return file.read(
        lambda database: database.execute(
            "SELECT step, asks, failures, median, worst, facts FROM minutes ORDER BY minute"
        ).fetchall()
    )


def test_minutes_become_ten_and_then_hours(tmp_path: Path) -> None:
    fresh, day, week = timedelta(hours=1), timedelta(days=3), timedelta(days=20)
    ages = [age + timedelta(minutes=number) for age in (fresh, day, week) for number in range(60)]
    file = filled(tmp_path, *ages)
    file.change(lambda database: thin(database, Bounds(30, 10**9), NOW))
    found = rows(file)
    assert sum(row[1] for row in found) == 3 * 60 * 6, "no ask is lost"
    steps = [row[0] for row in found]
    assert steps.count(1) == 60 and 6 <= steps.count(10) <= 7 and 1 <= steps.count(60) <= 2
    assert {row[3:] for row in found} == {
        (0.010, 0.050, '{"memory":100}'),
        (0.010, 0.050, '{"memory":100.0}'),
    }
    file.close()


def test_what_is_too_old_or_too_much_goes(tmp_path: Path) -> None:
    file = filled(tmp_path, *(timedelta(hours=hours) for hours in range(1, 24 * 40)))
    file.change(lambda database: thin(database, Bounds(10, 10**9), NOW))
    hours = sum(row[1] for row in rows(file)) // 6
    file.close()
    assert hours == 24 * 10
    size = file.path.stat().st_size
    file.change(lambda database: thin(database, Bounds(10, size - 8192), NOW))
    assert 0 < sum(row[1] for row in rows(file)) // 6 < hours
    file.close()


def test_what_is_forgotten_takes_the_results_of_checks_with_it(tmp_path: Path) -> None:
    file = filled(tmp_path, timedelta(hours=1))
    result = "INSERT INTO results VALUES ('own.closed', ?, 'fail', 0.1, 'refused', '[]')"
    file.write([(result, (minute(timedelta(hours=hours)) * 60_000,)) for hours in (1, 3)])
    elsewhere = "INSERT INTO results_from SELECT *, 'berlin' FROM results"
    file.write([(elsewhere, ())])
    left = "SELECT (SELECT count(*) FROM results), (SELECT count(*) FROM results_from)"
    for before, service, count in ((NOW, "redis", 2), (NOW - timedelta(hours=2), None, 1), (NOW, None, 0)):
        file.change(lambda database: forget(database, before, service))  # noqa: B023
        assert file.read(lambda database: database.execute(left).fetchone()) == (count, count)
    file.close()


async def test_a_newer_file_is_told_once_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / name_of(None)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    async with watching(tmp_path, HandClock()) as board:
        assert "a newer sutaz-tui wrote it" in board.recall_fault
        await board.stand.run(60)
        board.recorder.look()
        board.writer.flush(2)
        assert [words for words in board.told if "newer" in words] == board.told[:1]
        assert board.stand.state("redis").asked is not None, "the board goes on"
        board.kill()


async def test_a_history_that_another_program_holds_is_written_later(tmp_path: Path) -> None:
    async with watching(tmp_path, HandClock()) as board:
        await board.run(10)
        assert board.memory.path is not None
        with closing(sqlite3.connect(board.memory.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for _ in range(30):
                await board.stand.run(1)
                board.recorder.look()
            board.writer.flush(0.5)
            other.execute("ROLLBACK")
        await board.run(10)
        board.stop()
        (watch,) = board.watches()
        assert (watch.ended - watch.began).total_seconds() == pytest.approx(50.5, abs=1.5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read as somebody else")
def test_a_group_reads_what_a_recorder_writes(tmp_path: Path) -> None:
    """As an operator reads /var/lib/sutaz-tui: a uid of its own, in the group, and nobody else."""
    group, user = 54_321, 54_322
    file = HistoryFile(tmp_path / "kept" / "history.sqlite3", group)
    file.write([(NAME, ())])
    assert {oct(one.stat().st_mode & 0o777) for one in file.path.parent.iterdir()} == {"0o640"}
    assert oct(file.path.parent.stat().st_mode & 0o777) == "0o750"
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from sutaz_tui.state.history.file import HistoryFile\n"
        f"os.setgroups([int(sys.argv[2])]); os.setgid({user}); os.setuid({user})\n"
        "ask = lambda database: database.execute('SELECT id FROM subjects').fetchall()\n"
        "print(HistoryFile(Path(sys.argv[1])).read(ask))\n"
    )

    def read(as_group: int) -> str:
        words = [sys.executable, "-c", program, str(file.path), str(as_group)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=patient(120))
        return done.stdout + done.stderr

    folder = tmp_path
    while folder != folder.parent:
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent
    assert "redis" in read(group), "while it writes"
    assert "redis" not in read(user)
    file.close()
    assert "redis" in read(group), "when nobody writes"
