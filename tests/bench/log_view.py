"""What following a log costs in a real terminal: CPU, bytes on the line, how soon a key is seen."""

import sys
import time

from tests.bench.board_keys import percentile, pressed
from tests.bench.row import Row
from tests.bench.screen import Wire, opened

COLUMNS, ROWS = 160, 45
SCREEN, PANEL = 41, 12
SECONDS = 10.0
WARM = 2.0
KEYS = 60


def log_tail() -> list[Row]:
    """Tails of 1,000 and 5,000 lines a second, on a whole screen and in a panel; keys meanwhile; and no lines at all."""
    rows = []
    for rate, bound in ((1000, 8), (5000, 12)):
        core, written = _following(rate, SCREEN)
        rows.append(
            Row(f"log-tail-{rate}", core, "%", bound, f"of a core, {rate:,} lines/s on {SCREEN} rows")
        )
        rows.append(Row(f"log-bytes-{rate}", written / 1000, "KB/s", 25, "the same, to the terminal"))
        _, panel = _following(rate, PANEL)
        rows.append(Row(f"log-panel-{rate}", panel / 1000, "KB/s", 12, f"in a panel of {PANEL} rows"))
    with opened(_wire(5000, SCREEN), b"none waits", WARM) as wire:
        wire.press("k")
        wire.run(0.5)
        took = pressed(wire, "kj", KEYS, b">")
    rows.append(Row("log-key", 1000 * percentile(took), "ms", 50, "p95 from key to paint at 5,000 lines/s"))
    with opened(_wire(0, SCREEN), b"none waits", WARM) as wire:
        before = wire.received
        wire.run(3)
        rows.append(Row("log-idle", wire.received - before, "bytes", 0, "in 3 s while no line comes"))
    return rows


def _wire(rate: int, rows: int) -> Wire:
    program = (sys.executable, "-m", "tests.bench.log_app", str(rate), str(rows))
    return Wire(program=program, columns=COLUMNS, rows=ROWS)


def _following(rate: int, rows: int) -> tuple[float, float]:
    """Percent of a core, and bytes a second."""
    with opened(_wire(rate, rows), b"none waits", WARM) as wire:
        cpu, received, began = wire.cpu, wire.received, time.perf_counter()
        wire.run(SECONDS)
        took = time.perf_counter() - began
        return 100 * (wire.cpu - cpu) / took, (wire.received - received) / took
