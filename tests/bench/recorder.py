"""What a recorder costs that runs by itself for months: CPU and memory, beside a board of the same stack."""

import tempfile
from contextlib import ExitStack

import httpx2

from sutaz_tui.demo.stack import Demo
from tests.bench.board_idle import SETTLE, run_all
from tests.bench.board_memory import resident
from tests.bench.row import Row
from tests.bench.screen import Wire
from tests.bench.stack import FRAME, simulated

SECONDS = 60.0


def recording() -> list[Row]:
    """`record` and a board on the simulated stack, side by side, each with folders of its own: neither knows the other."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        simulated() as (demo, path),
        Wire("record", "-c", path, env=_home(demo, one)) as recorder,
        Wire("-c", path, env=_home(demo, other), columns=160, rows=45) as board,
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


def attached() -> list[Row]:
    """`record` alone, then with three boards attached to it, then the three without it: what the stack is asked."""
    with tempfile.TemporaryDirectory() as home, simulated() as (demo, path), ExitStack() as boards:
        env = _home(demo, home)
        with Wire("record", "-c", path, env=env) as recorder:
            recorder.until(b"boards attach at")
            run_all((recorder,), SETTLE)
            alone = _asked(demo, (recorder,))
            three = tuple(
                boards.enter_context(Wire("-c", path, env=env, columns=160, rows=45)) for _ in range(3)
            )
            for board in three:
                board.until(FRAME)
            run_all((recorder, *three), SETTLE)
            before = three[0].cpu
            together = _asked(demo, (recorder, *three))
            used = 100 * (three[0].cpu - before) / SECONDS
            memory = resident(three[0].process.pid)
        # The recorder has gone: each polls by itself.
        run_all(three, SETTLE)
        before = three[0].cpu
        apart = _asked(demo, three)
        used_apart = 100 * (three[0].cpu - before) / SECONDS
    alone_words = f"of a recorder alone, {alone:.0f} a minute; three boards by themselves: {apart:.0f}"
    return [
        Row("attach-requests", together / alone, "x", 1.1, alone_words),
        Row("attach-cpu", used, "%", 2, f"of a core, a board that is attached; by itself {used_apart:.1f} %"),
        Row("attach-memory", memory, "MB", None, "a board that is attached"),
    ]


def _asked(demo: Demo, wires: tuple[Wire, ...]) -> float:
    """Requests to the stack while these run for a minute."""
    before = _requests(demo)
    run_all(wires, SECONDS)
    return _requests(demo) - before


def _requests(demo: Demo) -> int:
    counts = httpx2.get(f"{demo.control}/control/counts", timeout=60).json()
    return sum(one["requests"] for one in counts.values())


def _home(demo: Demo, folder: str) -> dict[str, str]:
    return {**demo.environ, "XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder}
