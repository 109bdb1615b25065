"""An older file becomes a newer one: once, whoever comes first, and with what it holds."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from sutaz_tui.model import Status
from sutaz_tui.state.history.file import HistoryFile, name_of
from sutaz_tui.state.history.moments import ms, when
from sutaz_tui.state.history.schema import STEPS, migrate
from sutaz_tui.state.known_file import KnownFile
from sutaz_tui.state.results import Results
from sutaz_tui.state.results_from import NewFromPlaces
from tests.checks.scripted import result, run_of, stack


def test_two_programs_that_begin_a_file_at_once_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"

    class Overtaken(sqlite3.Connection):
        """Another program makes the whole file between our look at it and our first step."""

        others = 0

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql.startswith("BEGIN") and not self.others:
                self.others += 1
                with closing(sqlite3.connect(path)) as other:
                    migrate(other)
            return super().execute(sql, *values)

    with closing(sqlite3.connect(path, factory=Overtaken)) as database:
        migrate(database)
        assert database.others == 1
        assert database.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert not database.in_transaction


def test_marks_of_an_older_file_are_known_to_have_held_since_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        for number, step in enumerate(STEPS[:2], 1):
            database.executescript(f"BEGIN; {step}; PRAGMA user_version = {number}; COMMIT;")
        with database:
            database.execute("INSERT INTO known VALUES ('redis', 'new disk', NULL, 'ann', 5000, 'down')")
    known = KnownFile(HistoryFile(path), lambda text: text)
    assert known.at(when(6000)) == {}, "an older file tells nothing of then"
    with closing(sqlite3.connect(path)) as database:
        migrate(database)
    assert known.load(when(6000))["redis"].status is Status.DOWN
    assert known.at(when(4000)) == {}
    assert known.at(when(6000))["redis"].reason == "new disk"


def test_an_older_file_tells_its_results_before_and_after_it_takes_those_of_other_places(
    tmp_path: Path,
) -> None:
    results = Results(stack(), tmp_path)
    at = datetime.now(UTC)
    with closing(sqlite3.connect(tmp_path / name_of(None))) as database:
        for number, step in enumerate(STEPS[:6], 1):
            database.executescript(f"BEGIN; {step}; PRAGMA user_version = {number}; COMMIT;")
        with database:
            database.execute("INSERT INTO results VALUES ('a.x', ?, 'fail', 0.1, 'refused', '[]')", (ms(at),))
    places = NewFromPlaces(HistoryFile(tmp_path / name_of(None)))
    assert results.failed() == {"a.x"} and results.seen_from(at) == {} and places.take(at) is None
    run = run_of(result("a.x@berlin", started=at, seen_from="berlin"))
    results.keep(replace(run, started=at, finished=at))
    assert results.failed() == {"a.x"}
    found = places.take(at)
    assert found == results.seen_from(at) and [one.place for one in results.seen_from(at)["a.x"]] == [
        "berlin"
    ]
    assert places.take(at) is None, "nothing new"
    assert places.take(at + timedelta(days=2)) == {}, "too old by then"
