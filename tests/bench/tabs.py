"""What three configs in one board cost beside one, and how soon a host that was never seen before has its first board."""

import statistics
import tempfile
from pathlib import Path

from tests.bench.board_idle import SETTLE, run_all
from tests.bench.board_memory import resident
from tests.bench.probes import cpu_of
from tests.bench.row import Row
from tests.bench.screen import QUIET, Wire
from tests.bench.stack import FRAME, simulated
from tests.setup.foreign import foreign

SECONDS = 60.0
RUNS = 3
CONTAINERS = 40
NAMES = ("prod", "staging", "homelab")


def three() -> list[Row]:
    """One board of one config and one of three, of which each polls the simulated stack by itself, side by side."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        simulated() as (demo, path),
    ):
        files = [Path(other, f"{name}.yaml") for name in NAMES]
        for file in files:
            file.write_text(demo.text, "utf-8")
        state = {"HOME": other, **demo.environ}
        with (
            Wire("board", path, env={**state, "XDG_STATE_HOME": one}, columns=160, rows=45) as single,
            Wire(
                "board", *map(str, files), env={**state, "XDG_STATE_HOME": other}, columns=160, rows=45
            ) as tabs,
        ):
            single.until(FRAME)
            tabs.until(FRAME)
            run_all((single, tabs), SETTLE)
            before = single.cpu, tabs.cpu
            run_all((single, tabs), SECONDS)
            cpu = [100 * (wire.cpu - was) / SECONDS for wire, was in zip((single, tabs), before, strict=True)]
            memory = [resident(wire.process.pid) for wire in (single, tabs)]
    return [
        Row("tabs-cpu", cpu[1] / cpu[0], "x", 3, f"{cpu[1]:.2f} % of a core; a board of one {cpu[0]:.2f} %"),
        Row(
            "tabs-memory",
            memory[1] / memory[0],
            "x",
            1.5,
            f"{memory[1]:.0f} MB; a board of one {memory[0]:.0f} MB",
        ),
    ]


def unknown_host() -> list[Row]:
    """From the start to the question, and from the yes until each of 40 containers was read and the last is painted."""
    asked, framed, shown, cpu = [], [], [], []
    with simulated() as (demo, _):
        url = next(one.url for one in demo.config().sources.values() if one.url.startswith("unix:"))
        with foreign(url, CONTAINERS, is_recorded=True) as docker:

            def read() -> bool:
                return len({path for path in docker.asked if "/stats" in path}) >= CONTAINERS

            # The first run records.
            for _ in range(RUNS + 1):
                with tempfile.TemporaryDirectory() as home:
                    env = {"DOCKER_HOST": docker.url, "HOME": home}
                    env |= {"XDG_CONFIG_HOME": home, "XDG_STATE_HOME": f"{home}/state"}
                    with Wire(env=env, cwd=Path(home), columns=160, rows=60) as wire:
                        asked.append(wire.until(b"[Y/n]"))
                        docker.asked.clear()
                        wire.press("\r")
                        framed.append(wire.until(b"a asks "))
                        shown.append(framed[-1] + wire.until(read) + wire.until_quiet() - QUIET)
                        cpu.append(cpu_of(wire.process.pid))
    start, frame, whole, used = (statistics.median(found[1:]) for found in (asked, framed, shown, cpu))
    words = (
        f"{start:.2f} s to the question; from the yes {frame:.2f} s to the first frame, {whole:.2f} s to the last row; "
        f"{used:.2f} s of CPU; an engine's answers take 3 ms each"
    )
    return [Row("unknown-host", start + whole, "s", 3, words)]
