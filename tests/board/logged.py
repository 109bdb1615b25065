"""A board whose services have logs that a test writes, and what stands in them on the screen."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sutaz_tui.logs.lines import LogLine
from tests.board.showing import Board, few, showing
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line
from tests.servers.waiting import Deadline

NOW = 1795442400  # 2026-11-23 14:00:00 UTC, when the clock of the tests begins


def word(n: int) -> str:
    """A number in letters: lines that differ in numbers alone are folded into one."""
    return "".join("klmnopqrst"[int(digit)] for digit in str(abs(n)))


def some(service: str, count: int = 300, end: float = NOW - 1) -> list[LogLine]:
    """Lines a second apart, the last at `end`."""
    return [line(end - count + 1 + n, f"INFO: {service} says {word(n)}", service) for n in range(count)]


def desk() -> ScriptedDesk:
    return ScriptedDesk(*(ScriptedFeed(service.id, *some(service.id)) for service in few()))


@asynccontextmanager
async def logged(size: tuple[int, int] = (80, 24), made: ScriptedDesk | None = None) -> AsyncIterator[Board]:
    """A board whose services have logs."""
    async with showing(*few(), size=size) as board:
        board.app.tab.log_feeds = made or desk()
        yield board


async def until(board: Board, holds: Callable[[], object], within: float = 10.0) -> None:
    deadline = Deadline(within)
    while not holds():
        assert not deadline.is_over(), f"not within {within} s; shown is:\n{board.text}"
        await board.pilot.pause(0.01)


def feed_of(board: Board, service: str) -> ScriptedFeed:
    """The feed of a service."""
    made = board.app.log_feeds
    assert isinstance(made, ScriptedDesk)
    return made[service]


def title(board: Board) -> str:
    """The line above the log."""
    return next((row for row in board.lines if row.startswith("-- log ")), "")


def shown(board: Board) -> list[str]:
    """The lines below it."""
    return board.lines[board.lines.index(title(board)) + 1 : -1]


def selected(board: Board) -> str:
    """The row on which the reader stands."""
    panel = board.app.log_panel
    assert panel is not None
    view = panel.view
    rows = view._rows(view.size.width, view.size.height)
    found = ["".join(text for text, _ in row) for row in rows if any(role == "selected" for _, role in row)]
    return found[0] if found else ""
