"""How soon the command line is there: `--version`, and the first request of `status`."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from sutaz_tui.config.files import built_in
from sutaz_tui.state.line import name_of
from tests.bench.row import Row, interleaved
from tests.bench.stack import moved_to

RUNS = 15
DEADLINE = 30.0
PYTHON = (sys.executable, "-c", "pass")
OURS = (str(Path(sys.executable).with_name("sutaz-tui")),)


def _elapsed(*command: str, environ: Mapping[str, str] | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environ)
    return time.perf_counter() - began


def version() -> list[Row]:
    """The cheapest command against the bare interpreter and against one that imports click alone."""
    took = interleaved(
        RUNS,
        {
            "python": lambda: _elapsed(*PYTHON),
            "click": lambda: _elapsed(sys.executable, "-c", "import click"),
            "ours": lambda: _elapsed(*OURS, "--version"),
        },
    )
    python, click, ours = (1000 * took[name] for name in ("python", "click", "ours"))
    words = f"python -c pass: {python:.0f} ms; ours {ours:.0f} ms, import click alone {click / python:.1f} x"
    return [Row("version", ours / python, "x", 5, words)]


def status_line() -> list[Row]:
    """`status --line`, for a prompt, against the bare interpreter and against one that imports sqlite3 alone."""
    with tempfile.TemporaryDirectory() as home:
        config = str(Path(home, "none.yaml"))
        folder = Path(home, "sutaz-tui")
        folder.mkdir()
        Path(folder, name_of(config)).write_text(f"{config}\n{time.time():.0f}\n\n✓34\n", "utf-8")
        environ = {**os.environ, "XDG_STATE_HOME": home}
        took = interleaved(
            RUNS,
            {
                "python": lambda: _elapsed(*PYTHON),
                "sqlite3": lambda: _elapsed(sys.executable, "-c", "import sqlite3"),
                "ours": lambda: _elapsed(*OURS, "status", "--line", "-c", config, environ=environ),
            },
        )
    python, sqlite3, ours = (1000 * took[name] for name in ("python", "sqlite3", "ours"))
    words = (
        f"python -c pass: {python:.0f} ms; ours {ours:.0f} ms, import sqlite3 alone {sqlite3 / python:.1f} x"
    )
    return [Row("status-line", ours / python, "x", 4, words)]


def status_start() -> list[Row]:
    """From exec to the first connection of `status`."""
    return _start("status-start", "status")


def check_start() -> list[Row]:
    """From exec to the first connection of `check` with one category."""
    return _start("check-start", "check", "agents")


def _start(name: str, *words: str) -> list[Row]:
    """A command against the built-in config moved to a listener of the benchmark."""
    with socket.socket() as listener, tempfile.TemporaryDirectory() as folder:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(DEADLINE)
        text = built_in().decode("utf-8")
        config = Path(folder, "stack.yaml")
        config.write_text(moved_to(text, listener.getsockname()[1], folder), "utf-8")
        listener.listen(1024)
        took = interleaved(
            RUNS,
            {
                "python": lambda: _elapsed(*PYTHON),
                "ours": lambda: _until_first_connection(listener, str(config), *words),
            },
        )
    python, ours = 1000 * took["python"], 1000 * took["ours"]
    return [Row(name, ours, "ms", 250, f"python -c pass: {python:.0f} ms; {ours / python:.1f} x")]


def _until_first_connection(listener: socket.socket, config: str, *words: str) -> float:
    began = time.perf_counter()
    child = subprocess.Popen(
        [*OURS, *words, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        first, _ = listener.accept()
        took = time.perf_counter() - began
    finally:
        child.kill()
        child.wait()
    first.close()
    _drop_waiting(listener)
    return took


def _drop_waiting(listener: socket.socket) -> None:
    """Connections left over from this run must not be the first of the next."""
    listener.settimeout(0)
    try:
        while True:
            listener.accept()[0].close()
    except BlockingIOError:
        listener.settimeout(DEADLINE)
