"""Files that several runs write: private, whole, and changed by one at a time."""

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sutaz_tui.private_files import locked, write_private
from tests.running import ROOT

ADD = """
import sys
from pathlib import Path
from sutaz_tui.private_files import locked, write_private
folder = Path(sys.argv[1])
for _ in range(50):
    with locked(folder, "count", 60):
        number = int((folder / "count").read_text())
        write_private(folder, "count", str(number + 1))
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_its_owners_alone_also_in_a_folder_that_was_open_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    path = write_private(folder, "a.json", "{}")
    with locked(folder, "a.json", 1):
        assert {mode(path) for path in folder.iterdir()} == {0o600}
    assert mode(folder) == 0o700
    assert path.read_text() == "{}"


def test_a_folder_that_is_made_was_never_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "a mount that knows no modes")

    monkeypatch.setattr(Path, "chmod", refused)
    write_private(tmp_path / "state", "a.json", "{}")
    assert mode(tmp_path / "state") == 0o700


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(OSError):
        write_private(tmp_path, "a", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_processes_that_change_one_file_lose_nothing(tmp_path: Path) -> None:
    write_private(tmp_path, "count", "0")
    line = [sys.executable, "-c", ADD, str(tmp_path)]
    processes = [subprocess.Popen(line, cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "150"


def test_who_waits_for_a_lock_in_vain_is_told_so(tmp_path: Path) -> None:
    with locked(tmp_path, "a", 0):
        with pytest.raises(BlockingIOError, match="locked by another program"), locked(tmp_path, "a", 0.05):
            raise AssertionError("two hold one lock")
        with locked(tmp_path, "b", 0):
            pass
    with locked(tmp_path, "a", 0):
        pass


def test_who_waits_gets_it_when_the_other_lets_go(tmp_path: Path) -> None:
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        waits.set()
        with locked(tmp_path, "a", 60):
            order.append("second")

    thread = threading.Thread(target=second)
    with locked(tmp_path, "a", 0):
        thread.start()
        waits.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_lock_is_no_link_to_somewhere_else(tmp_path: Path) -> None:
    (tmp_path / ".a.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError), locked(tmp_path, "a", 0):
        raise AssertionError("it followed the link")
    assert not os.path.lexists(tmp_path / "elsewhere")
