"""A disk that takes nothing while a history is written: it is told once, the board goes on, and nothing is kept twice."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sutaz_tui.model import Status
from sutaz_tui.state.history.file import HistoryFile, name_of
from tests.hand_clock import HandClock
from tests.state.history.remembering import Watched, watching

REFUSES = "CREATE TRIGGER refuses BEFORE DELETE ON watches WHEN old.began = 0 BEGIN SELECT RAISE(ABORT, 'no room'); END"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is full after 640 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(folder)], check=False
    ).returncode:
        pytest.skip("this machine lets nobody mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


@contextmanager
def only_readable(folder: Path) -> Iterator[None]:
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """A quota of bytes a file, for this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def assert_goes_on_untroubled(board: Watched, words: str) -> None:
    """While the disk takes nothing: the trouble is told once, and what services answer is still seen."""
    board.refuse()
    for _ in range(60):
        await board.stand.run(1)
        board.recorder.look()
    board.writer.flush(1)
    assert board.stand.state("redis").status is Status.DOWN, "the board goes on"
    (told,) = board.told
    assert told.startswith("not kept: history: ") and words in told and told.endswith("; trying again")
    board.told.clear()


def notes(board: Watched) -> list[str]:
    assert board.memory.file is not None
    rows = board.memory.file.read(
        lambda database: database.execute("SELECT words FROM changes WHERE kind = 'note'").fetchall()
    )
    return [words for (words,) in rows]


def assert_is_whole(board: Watched) -> None:
    """What was seen meanwhile is kept, each once: one watch, and spans that touch."""
    (watch,) = board.watches()
    up, down = board.spans()
    assert (up.status, down.status) == ("up", "down")
    assert up.ended == down.began and down.ended == watch.ended


async def test_a_disk_that_is_full_is_told_once_and_what_was_seen_is_kept_later(small_disk: Path) -> None:
    async with watching(small_disk, HandClock()) as board:
        await board.run(10)
        rest = small_disk / "rest"
        with rest.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(4096))
        # So much that the log of the file, too, needs more room.
        for number in range(1500):  # more than its log has room for
            board.recorder._timeline.note(0, "redis", "note", f"{number} " + "long" * 40)
        await assert_goes_on_untroubled(board, "the disk is full")
        rest.unlink()
        await board.run(10)
        assert board.told == ["kept after all: history"]
        board.stop()
        assert_is_whole(board)


async def test_a_quota_is_told_once_and_what_was_seen_is_kept_later(tmp_path: Path) -> None:
    async with watching(tmp_path, HandClock()) as board:
        await board.run(10)
        assert board.memory.path is not None
        with no_file_grows_beyond(
            board.memory.path.with_name(board.memory.path.name + "-wal").stat().st_size
        ):
            for number in range(1500):  # more than its log has room for
                board.recorder._timeline.note(0, "redis", "note", f"{number} " + "long" * 40)
            await assert_goes_on_untroubled(board, board.memory.path.name)
        await board.run(10)
        assert board.told == ["kept after all: history"]
        board.stop()
        assert_is_whole(board)
        assert len(notes(board)) == 1500


async def test_what_was_seen_is_kept_once_where_thinning_fails(tmp_path: Path) -> None:
    """It was written a second time with the try that followed."""
    file = HistoryFile(tmp_path / name_of(None))
    file.write([("INSERT INTO watches VALUES (0, 1, 'stop', 'a test')", ()), (REFUSES, ())])
    file.close()
    async with watching(tmp_path, HandClock()) as board:
        await board.run(10)
        board.told.clear()
        board.recorder._thinned = float("-inf")
        board.recorder._timeline.note(0, "redis", "note", "written once")
        await board.run(10)
        assert [words.partition(": ")[0] for words in board.told] == ["not kept", "kept after all"]
        board.stop()
        assert notes(board) == ["written once"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write in every folder")
async def test_a_folder_that_may_only_be_read_is_told_once(tmp_path: Path) -> None:
    with only_readable(tmp_path):
        async with watching(tmp_path, HandClock()) as board:
            await assert_goes_on_untroubled(board, "permission denied")
            board.kill()


async def test_a_history_on_a_disk_that_became_read_only_is_told_once(small_disk: Path) -> None:
    """The board wrote nothing down, and did not say so."""
    async with watching(small_disk, HandClock()) as board:
        await board.run(10)
        board.stop()
        clock = board.stand.clock
    make_read_only(small_disk)
    async with watching(small_disk, clock) as board:
        await assert_goes_on_untroubled(board, "read-only")
        board.kill()
