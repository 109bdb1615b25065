"""What keeping a log costs: memory of a full buffer, seconds to fill it and to search it."""

import time
import tracemalloc
from collections.abc import Iterator

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.lines import Batch, LogLine
from sutaz_tui.logs.matching import Filter, Pattern
from tests.bench.row import Row

LIMIT = 50_000
MANY = 100_000
BATCH = 5000
RUNS = 5
AGENTS = ("letta", "crewai", "aider", "langchain")
SERVICES = ("backend", "kong", "mcp-bridge")
LABELS = {"stream": "stdout"}


def memory() -> list[Row]:
    """Memory of a full buffer with a filter; then the time to fill and to search 100,000 lines, best of five runs."""
    tracemalloc.start()
    buffer = LogBuffer(LIMIT)
    before = tracemalloc.get_traced_memory()[0]
    for batch in _batches(LIMIT):
        buffer.add(batch)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert buffer.counts.lines == LIMIT
    batches = list(_batches(MANY))
    fill, search = [], []
    for _ in range(RUNS):
        long = LogBuffer(2 * MANY)
        began = time.process_time()
        for batch in batches:
            long.add(batch)
        fill.append(time.process_time() - began)
        began = time.process_time()
        long.set_filter(Filter((Pattern("no such word"),), shows_health=True))
        while not long.refilter():
            pass
        search.append(time.process_time() - began)
        assert len(long.visible) == 0
    what = f"{MANY:,} lines of four shapes, 140 characters each"
    return [
        Row(
            "log buffer, 50,000 lines",
            taken / 1e6,
            "MB",
            40,
            "all that tracemalloc sees of it, its lines included",
        ),
        Row("log buffer, append", min(fill), "s", 0.2, what),
        Row("log buffer, plain search", min(search), "s", 0.3, what),
    ]


def _batches(lines: int) -> Iterator[Batch]:
    for start in range(0, lines, BATCH):
        yield Batch([_line(number) for number in range(start, start + BATCH)])


def _line(number: int) -> LogLine:
    """Shapes as the stack's own services write them, one health check in twenty lines."""
    text = (
        f"2026-11-23 03:34:26,123 - mcp_bridge.router - INFO - Routed message {number} of 172.20.0.31 to agent"
        f" {AGENTS[number % 4]} in {number % 97} ms, queue 3 of 100"
    )
    if number % 20 == 3:
        text = f'INFO:     172.20.0.31:{30_000 + number % 30_000} - "GET /health HTTP/1.1" 200 OK'
    elif number % 4 == 1:
        text = (
            f'{{"timestamp": "2026-11-23T03:34:26.{number % 1_000_000:06}+00:00", "level": "INFO", "logger":'
            ' "app.middleware", "message": "request", "function": "dispatch", "correlation_id":'
            f' "{number * 0x9E3779B97F4A7C15 % 2**128:032x}", "method": "POST", "status_code": 200}}'
        )
    elif number % 4 == 2:
        text = f'INFO:     172.20.0.31:{30_000 + number % 30_000} - "GET /api/v1/models/{number} HTTP/1.1" 200 OK'
    elif number % 4 == 3:
        text = f'time="2026-11-23T03:34:26Z" level=warn msg="slow query" duration={number % 1000}ms rows={number % 7}'
    return LogLine(10**18 + number * 10_000, SERVICES[number % 3], text, LABELS)
