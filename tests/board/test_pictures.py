"""The whole board as text and as SVG, compared with stored pictures; UPDATE_SNAPSHOTS=1 stores them anew."""

import os
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.board.log_pictures import log
from tests.board.pictures import degraded, first_frame, healthy, one_cause, remembered, stale
from tests.board.showing import Board

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (160, 45), (200, 60))
ANEW = ("past", "curves")
"""What a size is opened for anew: the head of the past follows with the next second, the cursor of curves by columns."""


def opened(state: str, size: tuple[int, int], folder: Path) -> AbstractAsyncContextManager[Board]:
    match state:
        case "healthy":
            return healthy(size)
        case "one-cause":
            return one_cause(size)
        case "degraded":
            return degraded(size)
        case "log":
            return log(size)
        case "stale":
            return stale(size)
        case "history":
            return remembered(size, folder, "H", "incident")
        case "uptime":
            return remembered(size, folder, "U", "▇ up")
        case "past":
            return remembered(size, folder, "past", "AT Mon")
        case "diff":
            return remembered(size, folder, "d", "DIFF")
        case "curves":
            return remembered(size, folder, "curves", "latency median")
        case _:
            return first_frame(size, folder)


def stable(svg: str) -> str:
    """An SVG without the name that Rich makes anew for every picture, and without fonts from elsewhere."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    # Some viewers drop the blanks at the begin of a piece of text.
    return svg.replace("Fira Code", "monospace").replace("<svg ", '<svg xml:space="preserve" ', 1)


async def steadied(board: Board) -> None:
    """Draw anew what hangs on how fast this machine draws: which answers the head has told of in its steps, and up to
    which minute the sparklines go."""
    board.app.board.head._updated = None
    board.app.board.map._sparks_due = None
    if board.app.past is None:
        board.app.board.tick(board.stand.engine.snapshot())
    await board.settle()


def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks, and where."""
    monkeypatch.setattr("sutaz_tui.tui.tab._user", lambda: "sutaz")
    monkeypatch.setattr("platform.node", lambda: "web-03")


@pytest.mark.parametrize(
    "state",
    [
        "healthy",
        "one-cause",
        "degraded",
        "stale",
        "first-frame",
        "log",
        "history",
        "uptime",
        "past",
        "diff",
        "curves",
    ],
)
async def test_the_whole_board(state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch)
    found: dict[str, str] = {}
    for first, *others in [[size] for size in SIZES] if state in ANEW else [SIZES]:
        async with opened(state, first, tmp_path / f"{first[0]}") as board:
            await steadied(board)
            found |= pictures(board, state)
            for size in others:
                await board.pilot.resize_terminal(*size)
                await steadied(board)
                found |= pictures(board, state)
    for file, content in found.items():
        compare(FOLDER / file, content)


def pictures(board: Board, state: str) -> dict[str, str]:
    """The screen as it is stored."""
    name = f"{state}-{board.app.size.width}x{board.app.size.height}"
    return {
        f"{name}.txt": board.text + "\n",
        f"{name}.svg": stable(board.app.export_screenshot(title="sutaz-tui")),
    }


def compare(path: Path, content: str) -> None:
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    assert path.exists(), f"{path.name} is not stored: UPDATE_SNAPSHOTS=1 stores it"
    stored = path.read_text("utf-8")
    assert content == stored, f"{path.name} differs: look at it, then UPDATE_SNAPSHOTS=1 stores it"
