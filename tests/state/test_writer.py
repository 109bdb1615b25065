"""The thread that writes: in order, without making anybody wait, again and again until the disk takes it."""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.private_files import locked, write_private
from sutaz_tui.state import writer as writer_module
from sutaz_tui.state.writer import MOST, Writer, trouble

LONG = 60.0


class Desk:
    """A writer, and what it said and handed back."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.done: list[object] = []
        self._came = threading.Condition()
        self.writer = Writer(partial(self._take, self.told))

    def submit(self, path: Path, write: Callable[[], object], what: str = "it") -> None:
        self.writer.submit(path, what, write, partial(self._take, self.done), (OSError, sqlite3.Error))

    def wait_for(self, what: list[Any]) -> None:
        """Until the writer has said or done something."""
        with self._came:
            assert self._came.wait_for(lambda: bool(what), LONG)

    def _take(self, where: list[Any], what: object) -> None:
        with self._came:
            where.append(what)
            self._came.notify_all()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "PAUSES", (0.01,))


def guarded(path: Path, text: str) -> Callable[[], str]:
    """Writes a file under its lock, as every writer of ours does."""

    def write() -> str:
        with locked(path.parent, path.name, 0):
            write_private(path.parent, path.name, text)
        return text

    return write


def test_one_files_writes_keep_their_order(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a"
    for number in range(100):
        desk.submit(path, guarded(path, str(number)))
        if number % MOST == 0:
            desk.writer.flush(LONG)
    assert desk.writer.flush(LONG) == []
    assert path.read_text() == "99"
    assert desk.done == [str(number) for number in range(100)]
    assert desk.told == []


def test_what_another_program_locks_is_written_later_and_keeps_nothing_else_waiting(
    desk: Desk, tmp_path: Path
) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    with locked(tmp_path, "a", 0):
        desk.submit(path, guarded(path, "first"), "marks")
        desk.submit(path, guarded(path, "second"), "more marks")
        desk.wait_for(desk.told)
        desk.submit(other, guarded(other, "at once"))
        desk.wait_for(desk.done)
        assert desk.done == ["at once"]
        assert not path.exists()
    assert desk.writer.flush(LONG) == []
    assert path.read_text() == "second"
    assert desk.done == ["at once", "first", "second"]
    assert desk.told == [
        "not kept: marks: a is locked by another program; trying again",
        "kept after all: marks",
    ]


def test_with_nothing_to_write_no_thread_holds_what_its_owner_has_and_a_later_write_is_kept_as_well(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "LINGERS", 0.01)
    path = tmp_path / "a"
    for text in ("first", "second"):
        desk.submit(path, threading.current_thread)
        desk.wait_for(desk.done)
        thread = desk.done.pop()
        assert isinstance(thread, threading.Thread)
        thread.join(LONG)
        assert not thread.is_alive()
        desk.submit(path, guarded(path, text))
        assert desk.writer.flush(LONG) == []
        assert path.read_text() == text
        desk.done.clear()
    assert desk.told == []


def test_submitting_does_not_wait_for_a_write_that_hangs(desk: Desk, tmp_path: Path) -> None:
    hangs = threading.Event()
    desk.submit(tmp_path / "a", hangs.wait, "a picture")
    assert desk.writer.flush(0.05) == ["not kept: a picture: a was not written within 0.05 s"]
    hangs.set()
    assert desk.writer.flush(LONG) == []
    assert desk.told == []


def test_at_the_end_what_is_not_written_is_said_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    with locked(tmp_path, "a", 0):
        desk.submit(tmp_path / "a", guarded(tmp_path / "a", "x"), "results of 3 checks")
        desk.wait_for(desk.told)
        assert desk.writer.flush(0.05) == ["not kept: results of 3 checks: a is locked by another program"]


def test_a_folder_that_is_made_writable_again_gets_what_waited(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    path = tmp_path / "state" / "a"
    desk.submit(path, guarded(path, "kept"), "marks")
    desk.wait_for(desk.told)
    assert desk.told == ["not kept: marks: a cannot be used: not a directory; trying again"]
    # Nobody waits at the end for what is no lock.
    assert desk.writer.flush(LONG) == ["not kept: marks: a cannot be used: not a directory"]
    (tmp_path / "state").unlink()
    desk.wait_for(desk.done)
    assert desk.writer.flush(LONG) == []
    assert path.read_text() == "kept"
    assert desk.told[1:] == ["kept after all: marks"]


def test_what_waits_is_bounded_and_what_is_given_up_is_said(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a"
    with locked(tmp_path, "a", 0):
        desk.submit(path, guarded(path, "0"), "run 0")
        desk.wait_for(desk.told)
        for number in range(1, MOST + 2):
            desk.submit(path, guarded(path, str(number)), f"run {number}")
    assert desk.writer.flush(LONG) == []
    assert desk.told[1:3] == [
        "not kept: run 1: a is locked by another program",
        "not kept: run 2: a is locked by another program",
    ]
    assert desk.done == ["0", *(str(number) for number in range(3, MOST + 2))]


def test_a_fault_of_ours_in_one_write_is_said_and_the_next_is_done(desk: Desk, tmp_path: Path) -> None:
    def broken() -> None:
        raise KeyError("x")

    desk.submit(tmp_path / "a", broken, "marks")
    desk.submit(tmp_path / "a", guarded(tmp_path / "a", "x"))
    assert desk.writer.flush(LONG) == []
    assert desk.told == ["not kept: marks: internal error of sutaz-tui; please report it"]
    assert desk.done == ["x"]


def test_each_trouble_of_sqlite_has_its_own_advice(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite3"
    with sqlite3.connect(path, isolation_level=None) as holder:
        holder.execute("CREATE TABLE a (b)")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.Error) as is_locked, sqlite3.connect(path, timeout=0) as second:
            second.execute("SELECT * FROM a")
    assert trouble(path, is_locked.value) == "results.sqlite3 is locked by another program"
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(sqlite3.Error) as is_damaged:
        sqlite3.connect(path).execute("SELECT * FROM a")
    assert trouble(path, is_damaged.value) == "results.sqlite3 is damaged; the next write keeps it aside"
