"""What a recorder costs that runs by itself for months: CPU and memory, beside a board of the same stack."""

import tempfile

from tests.bench.board_idle import SETTLE, run_all
from tests.bench.board_memory import resident
from tests.bench.row import Row
from tests.bench.screen import Wire
from tests.bench.stack import FRAME, simulated

SECONDS = 60.0


def recording() -> list[Row]:
    """`record` and a board on the simulated stack, side by side, each with a state folder of its own."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        simulated() as (demo, path),
        Wire("record", "-c", path, env={**demo.environ, "XDG_STATE_HOME": one}) as recorder,
        Wire("-c", path, env={**demo.environ, "XDG_STATE_HOME": other}, columns=160, rows=45) as board,
    ):
        wires = (recorder, board)
        board.until(FRAME)
        run_all(wires, SETTLE)
        before = recorder.cpu
        run_all(wires, SECONDS)
        used = 100 * (recorder.cpu - before) / SECONDS
        ours, boards = resident(recorder.process.pid), resident(board.process.pid)
    words = f"{ours:.1f} MB; the board {boards:.1f} MB"
    return [
        Row("record-cpu", used, "%", 2, f"of a core, {SECONDS:g} s of the built-in stack"),
        Row("record-memory", ours - boards, "MB", -8, words),
    ]
