"""The first start on a host whose stack is another one: it is offered, and not shown the built-in board."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.demo.stack import Demo
from tests.servers.waiting import patient
from tests.terminal import Terminal
from tests.test_terminal_tabs import typed

COMPOSE = "name: shop\nservices:\n  web: {image: nginx, ports: ['8080:80']}\n  job-migrate: {image: me/job}\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    if Path("/var/run/docker.sock").is_socket() or Path("/run/podman/podman.sock").is_socket():
        pytest.skip("this machine runs a Docker of its own")
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    yield {**keep, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm-256color"}


def test_a_board_of_what_is_here_is_offered_and_kept(home: dict[str, str], tmp_path: Path) -> None:
    with Terminal(env=home, cwd=tmp_path, columns=100) as terminal:
        terminal.wait_for(lambda text: "open a board of them?" in " ".join(text.split()))
        assert "2 services of project shop" in " ".join(terminal.text.split())
        assert "It asks 1 of them every 15 s or so" in " ".join(terminal.text.split())
        terminal.press("y\r")
        terminal.wait_for(lambda text: "PRODUCTION" in text and "web" in text.lower())
        made = tmp_path / "config/sutaz-tui/shop.yaml"
        assert not made.exists()
        typed(terminal, ":save-config")
        terminal.wait_for("~/config/sutaz-tui/shop.yaml")
        terminal.press("\r")
        terminal.wait_for("wrote ~/config/sutaz-tui/shop.yaml")
    assert "http://127.0.0.1:8080/" in made.read_text()
    with Terminal(env=home, cwd=tmp_path, columns=100) as terminal:
        terminal.wait_for(lambda text: "PRODUCTION" in text and "web" in text.lower())


def test_a_no_leaves_nothing_behind(home: dict[str, str], tmp_path: Path) -> None:
    with Terminal(env=home, cwd=tmp_path, columns=100) as terminal:
        terminal.wait_for(lambda text: "open a board of them?" in " ".join(text.split()))
        terminal.press("n\r")
        terminal.wait_for(lambda text: "no board was opened" in " ".join(text.split()))
    assert not (tmp_path / "config").exists()


def test_the_stack_that_the_built_in_config_is_made_for_is_known_by_its_containers(
    home: dict[str, str], tmp_path: Path
) -> None:
    stack = Demo("healthy")
    try:
        url = next(source.url for source in stack.config().sources.values() if source.url.startswith("unix:"))
        stack.start()
        asyncio.run(stack.listening())
        with Terminal(env={**home, "DOCKER_HOST": url}, cwd=tmp_path, columns=100) as terminal:
            terminal.wait_for("PostgreSQL")
            assert "open a board of them?" not in terminal.text
    finally:
        stack.close()


def test_without_a_terminal_the_line_that_writes_a_config_is_said(
    home: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "sutaz_tui"]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=patient(60), env=home, cwd=tmp_path, check=False
    )
    assert ended.returncode == 2 and ended.stdout == ""
    assert "2 services of project shop: sutaz-tui init -o FILE" in " ".join(ended.stderr.split())
