"""What holds of every view: it asks while it is looked at and not a moment longer, and of the past shows what is kept."""

import asyncio
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from sutaz_tui.tui.screens.service.screen import ServiceScreen
from sutaz_tui.tui.screens.service.viewed import NOT_KEPT
from sutaz_tui.views.registry import VIEWS
from tests.board.test_check_screens import Keys, opened
from tests.running import Simulated, simulated


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


def asked() -> int:
    """How many questions of views are asked again and again."""
    return sum(task.get_name() == "live query" for task in asyncio.all_tasks())


async def shown(keys: Keys, view: str) -> ServiceScreen | None:
    """The screen of a view that was opened; None where the stack has no such service."""
    keys.app.action_view(view)
    await keys.pilot.pause()
    return keys.app.screen if isinstance(keys.app.screen, ServiceScreen) else None


async def test_each_view_asks_while_it_is_looked_at_and_ends_with_it(stack: Simulated) -> None:
    async with opened(stack, (80, 24)) as keys:
        tour = []
        for view in VIEWS:
            if (screen := await shown(keys, view.id)) is None:
                continue
            query = screen.query_now
            assert query is not None and asked() == 1, view.id
            await keys.until(lambda q=query: q.answer is not None or q.trouble, f"{view.id} was answered")
            assert not query.trouble, f"{view.id}: {query.trouble}"
            tour.append(view.id)
            await keys.press("q")
            await keys.until(lambda: keys.is_on_board, "back on the board")
            assert asked() == 0, f"{view.id} is asked for although nobody looks"
        assert {"containers", "docker-disk", "cpu", "disks", "processes", "units", "queues"} <= {*tour}


async def test_each_view_of_the_past_shows_what_is_kept_or_says_that_nothing_is(stack: Simulated) -> None:
    async with opened(stack, (80, 24)) as keys:
        await keys.until(lambda: "disk" in keys.app.board.state("host").facts, "the host's figures are there")
        keys.app.show_past(replace(keys.app.engine.snapshot(), is_past=True))
        told = {}
        for view in VIEWS:
            if (screen := await shown(keys, view.id)) is None:
                continue
            await keys.pilot.pause()
            assert asked() == 0, f"{view.id} asks about now"
            rows = [row.key for row in screen.pane.rows]
            told[view.id] = rows
            assert bool(rows) is not any(NOT_KEPT in words for words, _ in screen.troubles()), view.id
        assert told["cpu"][-2:] == ["memory", "load1"] and told["disks"] == ["/"]
        assert told["queues"] == told["processes"] == []
