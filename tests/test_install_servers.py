"""`make servers`: says what it would install, installs it after a yes or with CI=true, and fails there when one is missing."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.running import ROOT
from tests.terminal import Terminal

SCRIPT = str(ROOT / "scripts/install-test-servers")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Of root on a machine without ChromaDB, whose apt-get and Python leave a note and fail."""
    notes = f'echo "$0 $*" >> {tmp_path}/called; exit 1'
    for name, line in (("id", "echo 0"), ("apt-get", notes), ("python", notes)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return {"PATH": path, "XDG_CACHE_HOME": str(tmp_path), "PYTHON": f"{tmp_path}/python"}


def test_without_a_terminal_nothing_is_installed_unasked(environ: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run([SCRIPT], stdin=subprocess.DEVNULL, env=environ, capture_output=True, text=True)
    assert "would install into" in done.stderr and "chromadb==" in done.stderr
    assert "CI=true make servers installs them" in done.stderr
    assert "cannot run here" in done.stderr
    assert done.returncode == 0
    assert not (tmp_path / "called").exists()


def test_in_ci_a_server_that_cannot_be_installed_is_an_error(environ: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [SCRIPT], stdin=subprocess.DEVNULL, env={**environ, "CI": "true"}, capture_output=True, text=True
    )
    assert "would install into" in done.stderr
    assert "python -m venv" in (tmp_path / "called").read_text()
    assert "cannot run here" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(("answer", "is_called"), [("\r", False), ("n\r", False), ("y\r", True)])
def test_on_a_terminal_it_asks(environ: dict[str, str], tmp_path: Path, answer: str, is_called: bool) -> None:
    with Terminal(program=[SCRIPT], env=environ, columns=200) as terminal:
        terminal.wait_for("install them? [y/N]")
        assert "would install into" in terminal.text
        assert not (tmp_path / "called").exists()
        terminal.press(answer)
        assert terminal.wait_end() == 0
        assert "cannot run here" in terminal.text
    assert (tmp_path / "called").exists() is is_called
