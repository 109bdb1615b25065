"""Rows lead on: a queue to who reads it, a target to its service; what a row unfolds stands below where there is room."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from tests.board.test_check_screens import Keys, opened
from tests.running import Simulated, simulated


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


async def at(keys: Keys, command: str, text: str) -> None:
    await keys.press("colon", *command, "enter")
    await keys.until(lambda: text in keys.text, f"{command} shows {text}")


async def test_enter_on_a_queue_goes_to_who_reads_it_and_q_comes_back_to_the_queue(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await at(keys, "queues agent.letta", "agent.letta")
        queues = keys.app.screen
        assert queues.pane.selected.values["name"] == "agent.letta"
        await keys.press("enter")
        await keys.until(lambda: "CONSUMERS" in keys.text and "ctag1" in keys.text, "who reads it")
        assert keys.app.screen.pane.selected.values["queue"] == "agent.letta"
        await keys.press("enter")
        await keys.until(lambda: "CONTAINERS" in keys.text and "sutazai-letta" in keys.text, "its container")
        containers = keys.app.screen
        assert containers.pane.selected.values["name"] == "sutazai-letta"
        assert containers.copied_line.endswith("/docker.sock restart sutazai-letta")
        await keys.press("enter")
        assert keys.text.startswith(" Letta   WHY")
        await keys.press("q", "q", "q")
        assert keys.app.screen is queues and queues.query_now._task is not None


async def test_enter_on_a_target_goes_to_its_service_and_l_opens_the_log_of_that(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await at(keys, "targets sutazai-backend:8000", "sutazai-backend:8000")
        assert keys.app.here.log_id == "backend"
        await keys.press("enter")
        assert keys.text.startswith(" Backend   WHY")


async def test_a_name_that_no_row_has_is_told(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await at(keys, "queues nothing.such", "agent.letta")
        await keys.until(lambda: "nothing here is called nothing.such" in keys.foot, "it says so")


async def test_what_the_row_unfolds_stands_below_the_table_where_there_is_room(stack: Simulated) -> None:
    stack.control("PUT", "/traits/postgres_figures", {"value": ["blocked:2"]})
    try:
        async with opened(stack, (80, 24)) as keys:
            await at(keys, "pg-blocking", "└ 4314")
            screen = keys.app.screen
            await keys.until(
                lambda: "pg_terminate_backend" in screen.detail.text, "the statement stands below"
            )
            await keys.press("o")
            assert screen.detail.text == "" and screen.pane.is_unfolded
            await keys.press("colon", *"pg-blocking 4314", "enter")
            await keys.until(lambda: keys.app.here.moment is not None, "it began to wait at some moment")
            assert keys.app.here.moment.service_id == "postgres", "l opens the log of then"
            await keys.press("enter")
            await keys.until(
                lambda: "CONTAINERS" in keys.text and "sutazai-backend" in keys.text, "its client"
            )
            containers = keys.app.screen
            assert containers.pane.selected.values["name"] == "sutazai-backend"
            await keys.until(lambda: containers.query_now._asking.seen, "who asks knows what is looked at")
            assert [*containers.query_now._asking.seen] == containers.pane.seen != []
            assert len(containers.pane.seen) < len(containers.pane.rows)
    finally:
        stack.control("PUT", "/scenario", {"scenario": "healthy"})


async def test_of_the_past_a_view_shows_what_is_kept_or_says_that_nothing_is(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await at(keys, "containers", "sutazai-letta")
        screen = keys.app.screen
        query = screen.query_now
        keys.app.show_past(replace(keys.app.engine.snapshot(), is_past=True))
        await keys.until(lambda: "not kept" in keys.text, "it says so")
        assert not screen.pane.rows and query._task is None
        keys.app.show_now()
        await keys.until(lambda: "sutazai-letta" in keys.text, "now is back")
