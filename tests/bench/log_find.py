"""A log file of a million lines: a find without a hit and a histogram of it, beside lnav."""

import asyncio
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from sutaz_tui.logs.following.seeking import Seeking
from sutaz_tui.logs.histogram import Histogram, counting
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.sought import Sought
from sutaz_tui.sources.logs.files import FileFeed
from sutaz_tui.text.moments import DAY
from tests.bench.row import Row

LINES = 1_000_000
ROUNDS = 3
EVER = 1 << 62


def whole_file() -> list[Row]:
    """The figures of finding and counting."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.log"
        _write(path)
        rounds = [asyncio.run(_measured(path)) for _ in range(ROUNDS)]
        lnav = median(_lnav(path) for _ in range(ROUNDS))
    first, find, bars, whole = (median(one[number] for one in rounds) for number in range(4))
    beside = f"lnav reads it in {lnav:.2f} s"
    return [
        Row("log-first-lines", first * 1000, "ms", 200, beside),
        Row("log-find-none", find / lnav, "x", 1.5, f"{find:.2f} s, {beside}"),
        Row("log-bars-first", bars, "s", 0.5, beside),
        Row("log-bars-whole", whole / lnav, "x", 4, f"{whole:.1f} s, {beside}"),
    ]


def _write(path: Path) -> None:
    start = time.time() - LINES / 20
    with path.open("w") as file:
        for number in range(LINES):
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(start + number // 20))
            level = "ERROR" if number % 500 == 0 else "INFO"
            file.write(
                f"{stamp},{number % 1000:03} - agent.{number % 7} - {level} - request {number} took {number % 97} ms\n"
            )


async def _measured(path: Path) -> tuple[float, float, float, float]:
    feed = FileFeed("a", str(path))
    began = time.monotonic()
    newest = (await feed.page(0, EVER, 200, newest=True)).lines[-1].at
    first = time.monotonic() - began
    began = time.monotonic()
    sought = Sought((Pattern("NOWHERE"),))
    assert await Seeking(sought, 0, EVER, True, lambda lines, at: None).nearest([feed]) is None
    find = time.monotonic() - began
    histogram, bars = Histogram.of(newest, DAY, 100), 0.0
    began = time.monotonic()
    async for _ in counting([feed], histogram):
        if not bars and sum(histogram.all):
            bars = time.monotonic() - began
    assert sum(histogram.all) == LINES
    whole = time.monotonic() - began
    await feed.aclose()
    return first, find, bars, whole


def _lnav(path: Path) -> float:
    began = time.monotonic()
    command = ["lnav", "-n", "-c", ";select count(*) from all_logs", "-c", ":write-csv-to -", str(path)]
    subprocess.run(command, capture_output=True, check=False, timeout=120)
    return time.monotonic() - began
