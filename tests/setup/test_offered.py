"""A host that the built-in config is not of: what runs is offered, and nothing is said of a stack that is not there."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sutaz_tui.config import load
from sutaz_tui.setup.whose import ENOUGH, listens_here
from tests.servers.waiting import patient
from tests.setup.test_doctor import _all_of

OTHERS = "services:\n  web: {image: nginx, ports: ['8080:80']}\n  db: {image: postgres}\nname: shop\n"


def environ(tmp_path: Path) -> dict[str, str]:
    if listens_here(load(None, None, dict(os.environ))):
        pytest.skip(f"{ENOUGH} ports of the built-in stack listen on this machine")
    (tmp_path / "compose.yaml").write_text(OTHERS)
    none = f"unix://{tmp_path}/none.sock"
    found = {
        **os.environ,
        "HOME": str(tmp_path),
        "DOCKER_HOST": none,
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    return {name: value for name, value in found.items() if name != "XDG_CONFIG_HOME"}


@pytest.mark.parametrize("words", [[], ["status"]])
def test_without_a_terminal_the_line_that_writes_a_config_is_told(tmp_path: Path, words: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sutaz_tui", *words],
        capture_output=True, text=True, timeout=patient(120), env=environ(tmp_path), cwd=tmp_path, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 2 and ended.stdout == "", ended.stdout
    assert "compose.yaml names 2 services of project shop: sutaz-tui init -o FILE" in ended.stderr
    assert not list((tmp_path / "state").rglob("history*")), "it was never opened here"


def test_the_built_in_stack_is_shown_where_containers_of_its_names_are(tmp_path: Path) -> None:
    own = environ(tmp_path)
    (tmp_path / "compose.yaml").write_text(
        "services: {redis: {image: redis, container_name: sutazai-redis}}\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "sutaz_tui", "status"],
        capture_output=True, text=True, timeout=patient(120), env=own, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert ended.returncode == 1 and "Redis DOWN" in ended.stdout


def test_at_a_terminal_it_says_what_it_would_ask_and_no_is_no(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    command = [sys.executable, "-m", "sutaz_tui"]
    own = {**environ(tmp_path), "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=own, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        said = _all_of(ours)
    assert process.returncode == 2, said
    assert "names 2 services of project shop" in said and "It asks 1 of them every 15 s or so" in said
    assert not list(tmp_path.rglob("shop.yaml")), "nothing was written"


@pytest.mark.parametrize("words", [[], ["status"], ["--plain"]])
def test_where_nothing_is_known_to_run_nobody_is_shown_our_stack_all_red(
    tmp_path: Path, words: list[str]
) -> None:
    own = environ(tmp_path)
    (tmp_path / "compose.yaml").unlink()
    ended = subprocess.run(
        [sys.executable, "-m", "sutaz_tui", *words],
        capture_output=True, text=True, timeout=patient(120), env=own, cwd=tmp_path, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.returncode == 2 and ended.stdout == "", ended.stdout
    assert "nothing of the built-in SutazAI stack runs here: sutaz-tui init" in ended.stderr


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 2), (b"\n", 2)])
def test_whose_own_stack_is_down_as_a_whole_is_asked(tmp_path: Path, answer: bytes, code: int) -> None:
    own = {**environ(tmp_path), "TERM": "xterm-256color"}
    (tmp_path / "compose.yaml").unlink()
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    with subprocess.Popen(
        [sys.executable, "-m", "sutaz_tui"], cwd=tmp_path, env=own, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        said = _all_of(ours)
    assert process.returncode == code, said
    assert "open its board all the same? [y/N]" in said
