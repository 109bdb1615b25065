"""A program that is killed in the middle of a write leaves a history that is whole, and the next goes on with it."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.spans import spans, watches
from tests.hand_clock import HandClock
from tests.state.history.remembering import ALWAYS, assert_gapless

RUNS = 6
PAUSE = 100.0


def test_whenever_it_is_killed_spans_are_gapless_and_ordered(tmp_path: Path) -> None:
    chance = random.Random(7)
    begin, now = 0.0, HandClock().now()
    for run in range(1, RUNS + 1):
        words = [sys.executable, "-m", "tests.programs.writing", str(tmp_path), str(begin)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            said = program.stdout.readline()
            assert said, "it writes"
            time.sleep(chance.uniform(0, 0.2))
            program.kill()
            lines = [said, *program.stdout]
        # A line that was cut says nothing.
        begin = float([line for line in lines if line.endswith("\n")][-1]) + PAUSE
        (path,) = tmp_path.glob("history-*.sqlite3")
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = HistoryFile(path).read(
            lambda db: (
                spans(db, now - ALWAYS, now + ALWAYS, "service"),
                watches(db, now - ALWAYS, now + ALWAYS),
            )
        )
        assert_gapless(*found)
        assert len(found[1]) == run, "each run is a watch of its own"
        assert {span.status for span in found[0]} == {"up", "down"}
