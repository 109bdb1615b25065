"""Programs that open a history which is not there yet, all at the same moment."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.writer import Writer


def test_boards_that_begin_one_history_at_once_all_keep_what_they_write(tmp_path: Path) -> None:
    together = 8
    for number in range(10):
        path = tmp_path / f"{number}.sqlite3"
        ready = Barrier(together)

        def begin(path: Path = path, ready: Barrier = ready) -> None:
            ready.wait()
            history, writer, told = HistoryFile(path), Writer(lambda _: None), []
            note = [("INSERT INTO changes VALUES (1, NULL, 'note', 'kept')", ())]
            # What is locked for longer than a write waits is tried again, as a board does.
            writer.submit(path, "note", lambda: history.write(note), told.append, Unusable)
            while not told:
                writer.flush(1)
            history.close()

        with ThreadPoolExecutor(together) as threads:
            for begun in [threads.submit(begin) for _ in range(together)]:
                begun.result()
        whole = HistoryFile(path)
        assert whole.read(lambda db: db.execute("SELECT count(*) FROM changes").fetchone()) == (together,)
        whole.close()


def test_nothing_is_lost_where_others_read_a_history_that_two_parts_of_a_board_write(tmp_path: Path) -> None:
    """POSIX locks: whoever opens and closes a locked file in the same process has dropped its locks."""
    path = tmp_path / "history.sqlite3"
    note = ("INSERT INTO changes VALUES (1, NULL, 'note', 'kept')", ())
    count = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM changes').fetchone()[0])"

    def seen_by_others() -> int:
        return int(
            subprocess.run([sys.executable, "-c", count, path], check=True, capture_output=True).stdout
        )

    spans, results = HistoryFile(path), HistoryFile(path)
    spans.write([note])
    results.write([note])
    assert seen_by_others() == 2
    spans.write([note])
    results.write([note])
    assert seen_by_others() == 4
    spans.close()
    results.close()
