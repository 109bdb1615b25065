"""How the board comes and goes: first frame, resize, quit, and what is left when its terminal vanishes."""

import itertools
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sutaz_tui.config import load
from sutaz_tui.state.history.file import HistoryFile, name_of
from tests.bench.history import fill
from tests.bench.row import Row, interleaved
from tests.bench.screen import Wire, opened

RUNS = 11
PAIRS = 24
COLUMNS, ROWS = 160, 50
OURS: tuple[str, ...] = (sys.executable, "-m", "sutaz_tui")
MINIMAL: tuple[str, ...] = (sys.executable, "-m", "tests.bench.minimal_app")
FRAME = {OURS: b"Letta", MINIMAL: b"minimal app"}
"""What stands there from the first frame on."""
HANGING: tuple[str, ...] = (sys.executable, "-m", "tests.bench.board_app", "40", "0", "10")
CLIENTS = ("httpx2", "redis", "pika", "consul", "asyncpg", "requests", "prometheus_api_client")


def first_frame() -> list[Row]:
    """The built-in config's board against the minimal app, from exec until the bytes of its first frame."""
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home}

        def shown(program: tuple[str, ...]) -> float:
            began = time.perf_counter()
            with Wire(program=program, columns=COLUMNS, rows=ROWS, env=env) as wire:
                wire.until(FRAME[program])
                return time.perf_counter() - began

        took = interleaved(RUNS, {"ours": lambda: shown(OURS), "minimal": lambda: shown(MINIMAL)})
        loaded = _loaded(Path(home, "imports"), env)
    ours, minimal = took["ours"], took["minimal"]
    words = f"ours {1000 * ours:.0f} ms; the minimal app {1000 * minimal:.0f} ms"
    return [
        Row("board-start", ours / minimal, "x", 1.3, words),
        Row(
            "board-start-clients",
            len(loaded),
            "",
            0,
            f"client libraries loaded by then: {', '.join(loaded) or 'none'}",
        ),
    ]


def first_frame_with_history() -> list[Row]:
    """The first frame of a board that remembers 30 days against one that remembers nothing, pair by pair."""
    config = load(None, None, {})
    with tempfile.TemporaryDirectory() as full, tempfile.TemporaryDirectory() as empty:
        file = HistoryFile(Path(full, "sutaz-tui", name_of(config.path)))
        fill(file, [service.id for service in config.services], datetime.now(UTC))
        file.close()

        def shown(home: str) -> float:
            env = {"HOME": home, "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home}
            began = time.perf_counter()
            with Wire(program=OURS, columns=COLUMNS, rows=ROWS, env=env) as wire:
                wire.until(FRAME[OURS])
                return time.perf_counter() - began

        shown(full), shown(empty)
        # Who comes first takes turns.
        pairs = [
            (shown(full), shown(empty)) if number % 2 else (shown(empty), shown(full))[::-1]
            for number in range(PAIRS)
        ]
    ratio = statistics.median(with_it / without for with_it, without in pairs)
    words = f"the middle of {PAIRS} pairs; without history {1000 * statistics.median(one for _, one in pairs):.0f} ms"
    return [Row("board-start-history", ratio, "x", 1.05, words)]


def _loaded(told: Path, env: dict[str, str]) -> list[str]:
    """Which client libraries were imported when the first frame was written, by Python's own import log."""
    log = {"PYTHONPROFILEIMPORTTIME": "1", "PYTHONUNBUFFERED": "1"}
    script = f"exec {' '.join(OURS)} 2>{told}"
    with Wire(program=("sh", "-c", script), columns=COLUMNS, rows=ROWS, env={**env, **log}) as wire:
        wire.until(FRAME[OURS])
        wire.process.kill()
        names = set(re.findall(r"\| +([a-z0-9_]+)$", told.read_text("utf-8"), re.MULTILINE))
    assert "textual" in names, "the import log was not written"
    return [name for name in CLIENTS if name in names]


def resize() -> list[Row]:
    """From the new size until the last byte of the repaint, on a quiet board."""
    took = []
    sizes = itertools.cycle([(120, 40), (80, 24), (200, 60), (160, 50)])
    program = (sys.executable, "-m", "tests.bench.board_app", "40", "0", "0")
    with opened(Wire(program=program, columns=COLUMNS, rows=ROWS), b"Service 39", 4) as wire:
        for _ in range(12):
            # Not while a round is being shown.
            wire.run(0.4)
            wire.resize(*next(sizes), tell=False)
            took.append(wire.until_quiet())
    took.sort()
    words = f"slowest of 12 between 80x24 and 200x60; the median {1000 * took[6]:.0f} ms"
    return [Row("board-resize", 1000 * took[-1], "ms", 150, words)]


def leaving() -> list[Row]:
    """From the key until the process is gone; and from the terminal's end until it is gone."""

    def quit(program: tuple[str, ...], marker: bytes, key: str) -> float:
        with opened(Wire(program=program, columns=COLUMNS, rows=ROWS), marker, 1.5) as wire:
            wire.press(key)
            return wire.until_end()

    def vanish(ignore_hangup: bool) -> float:
        with opened(Wire(program=HANGING, ignore_hangup=ignore_hangup), b"Service", 1.5) as wire:
            began = time.perf_counter()
            wire.vanish()
            wire.process.wait(20)
            return time.perf_counter() - began

    calm = (*HANGING[:-1], "0")
    took = interleaved(
        5,
        {
            "minimal": lambda: quit(MINIMAL, b"minimal app", "q"),
            "ours": lambda: quit(calm, b"Service", "Q"),
            "hanging": lambda: quit(HANGING, b"Service", "Q"),
        },
    )
    gone = [vanish(False), vanish(True), vanish(False), vanish(True)]
    minimal = took["minimal"]
    words = f"the minimal app {1000 * minimal:.0f} ms; ours"
    return [
        Row("board-quit", took["ours"] / minimal, "x", 1.3, f"{words} {1000 * took['ours']:.0f} ms"),
        Row(
            "board-quit-hanging",
            took["hanging"] / minimal,
            "x",
            1.3,
            f"{words} {1000 * took['hanging']:.0f} ms, ten calls hang",
        ),
        Row(
            "board-vanish", max(gone), "s", 2, "the slower of with SIGHUP and with it ignored, ten calls hang"
        ),
    ]
