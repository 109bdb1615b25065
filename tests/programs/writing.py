"""A program that watches a service which changes all the time, and writes what it sees until it is killed.

`python -m tests.programs.writing FOLDER SECONDS`: its clock begins so many seconds after the first run's; it prints a line
at its first write, and then the seconds that its clock has come to, after each.
"""

import asyncio
import sys
from pathlib import Path

from tests.hand_clock import HandClock
from tests.state.history.remembering import Watched


async def write(folder: Path, begin: float) -> None:
    """Write without end."""
    clock = HandClock()
    clock.move_to(begin)
    program = Watched(folder, clock)
    async with program.stand:
        while True:
            for act in (program.heal, program.refuse):
                act("redis")
                await program.run(23)
                print(clock.monotonic(), flush=True)


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), float(sys.argv[2])))
