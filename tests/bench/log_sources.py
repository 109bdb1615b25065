"""What following a log costs a core, in a process of its own: a file that gets 100,000 lines a second."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing, suppress
from pathlib import Path

from sutaz_tui.sources.logs.files import FileFeed
from tests.bench.child import ROOT, Child
from tests.bench.row import Row

RATE = 100_000
SECONDS = 6
COUNT = 200_000
"""Lines counted: the writer of a slow machine keeps up with a third of the rate."""
QUIET = 3.0
BOUND = 25.0
"""Percent of a core, of the 40 that reading, keeping and showing may take together."""


def file_follow() -> list[Row]:
    """Percent of a core for opening, reading, splitting and dating the lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backend.log"
        path.touch()
        with Child("tests.bench.log_sources", [str(path), COUNT]) as follower:
            idle = follower.ask("idle")
            writing = [sys.executable, "-m", "tests.bench.log_writer", str(path), str(RATE), str(SECONDS)]
            with subprocess.Popen(writing, cwd=ROOT):
                lines, cpu, wall = follower.ask("follow")
    words = f"{lines / wall:,.0f} lines/s came, {cpu / lines * 1e6:.2f} us each; nothing coming costs {idle:.2f} %"
    return [Row("log-file", 100 * cpu / lines * RATE, "%", BOUND, words)]


async def _idle(path: str) -> float:
    """Percent of a core while no line comes."""
    began, used = time.perf_counter(), time.process_time()
    async with aclosing(FileFeed("backend", path).follow(1)) as batches:
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET):
                await anext(batches)
    return 100 * (time.process_time() - used) / (time.perf_counter() - began)


async def _followed(path: str, count: int) -> tuple[int, float, float]:
    """Lines, and the CPU and wall seconds from the first batch to the last one."""
    lines, began, used = 0, 0.0, 0.0
    async with aclosing(FileFeed("backend", path).follow(1)) as batches:
        async for batch in batches:
            if not began:
                began, used = time.perf_counter(), time.process_time()
                continue
            lines += len(batch.lines)
            if lines >= count:
                break
    return lines, time.process_time() - used, time.perf_counter() - began


def main() -> None:
    """Told a file and a number of lines, answer what it costs to wait for them or to follow them."""
    path, count = json.loads(sys.stdin.readline())
    for line in sys.stdin:
        found = (
            asyncio.run(_idle(path)) if json.loads(line) == "idle" else asyncio.run(_followed(path, count))
        )
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
