"""Following a growing file at 160 x 45: the whole program beside lnav and toolong, one after the other in one run.

toolong is measured where `TOOLONG` names its program (`pip install toolong` in an environment of its own: it needs
another Textual).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.board_keys import percentile
from tests.bench.log_writer import line
from tests.bench.row import Row
from tests.bench.screen import Wire

COLUMNS, ROWS = 160, 45
SETTLE, SECONDS = 4.0, 15.0
KEYS = 40
CONFIG = """\
env: test
logs: {{height: 14}}
services:
  - id: backend
    title: Backend
    kind: tcp
    address: 127.0.0.1:9
    interval: 3600
    optional: true
    logs: {{file: {path}}}
"""


def log_beside() -> list[Row]:
    """CPU and bytes of following 1,000 and 5,000 lines a second, full screen and in a panel, and a key's time."""
    rows: list[Row] = []
    for rate, most in ((1000, 8.0), (5000, 12.0)):
        beside = []
        for name, program in _others().items():
            with growing(rate) as path:
                cpu, size = _cost(Wire(path, program=program, columns=COLUMNS, rows=ROWS))
            beside.append(f"{name} {cpu:.1f} % {size / 1000:.1f} KB/s")
        words = ", ".join(beside)
        with growing(rate) as path, _ours(path) as wire:
            cpu, size = _spent(wire)
            rows.append(Row(f"log-panel-{rate}", cpu, "%", most, words))
            rows.append(Row(f"log-panel-bytes-{rate}", size / 1000, "KB/s", 12, "14 lines of panel"))
            wire.press("z")
            wire.run(SETTLE)
            cpu, size = _spent(wire)
            rows.append(Row(f"log-full-{rate}", cpu, "%", most, words))
            rows.append(Row(f"log-full-bytes-{rate}", size / 1000, "KB/s", 25, words))
            took = _keys(wire)
            rows.append(Row(f"log-key-{rate}", 1000 * percentile(took), "ms", 50, "p95 of k and j, painted"))
    with growing(0) as path, _ours(path) as wire:
        cpu, size = _spent(wire)
        rows.append(
            Row("log-quiet-bytes", size, "B/s", 10, f"the board's clock aside; {cpu:.2f} % of a core")
        )
    return rows


def _others() -> dict[str, tuple[str, ...]]:
    found = {"lnav": shutil.which("lnav"), "toolong": os.environ.get("TOOLONG") or shutil.which("tl")}
    return {name: (program,) for name, program in found.items() if program}


@contextmanager
def growing(rate: float, lines: int = 10_000) -> Iterator[str]:
    """A file of so many lines that grows at this rate while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "backend.log"))
        order = [sys.executable, "-m", "tests.bench.log_writer", path]
        Path(path).write_text("".join(line(number, time.time()) + "\n" for number in range(lines)), "utf-8")
        writer = subprocess.Popen([*order, str(rate), "600"])
        try:
            yield path
        finally:
            writer.kill()
            writer.wait()


@contextmanager
def _ours(path: str) -> Iterator[Wire]:
    config = Path(path).with_name("stack.yaml")
    config.write_text(CONFIG.format(path=path), "utf-8")
    state = {"XDG_STATE_HOME": str(config.parent / "state")}
    with Wire("-c", str(config), columns=COLUMNS, rows=ROWS, env=state) as wire:
        wire.until(b"Backend")
        wire.run(2)
        wire.press("l")
        wire.until(b"FOLLOW")
        wire.run(SETTLE)
        yield wire


def _cost(wire: Wire) -> tuple[float, float]:
    with wire:
        wire.until(lambda: wire.received > 2000)
        wire.run(SETTLE)
        return _spent(wire)


def _spent(wire: Wire) -> tuple[float, float]:
    """Percent of a core and bytes a second over SECONDS."""
    began, cpu, received = time.perf_counter(), wire.cpu, wire.received
    wire.run(SECONDS)
    passed = time.perf_counter() - began
    return 100 * (wire.cpu - cpu) / passed, (wire.received - received) / passed


def _keys(wire: Wire) -> list[float]:
    """Seconds from a key to the first byte of what it changes, not following, so that nothing else is painted."""
    took = []
    wire.press("k")
    wire.run(1.5)
    for number in range(KEYS):
        wire.run(0.07)
        wire.raw.clear()
        wire.press("kj"[number % 2])
        took.append(wire.until(lambda: len(wire.raw) > 0))
    wire.press("G")
    wire.run(1)
    return took
