"""docs/five-minutes.md: each command of the page, in its order, on the simulated stack as if Docker ran it."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.running import LEAK, ROOT, environment, simulated
from tests.servers.waiting import patient
from tests.terminal import Terminal

PAGE = ROOT / "docs" / "five-minutes.md"
BOARD = "sutaz-tui -c stack.yaml"
RECORD = "sutaz-tui record -c stack.yaml"
SAYS = {
    "config check": "no fault",
    "status": "All healthy",
    "cost": "requests a minute",
    "--list": "monitoring.",
    "containers": "31 running",
    "discover": "nothing differs",
    "doctor": "no address is wrong",
    "init": "wrote stack.yaml",
}
"""What is said by the command that holds this word."""


def commands() -> list[str]:
    """The lines of the page's blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def env(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The environment of a user with a Docker that runs the stack, and `sutaz-tui` on PATH."""
    program = tmp_path / "bin" / "sutaz-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sutaz_tui "$@"\n')
    program.chmod(0o755)
    with simulated("healthy") as stack:
        yield environment(
            {
                **stack.demo.environ,
                "DOCKER_HOST": f"unix://{stack.demo.docker_socket}",
                "PATH": f"{program.parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
            }
        )


def test_every_command_of_the_five_minutes_does_what_the_page_says(
    env: Mapping[str, str], tmp_path: Path
) -> None:
    lines = commands()
    assert BOARD in lines and RECORD in lines and len(lines) > 12
    heard = set()
    for line in lines:
        if line == BOARD:
            with Terminal("-c", "stack.yaml", env=env, cwd=tmp_path) as terminal:
                terminal.wait_for("✓ 32")
                terminal.press("q")
                terminal.press("q")
                assert terminal.wait_end() == 0
            continue
        if line == RECORD:
            _record(env, tmp_path)
            continue
        done = subprocess.run(
            ["bash", "--norc", "-c", line],
            cwd=tmp_path,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patient(120),
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{line}: {said}"
        assert not LEAK.search(done.stderr), f"{line}: {said}"
        for word, words in SAYS.items():
            if word in line:
                heard.add(word)
                assert words in said, f"{line}: {said}"
    assert heard == set(SAYS)


def _record(env: Mapping[str, str], folder: Path) -> None:
    """Records until it has seen everything, and a `status` took its picture."""
    with subprocess.Popen(
        shlex.split(RECORD), cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as recorder:
        try:
            assert recorder.stdout is not None
            assert any("32 up" in line for line in recorder.stdout), "it ended before it had seen all"
            status = ["sutaz-tui", "status", "-c", "stack.yaml"]
            done = subprocess.run(
                status, cwd=folder, env=env, capture_output=True, text=True, timeout=patient(60)
            )
            assert done.returncode == 0 and "recorder sees it" in done.stderr
            recorder.send_signal(signal.SIGINT)
            recorder.communicate(timeout=patient(60))
            assert recorder.returncode == 130
        finally:
            recorder.kill()
