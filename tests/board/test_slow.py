"""Why a service is slow: rows over one axis, one cursor, and the order in which they rose, as the minutes show it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from sutaz_tui.config import kinds
from sutaz_tui.model import Fact
from sutaz_tui.probes.base import Finding
from sutaz_tui.tui.screens.charts.slow import SlowScreen
from tests.board.pictures import begun, kept
from tests.board.showing import Board, showing
from tests.board.test_check_screens import opened
from tests.board.test_pictures import FOLDER, compare, stable
from tests.engine.scripted import Stand, tcp
from tests.running import Simulated, simulated

DATABASE = kinds.Postgres(
    id="postgres", title="PostgreSQL", group="all", address="127.0.0.1:1", interval=10.0
)


@asynccontextmanager
async def slowed(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Board]:
    """Twenty minutes, in the twelfth of which sessions begin to wait, in the fourteenth Backend gets slow."""
    stand = Stand(DATABASE, tcp("backend", title="Backend", needs=("postgres",)))
    async with showing(stand=stand, folder=folder, size=size) as board:
        await begun(board)
        for minute in range(20):
            facts: dict[str, Fact] = {"waiting": 9 + minute if minute >= 12 else 0, "version": "16.4"}
            stand["postgres"].finding = Finding("16.4 primary", latency=0.002, facts=facts)
            stand["backend"].finding = Finding("answers", latency=0.9 if minute >= 14 else 0.02)
            if minute == 11:
                board.refuse("backend")
            await board.run(30)
            board.heal("backend")
            await board.run(30)
        await kept(board)
        board.app.board.map.select("backend")
        await board.press("colon")
        await board.type("slow")
        await board.until("order:")
        await board.until("no data: cpu, memory")
        yield board


async def test_the_order_is_that_of_the_minutes_with_their_resolution(tmp_path: Path) -> None:
    async with slowed(tmp_path, (120, 40)) as board:
        assert board.lines[0].startswith(" WHY SLOW   Backend   last 1h   minute data")
        assert " order: pg waits 14:12, slowest 14:14 (minute data)" in board.text
        assert "no data: cpu, memory, errors" in board.text and "likely" not in board.text
        assert "changes" in board.text and "^" in board.text and "Backend up → down" in board.text
        screen = board.app.screen
        assert isinstance(screen, SlowScreen)
        assert screen.copied_line.startswith("Backend: order: pg waits 14:12, slowest 14:14 (minute data)")


async def test_one_cursor_tells_what_all_rows_say_and_goes_there(tmp_path: Path) -> None:
    async with slowed(tmp_path) as board:
        await board.press("enter")
        assert "no moment is chosen" in board.foot
        await board.press("left")
        while " 14:13   slowest 20 ms   cpu no data" not in board.text:
            await board.press("left")
        assert "pg waits 22" in board.text
        moment = board.app.here.moment
        assert moment is not None and moment.service_id == "backend" and "pg waits 22" in moment.words
        await board.press("enter")
        await board.until("AT Mon 14:13")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_whole_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    async with slowed(tmp_path, size) as board:
        screen = board.app.screen
        assert isinstance(screen, SlowScreen)
        screen.rows.set_cursor(screen.rows._start + 53 * 60)
        screen.refresh_all()
        await board.until("no data: cpu, memory, errors")
        await board.settle()
        name = f"slow-{size[0]}x{size[1]}"
        text, svg = board.text + "\n", stable(board.app.export_screenshot(title="sutaz-tui"))
    compare(FOLDER / f"{name}.txt", text)
    compare(FOLDER / f"{name}.svg", svg)


async def test_in_the_past_it_ends_with_the_moment_that_is_shown(tmp_path: Path) -> None:
    async with slowed(tmp_path, (120, 40)) as board:
        await board.press("colon")
        await board.type("at 14:13")
        await board.until("AT Mon 14:13")
        board.app.board.map.select("backend")
        await board.press("colon")
        await board.type("slow")
        await board.until(" order: pg waits 14:12 (minute data)   no rise: slowest")


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


async def test_on_the_whole_stack_every_row_has_its_values(stack: Simulated) -> None:
    async with opened(stack, (160, 45)) as keys:
        keys.app.board.map.select("backend")
        await keys.press("colon")
        keys.app.screen.query_one(Input).value = "slow"
        await keys.press("enter")
        await keys.until(lambda: "errors" in keys.text and "rise" in keys.text, "all rows are there")
        screen = keys.app.screen
        assert isinstance(screen, SlowScreen)
        await keys.until(lambda: screen.query_now.answer is not None, "all were asked for")
        names = [row.name for row in screen._rows]
        assert names == ["p95", "cpu", "memory", "pg waits", "queue", "errors"]
        assert all(row.values for row in screen._rows), [row for row in screen._rows if not row.values]
        assert {len(row.values) for row in screen._rows} == {60}
        await keys.press("plus")
        await keys.until(lambda: {len(row.values) for row in screen._rows} == {360}, "six hours of minutes")
        assert "last 6h   minute data" in keys.text
        await keys.press("question_mark")
        assert screen.query_now._task is None, "nobody looks while the help stands above"
