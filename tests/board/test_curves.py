"""The curves of a service: from its minutes, with a cursor, up to the moment that is shown."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.model import Fact
from sutaz_tui.probes.base import Finding
from sutaz_tui.text.moments import nanoseconds
from sutaz_tui.tui.screens.service.screen import CURVES, ServiceScreen
from tests.board.pictures import begun, kept
from tests.board.showing import Board, few, showing
from tests.engine.scripted import Stand


@asynccontextmanager
async def measured(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Board]:
    """PostgreSQL in its tenth minute, down in its fifth; its curves are open."""
    stand = Stand(*few())
    async with showing(stand=stand, folder=folder, size=size) as board:
        await begun(board)
        for minute in range(10):
            latency = 0.002 + minute / 1000
            facts: dict[str, Fact] = {"connections": 10 + minute, "version": "16.4"}
            stand["postgres"].finding = Finding("16.4 primary", latency=latency, facts=facts)
            (board.refuse if minute == 4 else board.heal)("postgres")
            await board.run(60)
        await kept(board)
        board.app.board.map.select("postgres")
        await board.press("enter", "shift+tab")
        await board.until("latency median")
        yield board


async def test_curves_are_a_view_of_every_service(tmp_path: Path) -> None:
    async with measured(tmp_path, (160, 45)) as board:
        assert isinstance(board.app.screen, ServiceScreen)
        assert board.lines[0].endswith("CURVES") and board.lines[1].strip() == "last 1h"
        legend = [line.strip() for line in board.lines if "■" in line]
        assert legend == ["■ latency median  ■ latency worst", "■ failures/min", "■ connections"]
        for _ in range(3):
            await board.press("minus")
        assert "shortest span" in board.foot and board.lines[1].strip() == "last 15m"
        await board.press("plus", "plus", "plus", "plus", "plus", "plus")
        assert "longest span" in board.foot and board.lines[1].strip() == "last 30d"
        await board.press("tab")
        assert "WHY" in board.lines[0], "the views go round"
        await board.press("minus")
        assert "there are no curves here" in board.foot


async def test_the_cursor_tells_values_and_goes_to_its_moment(tmp_path: Path) -> None:
    async with measured(tmp_path) as board:
        await board.press("minus")
        await board.until("last 15m")
        await board.press("enter")
        assert "no moment is chosen" in board.foot
        await board.press("left")
        assert "no data" in board.text, "the minute that goes on is not over"
        while "latency median 5 ms" not in board.text:
            await board.press("left")
        assert "at 23 Nov 14:03" in board.lines[1]
        assert "latency worst 5 ms" in board.text
        line = board.app.here.copied_line
        assert line.startswith(
            "PostgreSQL at 2026-11-23 14:03: latency median 5 ms, latency worst 5 ms, failures/min 0"
        )
        assert "connections 13" in line
        while "at 23 Nov 14:04" not in board.lines[1]:
            await board.press("right")
        await board.press("right", "right", "right", "right")
        assert re.search(r"failures/min [1-9]\d*, connections no data", board.app.here.copied_line)
        moment = board.app.here.moment
        assert moment is not None and moment.service_id == "postgres"
        await board.press("enter")
        await board.until("AT Mon 14:04")
        assert isinstance(board.app.screen, ServiceScreen)
        await board.until("14:04")
        assert board.app.screen.curves._end == pytest.approx(moment.at.timestamp()), (
            "they end with the moment"
        )
        await board.press("l")
        panel = board.app.log_panel
        assert panel is not None and panel.session.subject.start is not None
        assert panel.session.subject.start < nanoseconds(moment.at)


async def test_what_has_no_room_is_scrolled_to(tmp_path: Path) -> None:
    async with measured(tmp_path) as board:
        assert "1-2 of 3" in board.lines[1] and "connections" not in board.text
        await board.press("j")
        assert "connections" in board.text and "latency median" not in board.text
        await board.press("k", "k")
        assert "latency median" in board.text


async def test_where_nothing_is_remembered_that_is_said(tmp_path: Path) -> None:
    async with showing(*few()) as board:
        await board.press("enter", "tab")
        await board.until("no whole minute of this time is remembered")
        assert isinstance(board.app.screen, ServiceScreen) and board.app.screen.opened == CURVES
