"""What a program takes: resident memory and open descriptors."""

import asyncio
import statistics
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.bench.board_memory import resident

SAMPLES = 10


class Measure(Struct, frozen=True):
    """Megabytes and descriptors."""

    memory: float
    files: int

    def __str__(self) -> str:
        return f"{self.memory:.1f}/{self.files}"


def taken(programs: "Mapping[str, subprocess.Popen[Any]]") -> dict[str, Measure]:
    """What each takes now."""
    return {
        name: Measure(resident(process.pid), len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
        for name, process in programs.items()
        if process.poll() is None
    }


async def measured(programs: "Mapping[str, subprocess.Popen[Any]]") -> dict[str, Measure]:
    """The middle of what each takes within some seconds."""
    samples = []
    for _ in range(SAMPLES):
        samples.append(taken(programs))
        await asyncio.sleep(1.0)
    return {
        name: Measure(
            statistics.median(one[name].memory for one in samples if name in one),
            round(statistics.median(one[name].files for one in samples if name in one)),
        )
        for name in samples[0]
    }
