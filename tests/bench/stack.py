"""The built-in stack, simulated: how long its first full round takes, with the engine alone and on the board."""

import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sutaz_tui.demo.stack import Demo
from tests.bench.child import Child
from tests.bench.row import Row, interleaved
from tests.terminal import Terminal

RUNS = 5
COLUMNS, ROWS = 160, 60
FRAME = b"Letta"
"""A row of the board, which stands there from its first frame on."""
MINIMAL = (sys.executable, "-m", "tests.bench.minimal_app")
_LOCAL = re.compile(r"127\.0\.0\.1:\d+")


def moved_to(text: str, port: int, folder: str) -> str:
    """The built-in config with every address on one port, and no socket of this machine's Docker."""
    text = _LOCAL.sub(f"127.0.0.1:{port}", text)
    return text.replace("unix:///var/run/docker.sock", f"unix://{folder}/docker.sock")


@contextmanager
def simulated() -> Iterator[tuple[Demo, str]]:
    """The healthy simulated stack, listening, and the path of the config that matches it."""
    with tempfile.TemporaryDirectory() as folder, Demo("healthy") as demo:
        demo.wait()
        path = Path(folder, "stack.yaml")
        path.write_text(demo.text, "utf-8")
        yield demo, str(path)


def round_from_first_request() -> list[Row]:
    """Seconds from the first connection of a fresh process to the answer that came last, client libraries not yet loaded."""
    with simulated() as (demo, path):
        addresses = [match[0].split(":") for match in _LOCAL.finditer(demo.text)]

        def ours() -> float:
            with Child("tests.bench.one_round", {"config": path, "environ": demo.environ}) as child:
                answered = child.ask()
            unasked.extend(answered["unasked"])
            return float(answered["seconds"])

        def connects() -> float:
            began = time.perf_counter()
            for host, port in addresses:
                _dial(host, int(port))
            return time.perf_counter() - began

        unasked: list[str] = []
        took = interleaved(RUNS, {"connects": connects, "ours": ours})
    words = f"a TCP connect to each address in turn: {1000 * took['connects']:.0f} ms"
    if unasked:
        return [Row("round", None, "s", 1, f"without an answer: {', '.join(sorted(set(unasked)))}")]
    return [Row("round", took["ours"], "s", 1, words)]


def _dial(host: str, port: int) -> None:
    with socket.socket() as dialling:
        dialling.connect_ex((host, port))


def round_from_first_frame() -> list[Row]:
    """The board in a terminal on a stack that runs: from its first frame until no row waits for its first answer."""
    rounds: list[float] = []
    starts: list[float] = []

    with simulated() as (demo, path):

        def board() -> float:
            with _terminal("-c", path, env=demo.environ) as terminal:
                began = time.perf_counter()
                first = _until(terminal, began, FRAME)
                rounds.append(_until_answered(terminal, began) - first)
            return first

        def minimal() -> float:
            with Terminal(program=MINIMAL, columns=COLUMNS, rows=ROWS) as terminal:
                return _until(terminal, time.perf_counter(), b"minimal app")

        frames = interleaved(RUNS, {"minimal": minimal, "board": board})
    for _ in range(RUNS):
        starts.append(_demo_round())
    figure = statistics.median(rounds)
    words = (
        f"first frame {1000 * frames['board']:.0f} ms after exec, a minimal Textual app's "
        f"{1000 * frames['minimal']:.0f} ms, both drawn by the measuring side (`board-start` compares them)"
    )
    started = statistics.median(starts)
    return [
        Row("first-frame", figure, "s", 2, words),
        Row(
            "first-frame-demo",
            started,
            "s",
            None,
            "the same with --demo, whose stack starts after the first frame",
        ),
    ]


def _demo_round() -> float:
    with _terminal("--demo", "--scenario", "healthy") as terminal:
        began = time.perf_counter()
        first = _until(terminal, began, FRAME)
        answered = _until_answered(terminal, began)
    return answered - first


def _terminal(*arguments: str, env: dict[str, str] | None = None) -> Terminal:
    return Terminal(*arguments, env=env, columns=COLUMNS, rows=ROWS)


def _until(terminal: Terminal, began: float, marker: bytes) -> float:
    """Seconds since `began` when the marker's bytes have come."""
    while marker not in terminal.raw:
        if not terminal.pump(0.005) or time.perf_counter() - began > 20:
            raise AssertionError(f"did not see {marker!r}; the screen:\n{terminal.text}")
    return time.perf_counter() - began


def _until_answered(terminal: Terminal, began: float) -> float:
    # A row that waits for its first answer begins with this glyph.
    terminal.wait_for(lambda screen: "\n~" not in screen)
    return time.perf_counter() - began
