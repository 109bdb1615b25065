"""A flood of lines from a file: 100,000 a second, over a slow line, in a burst; and a long history."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.lines import Batch
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.sources.logs.files import FileFeed
from tests.bench.log_beside import COLUMNS, CONFIG, ROWS, growing
from tests.bench.row import Row
from tests.bench.screen import Wire

SETTLE, SECONDS = 4.0, 12.0
SLOW_LINE = 64 * 1024
HISTORY = 100_000


def log_flood() -> list[Row]:
    """CPU, loop lag, memory; what was lost of a burst; how soon a long history is there and searched."""
    rows = []
    with growing(100_000) as path, _flooded(path) as (wire, found):
        cpu, received = _spent(wire)
    words = f"{received / 1000:.0f} KB/s to the terminal, full screen"
    rows.append(Row("log-flood", cpu, "%", 40, f"of a core, 100,000 lines/s from a file; {words}"))
    rows.append(Row("log-flood-lag", 1000 * found["lag"], "ms", 20, "p99 of the loop's lag meanwhile"))
    with growing(1000) as path, _flooded(path) as (wire, found):
        wire.bytes_per_second = SLOW_LINE
        _spent(wire)
        wire.bytes_per_second = 0
    lag = 1000 * found["lag"]
    rows.append(Row("log-slow-line-lag", lag, "ms", 100, "the same on a terminal of 64 KB/s, 1,000 lines/s"))
    return [*rows, *_burst(), *_history()]


def _burst() -> list[Row]:
    """40,000 lines a second for five seconds, then nothing."""
    with growing(0) as path, _flooded(path) as (wire, found):
        order = [sys.executable, "-m", "tests.bench.log_writer", path, "40000", "5"]
        writer = subprocess.Popen(order)
        wire.run(8)
        writer.wait()
        wire.raw.clear()
        wire.press("G")
        wire.press("s")
        wire.run(2)
        is_lost = b"LOST" in wire.raw
    words = (
        f"{found['left']:.0f} MB when left; {'lines were lost and counted' if is_lost else 'nothing lost'}"
    )
    return [Row("log-burst-memory", found["most"], "MB", 150, f"the most, 200,000 lines in 5 s; {words}")]


def _history() -> list[Row]:
    """A file of 100,000 lines read, grouped and searched; and the same by `sutaz-tui logs`, as a process."""
    with growing(0, HISTORY) as path:
        began = time.perf_counter()
        feed, buffer = FileFeed("backend", path), LogBuffer(HISTORY)
        page = asyncio.run(feed.page(0, 1 << 62, HISTORY, newest=True))
        buffer.add(Batch(page.lines))
        opened = time.perf_counter() - began
        pattern = Pattern("request 77 of")
        found = sum(pattern.finds(line.text) for entry in buffer.entries for line in entry.all())
        took = time.perf_counter() - began
        assert len(page.lines) == HISTORY and found
        config = Path(path).with_name("stack.yaml")
        config.write_text(CONFIG.format(path=path), "utf-8")
        order = [
            sys.executable,
            "-m",
            "sutaz_tui",
            "logs",
            "-c",
            str(config),
            "--limit",
            "0",
            "--grep",
            "request 77 of",
        ]
        began = time.perf_counter()
        subprocess.run(order, check=True, stdout=subprocess.DEVNULL)
        command = time.perf_counter() - began
    words = f"{HISTORY:,} lines read and grouped in {opened:.2f} s, then searched; `sutaz-tui logs --grep`: {command:.1f} s"
    return [Row("log-history", took, "s", 2, words)]


@contextmanager
def _flooded(path: str) -> Iterator[tuple[Wire, dict[str, float]]]:
    """The whole program following the file on the full screen; what it told when it was left, behind the block."""
    config, told = Path(path).with_name("stack.yaml"), Path(path).with_name("told.json")
    config.write_text(CONFIG.format(path=path), "utf-8")
    program = (sys.executable, "-m", "tests.bench.log_flood_app", str(config), str(told))
    env = {"XDG_STATE_HOME": str(config.parent / "state")}
    with Wire(program=program, columns=COLUMNS, rows=ROWS, env=env) as wire:
        wire.until(b"Backend")
        wire.run(2)
        wire.press("l")
        wire.until(b"FOLLOW")
        wire.press("z")
        wire.run(SETTLE)
        found: dict[str, float] = {}
        yield wire, found
        wire.press("Q")
        wire.until_end()
        found.update(json.loads(told.read_text("utf-8")))


def _spent(wire: Wire) -> tuple[float, float]:
    began, cpu, received = time.perf_counter(), wire.cpu, wire.received
    wire.run(SECONDS)
    passed = time.perf_counter() - began
    return 100 * (wire.cpu - cpu) / passed, (wire.received - received) / passed
