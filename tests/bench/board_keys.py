"""How soon a key is seen: on an idle board, on a busy one, and over a slow line."""

import random
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.row import Row
from tests.bench.screen import Wire, opened

KEYS = 80
COLUMNS, ROWS = 160, 50
ECHO = (sys.executable, "-m", "tests.bench.echo_app")
BUSY = (sys.executable, "-m", "tests.bench.board_app", "420", "200", "10")
# 64 KB/s with 200 ms from end to end and back, half of them each way.
SLOW_LINE = 64 * 1024
ROUND_TRIP = 0.2


def percentile(values: list[float], share: float = 0.95) -> float:
    """The value that so many are not above."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def pressed(wire: Wire, keys: str, count: int, shows: bytes | Callable[[], object]) -> list[float]:
    """Seconds from each key until what it shows has come; the keys in turn, at no fixed rhythm."""
    chance = random.Random(1)
    took = []
    for number in range(count):
        wire.run(0.05 + 0.1 * chance.random())
        wire.raw.clear()
        wire.press(keys[number % len(keys)])
        took.append(wire.until(shows))
    return took


def key_to_paint() -> list[Row]:
    """p95 of moving the selection while 200 services flap and ten hang, against a key of the idle minimal app."""
    with opened(Wire(program=ECHO, columns=COLUMNS, rows=ROWS), b"minimal app", 1) as wire:
        minimal = percentile(pressed(wire, "jk", KEYS, b">"))
    with _busy() as wire:
        busy = pressed(wire, "jk", KEYS, b">")
    ours = percentile(busy)
    words = f"p50 {1000 * statistics.median(busy):.0f} ms; the idle minimal app's p95 {1000 * minimal:.1f} ms"
    return [
        Row("board-key", ours / minimal, "x", 4, words),
        Row(
            "board-key-busy",
            1000 * ours,
            "ms",
            50,
            "the same p95: 420 services, 200 flap every second, 10 hang",
        ),
    ]


def slow_line() -> list[Row]:
    """The same on a line of 64 KB/s with 200 ms round trip; a backlog would show as later keys that take longer."""
    with _busy() as wire:
        wire.bytes_per_second = SLOW_LINE
        wire.run(3)
        received = wire.received
        took = [ROUND_TRIP + seconds for seconds in pressed(wire, "jk", KEYS, b">")]
        used = wire.received - received
    early, late = (statistics.median(part) for part in (took[: KEYS // 4], took[-KEYS // 4 :]))
    words = f"p50 {1000 * statistics.median(took):.0f} ms; {used / 1000:.0f} KB written meanwhile"
    return [
        Row("board-slow-line", 1000 * percentile(took), "ms", 400, words),
        Row(
            "board-backlog",
            1000 * (late - early),
            "ms",
            50,
            "the last quarter's median less the first quarter's",
        ),
    ]


@contextmanager
def _busy() -> Iterator[Wire]:
    """The busy board; its third service is selected, which like the fourth does not flap."""
    with opened(Wire(program=BUSY, columns=COLUMNS, rows=ROWS), b"Service 40", 4) as wire:
        wire.press("j")
        wire.run(0.2)
        wire.press("j")
        wire.run(2)
        yield wire
