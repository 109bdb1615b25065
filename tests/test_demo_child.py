"""The child of `--demo` and `simulate`: what it writes to its standard error never stops it, and is told when it dies."""

import os
import signal
import sys
from pathlib import Path

import pytest

from sutaz_tui.demo.stack import Demo, DemoError
from tests.running import LEAK, begun
from tests.servers.waiting import eventually, patient
from tests.test_cli import children

# A module of the child's start that writes more than a pipe holds, and then goes on or not.
TALKATIVE = """
import sys
if "sutaz_tui.simulator" in " ".join(sys.orig_argv):
    sys.stderr.write("a warning of a library\\n" * 20000)
    sys.stderr.flush()
    if {dies}:
        sys.stderr.write("no port is left\\n")
        sys.stderr.flush()
        import os
        os._exit(3)
"""


def talkative(folder: Path, monkeypatch: pytest.MonkeyPatch, dies: bool) -> None:
    """From here on a child that simulates says a lot at its start."""
    (folder / "sitecustomize.py").write_text(TALKATIVE.format(dies=dies))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))


def test_a_child_that_writes_more_than_a_pipe_holds_still_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talkative(tmp_path, monkeypatch, dies=False)
    with Demo("healthy") as demo:
        assert demo.wait()["control"]
        assert not demo.has_died


def test_a_child_that_dies_at_its_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talkative(tmp_path, monkeypatch, dies=True)
    with (
        pytest.raises(DemoError, match=r"^the simulated stack did not start: no port is left$"),
        Demo() as demo,
    ):
        demo.wait()


def test_simulate_says_that_its_child_died() -> None:
    with begun("simulate") as process:
        assert process.stderr is not None
        assert "control" in process.stderr.readline()
        [child] = children(process.pid)
        os.kill(child, signal.SIGKILL)
        assert process.wait(patient(30)) == 1
        told = process.stderr.read()
    assert told == "the simulated stack ended by itself: it said nothing\n"
    assert not LEAK.search(told)


def test_what_the_child_left_is_gone_when_it_is_closed() -> None:
    with Demo("healthy") as demo:
        demo.wait()
        folder = demo.path.parent
        pid = demo.pid
        assert pid is not None
    assert not folder.exists()
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the child is gone")
