"""What the board costs while nothing happens: CPU on top of the probes, and bytes to the terminal."""

import sys

from tests.bench.board_keys import COLUMNS, ROWS
from tests.bench.row import Row
from tests.bench.screen import Wire
from tests.bench.stack import FRAME, MINIMAL, simulated

SETTLE = 20.0
"""Seconds until every library and check is loaded and every service has answered."""
SECONDS = 60.0
STEADY = (sys.executable, "-m", "tests.bench.board_app", "34", "0", "0")


def idle() -> list[Row]:
    """The simulated stack on the board and with `--plain`, which asks the same and only prints changes, side by side."""
    with (
        simulated() as (demo, path),
        Wire("-c", path, env=demo.environ, columns=COLUMNS, rows=ROWS) as board,
        Wire("--plain", "-c", path, env=demo.environ, columns=COLUMNS, rows=ROWS) as plain,
        Wire(program=MINIMAL, columns=COLUMNS, rows=ROWS) as minimal,
        Wire(program=STEADY, columns=COLUMNS, rows=ROWS) as steady,
    ):
        wires = (board, plain, minimal, steady)
        board.until(FRAME)
        run_all(wires, SETTLE)
        before = [(wire.cpu, wire.received) for wire in wires]
        run_all(wires, SECONDS)
        used = [
            (100 * (wire.cpu - cpu) / SECONDS, (wire.received - received) / SECONDS)
            for wire, (cpu, received) in zip(wires, before, strict=True)
        ]
    (board_cpu, changed), (plain_cpu, _), (minimal_cpu, _), (_, written) = used
    assert minimal.received, "the minimal app showed nothing"
    words = (
        f"board {board_cpu:.2f} %, --plain {plain_cpu:.2f} % of a core; the minimal app {minimal_cpu:.2f} %"
    )
    real = f"34 services that always answer the same; {changed:.0f} B/s on the simulated stack with its real latencies"
    return [
        Row("board-idle", board_cpu - plain_cpu, "%", 1, words),
        Row("board-idle-bytes", written, "B/s", 10, real),
    ]


def run_all(wires: tuple[Wire, ...], seconds: float) -> None:
    """Let all of them run for so long, and take what they write."""
    rounds = int(seconds / 0.3)
    for _ in range(rounds):
        for wire in wires:
            wire.run(seconds / rounds / len(wires))
