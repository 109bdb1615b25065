"""Nothing heavy is imported before it is needed: not by the command line, not by `status`, not before the first frame."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.running import ROOT, Simulated, environment, simulated
from tests.servers.waiting import patient
from tests.terminal import Terminal

CLIENTS = {"httpx2", "redis", "pika", "asyncpg", "consul", "requests", "prometheus_api_client"}
SCREEN = {"textual", "rich"}
SIMULATOR = {"uvicorn", "starlette", "fakeredis"}
HEAVY = (
    CLIENTS
    | SCREEN
    | SIMULATOR
    | {"asyncio", "yaml", "msgspec", "platformdirs", "ssl", "numpy", "pandas", "pydantic"}
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


def imported(*words: str, env: dict[str, str] | None = None) -> set[str]:
    """The top-level packages that `python WORDS` imports, by the interpreter's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        cwd=ROOT,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(60),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.M)}


def test_the_command_line_alone_imports_click_and_nothing_heavy() -> None:
    found = imported("-c", "import sutaz_tui.cli.main")
    assert "click" in found
    assert not found & HEAVY


def test_version_imports_no_more_than_that() -> None:
    found = imported("-m", "sutaz_tui", "--version")
    assert "click" in found
    assert not found & HEAVY


def test_status_loads_no_screen_and_only_the_clients_that_it_asks_with(stack: Simulated) -> None:
    words = ("-m", "sutaz_tui", "status", "-c", str(stack.demo.path))
    found = imported(*words, "letta", env=stack.demo.environ)
    assert "httpx2" in found
    assert not found & (SCREEN | SIMULATOR | CLIENTS - {"httpx2"})
    found = imported(*words, "redis", "postgres", env=stack.demo.environ)
    assert {"redis", "asyncpg"} <= found
    assert not found & (SCREEN | SIMULATOR | {"pika", "consul", "requests", "prometheus_api_client"})


def test_no_command_ever_loads_what_makes_an_installation_large(stack: Simulated) -> None:
    found = imported("-m", "sutaz_tui", "status", "-c", str(stack.demo.path), env=stack.demo.environ)
    assert found >= CLIENTS
    assert not found & (SCREEN | SIMULATOR | {"numpy", "pandas", "matplotlib", "pydantic"})


BOARD = """
import os, sys

def tell(event, args):
    if event == "import" and args[0].partition(".")[0] in {heavy!r}:
        os.write(2, b"<import " + args[0].encode() + b">")

sys.addaudithook(tell)
sys.argv = ["sutaz-tui", *sys.argv[1:]]
from sutaz_tui.__main__ import main
main()
"""


def test_the_first_frame_is_on_the_screen_before_any_client_library_is_imported(stack: Simulated) -> None:
    program = (sys.executable, "-c", BOARD.format(heavy=CLIENTS | SIMULATOR))
    with Terminal("-c", str(stack.demo.path), program=program, env=stack.demo.environ) as terminal:
        terminal.wait_for(lambda _: b"<import asyncpg>" in terminal.raw)
        raw = bytes(terminal.raw)
    before = raw[: raw.index(b"<import ")]
    missing = [
        word for word in (b"AGENTS", b"MONITORING", b"Letta", b"GPT-Eng", b"? help") if word not in before
    ]
    assert not missing, "the whole frame stands before the first import"
