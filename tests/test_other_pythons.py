"""`scripts/other-pythons`: a Python that is not there is named, one that fails is red."""

import os
import subprocess
from pathlib import Path

from tests.running import ROOT


def tried(folder: Path, *versions: str) -> subprocess.CompletedProcess[str]:
    """The script with a PATH that begins in `folder`."""
    env = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYENV_ROOT": str(folder),
        "TMPDIR": str(folder),
    }
    return subprocess.run(
        [str(ROOT / "scripts/other-pythons"), *versions],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_a_python_that_is_not_here_is_named_and_no_failure(tmp_path: Path) -> None:
    done = tried(tmp_path, "3.98", "3.99")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"other-pythons: no Python 3.9{n} here, not tried" for n in "89"]


def test_one_that_cannot_be_used_is_looked_for_further_and_one_that_fails_is_red(tmp_path: Path) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    real = tmp_path / "versions" / "3.99.1" / "bin" / "python"
    real.parent.mkdir(parents=True)
    real.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "venv: no space left"\nexit 1\n')
    for one in (shim, real):
        one.chmod(0o755)
    done = tried(tmp_path, "3.99")
    assert done.returncode == 1
    assert "no space left" in done.stderr and "other-pythons: 3.99 failed: " in done.stderr
    assert {one.name for one in tmp_path.iterdir()} == {"python3.99", "versions"}
