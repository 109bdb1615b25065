"""From a check to the log of what it touched, over a simulated stack: its sources are the real ones."""

from collections.abc import Iterator

import pytest

from sutaz_tui.tui.screens.checks.screen import ChecksScreen
from sutaz_tui.tui.screens.log.screen import LogScreen
from tests.board.test_check_screens import LETTA, Keys, opened
from tests.running import Simulated, simulated


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


def rows(keys: Keys) -> list[str]:
    """What stands on the screen."""
    return keys.text.splitlines()


async def test_the_lines_of_what_it_touched_around_its_time(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("2")
        await keys.ended()
        await keys.press("T", "l")
        assert isinstance(keys.app.screen, LogScreen)
        await keys.until(lambda: "GET / 200" in keys.text, "the lines of the check are there")
        assert rows(keys)[0].startswith(" PASS api.root")
        title = rows(keys)[1]
        assert "-- log backend  via docker socket" in title and "X-Correlation-ID" in title
        panel = keys.app.log_panel
        assert panel is not None and not panel.session.is_live
        subject = panel.session.subject
        assert subject.start is not None and subject.end is not None
        assert all(subject.start <= entry.at < subject.end for entry in panel.session.buffer.entries)
        here = panel.session.pager.selected
        assert here is not None and here.line is not None and subject.marked in here.line.text
        assert here.is_marked
        await keys.press("n")
        again = panel.session.pager.selected
        assert again is here or (
            again is not None and again.line is not None and subject.marked in again.line.text
        )
        await keys.press("G")
        await keys.until(lambda: "FOLLOW" in rows(keys)[1], "it follows from there on")
        await keys.press("q")
        assert isinstance(keys.app.screen, ChecksScreen)


async def test_a_failed_check_opens_the_log_of_its_service(stack: Simulated) -> None:
    stack.control("PUT", "/patches", {"patches": [LETTA]})
    async with opened(stack) as keys:
        await keys.press("1")
        await keys.ended()
        await keys.press("T")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        screen.list.select("agents.letta.healthy")
        await keys.press("l")
        await keys.until(lambda: "-- log letta" in keys.text, "its log is open")
        assert rows(keys)[0].startswith(" FAIL agents.letta.healthy")


async def test_a_check_that_has_not_run_has_no_moment(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await keys.press("5")
        await keys.ended()
        await keys.press("T")
        screen = keys.app.screen
        assert isinstance(screen, ChecksScreen)
        writes = next(
            c.id for c in keys.runs.checks.values() if c.id not in keys.runs.results and c.category == "mcp"
        )
        screen.list.select(writes)
        await keys.press("l")
        assert "has not run" in keys.foot
