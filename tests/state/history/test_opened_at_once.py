"""Programs that open a history which is not there yet, all at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sutaz_tui.state.history.file import HistoryFile


def test_boards_that_begin_one_history_at_once_all_keep_what_they_write(tmp_path: Path) -> None:
    together = 8
    for number in range(10):
        path = tmp_path / f"{number}.sqlite3"
        ready = Barrier(together)

        def begin(path: Path = path, ready: Barrier = ready) -> None:
            ready.wait()
            history = HistoryFile(path)
            history.write([("INSERT INTO changes VALUES (1, NULL, 'note', 'kept')", ())])
            history.close()

        with ThreadPoolExecutor(together) as threads:
            for begun in [threads.submit(begin) for _ in range(together)]:
                begun.result()
        whole = HistoryFile(path)
        assert whole.read(lambda db: db.execute("SELECT count(*) FROM changes").fetchone()) == (together,)
        whole.close()
