"""A state folder that 0.1.0 wrote, recorded with its own code: what it kept is found again, and no address stays."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from sutaz_tui.config import Config, load
from sutaz_tui.model import Known, Outcome, Status
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known_file import MarkChange
from sutaz_tui.state.results import Results
from tests.web import RECORDED

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ORDERED = Known("db", "disk is ordered", datetime(2036, 1, 1, tzinfo=UTC), "ann")
MOVES = Known("cache", "moves on Monday", AT.replace(hour=10), "ben")
UNKEYED = "285f93d61114"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(RECORDED / "state-0.1.0", tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture
def config(folder: Path) -> Config:
    return load(None, folder / "stack.yaml", {"DB_PASSWORD": "hunter2-hunter2"})


def test_marks_are_those_that_0_1_kept(folder: Path, config: Config) -> None:
    state = StateFolder(config, folder)
    assert state.notes == ()
    assert state.known.load(AT) == {"db": ORDERED, "cache": MOVES}
    assert not list(folder.glob("known-*"))


def test_the_last_picture_is_that_of_0_1(folder: Path, config: Config) -> None:
    picture = StateFolder(config, folder).load_picture()
    assert picture is not None
    states, at = picture
    assert at == AT
    assert [(state.service.id, state.status, state.summary) for state in states] == [
        ("shop", Status.UP, "200 in 3 ms"),
        ("db", Status.DOWN, ":39998 refused"),
        ("cache", Status.DEGRADED, "slow"),
    ]


def test_results_that_0_1_kept_are_found_and_hold_no_address(folder: Path, config: Config) -> None:
    file = folder / "results.sqlite3"
    assert b"127.0.0.1:39998" in file.read_bytes()
    results = Results(config, folder)
    assert results.failed() == {"databases.postgres.up"}
    past = results.past(["databases.postgres.up"])["databases.postgres.up"]
    assert past.outcomes == (Outcome.PASS, Outcome.FAIL, Outcome.FAIL)
    assert past.failing_since == AT.replace(hour=8, minute=40)
    assert not file.exists()
    assert all(b"127.0.0.1:39998" not in kept.read_bytes() for kept in folder.glob("*.sqlite3*"))


def test_what_0_1_marked_after_this_version_ran_is_added(folder: Path, config: Config) -> None:
    recorded = (folder / f"known-{UNKEYED}.json").read_text()
    ours = Known("db", "ours is newer", ORDERED.until, "eve")
    StateFolder(config, folder).known.merge([MarkChange("db", ORDERED, ours)], AT)
    StateFolder(config, folder).known.merge([MarkChange("cache", MOVES, None)], AT)
    (folder / f"known-{UNKEYED}.json").write_text(recorded.replace("2026-11-28T10", "2036-01-01T00"))
    again = replace(MOVES, until=ORDERED.until)
    assert StateFolder(config, folder).known.load(AT) == {"db": ours, "cache": again}
    assert not list(folder.glob(f"*{UNKEYED}*"))


@pytest.mark.parametrize(
    ("damaged", "left"),
    [
        ("", 0),
        ("null", 0),
        ('{"known": {}}', 0),
        (
            '{"known": [7, {"service": "db", "reason": "r", "until": "2036-01-01T00:00:00+00:00", "by": "ann"}]}',
            1,
        ),
    ],
)
def test_marks_that_cannot_be_read_are_kept_aside_before_anything_is_written(
    folder: Path, config: Config, damaged: str, left: int
) -> None:
    (folder / f"known-{UNKEYED}.json").write_text(damaged)
    state = StateFolder(config, folder)
    [note] = state.notes
    [aside] = folder.glob("known-*.damaged-1")
    assert aside.read_text() == damaged
    assert aside.name in note and f"{left} of them" in note
    assert len(state.known.load(AT)) == left
    assert state.notes == (), "told once"
