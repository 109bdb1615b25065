"""A log file of a million lines: a find without a hit and a histogram of it, beside lnav."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.following.seeking import Seeking
from sutaz_tui.logs.histogram import Histogram, counting
from sutaz_tui.logs.lines import Batch, LogLine
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.logs.pager import LogPager
from sutaz_tui.logs.shown import Safe
from sutaz_tui.logs.sought import Sought
from sutaz_tui.sources.logs.files import FileFeed
from sutaz_tui.text.moments import DAY
from sutaz_tui.text.sanitise import Secrets
from tests.bench.board_keys import percentile
from tests.bench.row import Row

LINES = 1_000_000
ROUNDS = 3
BUFFERED, KEYS = 50_000, 40
EVER = 1 << 62


def whole_file() -> list[Row]:
    """The figures of finding and counting."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.log"
        _write(path)
        rounds = [asyncio.run(_measured(path)) for _ in range(ROUNDS)]
        lnav = median(_lnav(path) for _ in range(ROUNDS))
        resident = _resident(path)
    first, find, bars, whole = (median(one[number] for one in rounds) for number in range(4))
    beside = f"lnav reads it in {lnav:.2f} s"
    return [
        Row("log-first-lines", first * 1000, "ms", 200, beside),
        Row(
            "log-first-memory", resident, "MB", 120, "the most that `sutaz-tui logs --limit 200` of it takes"
        ),
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


def _resident(path: Path) -> float:
    config = path.with_name("stack.yaml")
    config.write_text(
        f"services:\n- {{id: a, kind: tcp, address: '127.0.0.1:9', logs: {{file: {path}}}}}\n", "utf-8"
    )
    order = [sys.executable, "-m", "sutaz_tui", "logs", "-c", str(config), "--limit", "200", "--since", "30d"]
    child = subprocess.Popen(order, stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(child.pid, 0)
    assert code == 0
    return used.ru_maxrss / 1024


def filter_key() -> list[Row]:
    """From the key that hands in a filter to its first rows, over a full buffer."""
    buffer = LogBuffer(BUFFERED)
    stamp = "2026-11-23 14:07:12,044"
    texts = (f"{stamp} - agent.{n // 9 % 7} - INFO - request {n} took {n % 97} ms" for n in range(BUFFERED))
    buffer.add(Batch([LogLine(n * 10**6, "a", text) for n, text in enumerate(texts)]))
    pager = LogPager(buffer, Safe(Secrets(())))
    pager.page(160, 45)
    took = []
    for number in range(KEYS):
        began = time.perf_counter()
        buffer.set_folding(False)
        buffer.set_filter(Filter((Pattern(f"request {number}"),)))
        buffer.refilter()
        while not any(pager.page(160, 45)) and not buffer.refilter():
            pass
        took.append(time.perf_counter() - began)
        buffer.set_filter(Filter())
        buffer.set_folding(True)
        while not buffer.refilter():
            pass
    words = f"{BUFFERED:,} lines, folded before"
    return [Row("log-filter-key", 1000 * percentile(took), "ms", 100, words)]
