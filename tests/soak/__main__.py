"""`python -m tests.soak [--minutes N]`: half an hour of all troubles in turn; exit code 1 where a bound is missed.

As root, for it makes namespaces of its own. Memory is judged from the tenth minute on: a shorter run only tells it.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.__main__ import machine
from tests.bench.row import Row, table
from tests.recorders import board
from tests.soak.accounts import of_history, of_messages
from tests.soak.lines import Lines, account
from tests.soak.measures import Measure, measured, taken
from tests.soak.stand import FAKETIME, Stand, isolate
from tests.soak.troubles import Troubles

MINUTES = 30.0
FIRST = 10.0
"""Minutes until memory and descriptors are taken for the first time."""
ALONE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
"""However it ends, nothing of it runs on."""
KEYS = ("j", "\r", "\x1b", "A", "\x1b", "H", "\x1b", "l", "\x1b", "k", "r")


async def soaked(stand: Stand, minutes: float) -> list[Row]:
    """Run it all; its figures."""
    config = stand.config()
    lines = Lines(stand.written, config.sources["loki"].url)
    began = time.monotonic()
    async with board(config) as observer:
        troubles = Troubles(stand, observer)
        await troubles.until(lambda: observer.engine.link is not None, "the observer is attached", 60)
        await troubles.well()
        lines.begin()
        first = await _all_troubles(stand, troubles, began + 60 * minutes)
        last = await _rested(stand, troubles)
        await asyncio.to_thread(lines.end)
        await asyncio.sleep(10)
        return await asyncio.to_thread(_figures, stand, troubles, lines, first or last, last, minutes)


async def _all_troubles(stand: Stand, troubles: Troubles, end: float) -> dict[str, Measure] | None:
    """One after the other until the end; what was taken at the first measure."""
    began = time.monotonic()
    first: dict[str, Measure] | None = None
    minutes = (end - began) / 60
    while True:
        turns = troubles.all()
        for what, trouble in turns:
            if time.monotonic() > end:
                return first
            if first is None and time.monotonic() - began > 60 * min(FIRST, minutes / 3):
                first = await _rested(stand, troubles)
            now = " ".join(f"{name} {one}" for name, one in taken(stand.programs).items())
            print(f"{(time.monotonic() - began) / 60:5.1f} {what:<40.40} {now}", file=sys.stderr, flush=True)
            _press(stand)
            await trouble()
            troubles.rounds += 1 / len(turns)


def _press(stand: Stand) -> None:
    """Have somebody at the first board: it goes through a few screens."""
    for key in KEYS:
        stand.boards[0].wire.press(key)
        time.sleep(0.2)


async def _rested(stand: Stand, troubles: Troubles) -> dict[str, Measure]:
    """What the programs take after a quiet half minute."""
    await troubles.well()
    await asyncio.sleep(30)
    return await measured(stand.programs)


def _figures(
    stand: Stand,
    troubles: Troubles,
    lines: Lines,
    first: dict[str, Measure],
    last: dict[str, Measure],
    minutes: float,
) -> list[Row]:
    rows: list[Row] = []
    is_judged = minutes >= MINUTES
    for name, then in first.items():
        now = last[name]
        words = (
            f"{then.memory:.1f} MB at minute {min(FIRST, minutes / 3):.0f}, {now.memory:.1f} MB at the end"
        )
        rows.append(Row(f"{name}: memory", now.memory - then.memory, "MB", 1 if is_judged else None, words))
    for name, then in first.items():
        words = f"{then.files} at minute {min(FIRST, minutes / 3):.0f}, {last[name].files} at the end"
        rows.append(Row(f"{name}: descriptors", last[name].files - then.files, "more", 2, words))
    rows += of_history(stand, troubles)
    found = account(lines, stand.shown, stand.said["tail"])
    rows.append(
        Row(
            "lines missing",
            found.missing,
            "lines",
            0,
            f"of {found.emitted}; {found.told} more in gaps that were told",
        )
    )
    rows.append(Row("lines twice", found.twice, "lines", 0, "the same line printed again"))
    rows += of_messages(stand)
    words = "; ".join(troubles.missed[:5])
    rows.append(Row("not as it had to be", len(troubles.missed), "times", 0, words))
    dead = [name for name, process in stand.programs.items() if process.poll() is not None]
    rows.append(Row("programs ended", len(dead), "", 0, ", ".join(dead)))
    codes = [one.end() for one in stand.boards]
    rows.append(Row("boards not left by a key", sum(code != 0 for code in codes), "", 0, str(codes)))
    return rows


def main() -> int:
    """Run it in namespaces of its own, print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--keep", action="store_true", help="Leave the folder with all that was written.")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside is None:
        if os.geteuid() != 0 or FAKETIME is None:
            print("the soak needs root and the package faketime (make servers)", file=sys.stderr)
            return 2
        folder = Path(tempfile.mkdtemp(prefix="soak-"))
        try:
            words = [
                sys.executable,
                "-m",
                "tests.soak",
                "--minutes",
                str(asked.minutes),
                "--inside",
                str(folder),
            ]
            return subprocess.run([*ALONE, *words], check=False).returncode
        finally:
            if not asked.keep:
                shutil.rmtree(folder)
            else:
                print(f"kept {folder}", file=sys.stderr)
    isolate(asked.inside)
    with ExitStack() as stack:
        stand = Stand(asked.inside, stack)
        os.environ.update(stand.environ)
        stand.begin()
        rows = asyncio.run(soaked(stand, asked.minutes))
    print(table(rows))
    print(f"\n{asked.minutes:g} minutes; {machine()}")
    return int(any(row.verdict == "MISSED" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
