"""How much memory the board takes, and whether it grows with the rounds that it sees."""

import json
import sys
import tempfile
from pathlib import Path

from tests.bench.row import Row
from tests.bench.screen import Wire, opened
from tests.bench.stack import simulated

ROUNDS = 10_000
HTTP_ORIGINS = 30
"""As many of the built-in config's services are asked over HTTP."""


def memory() -> list[Row]:
    """Resident memory on the simulated stack against the minimal app with the same clients; then after 10,000 rounds."""
    clients = (sys.executable, "-m", "tests.bench.clients_app", str(HTTP_ORIGINS))
    with opened(Wire(program=clients), b"minimal app", 1) as wire:
        minimal = resident(wire.process.pid)
    with tempfile.TemporaryDirectory() as folder, simulated() as (demo, path):
        told = Path(folder, "told.json")
        program = (sys.executable, "-m", "tests.bench.board_memory_app", path, str(ROUNDS), str(told))
        with Wire(
            program=program, env={**demo.environ, "XDG_STATE_HOME": folder}, columns=160, rows=50
        ) as wire:
            wire.until_end(300)
        rest, half, after = json.loads(told.read_text("utf-8"))
    words = f"ours {rest:.1f} MB; a minimal app with the same clients {minimal:.1f} MB"
    return [
        Row("board-memory", rest / minimal, "x", 1.15, words),
        Row("board-memory-rounds", after / minimal, "x", 1.3, f"{after:.1f} MB after {ROUNDS} rounds"),
        Row(
            "board-memory-drift",
            after - half,
            "MB",
            1,
            "over the last half of them, 4 KiB of answer a service",
        ),
    ]


def resident(pid: int) -> float:
    """The resident memory of a process, MB."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel does not say how much memory it takes")
