"""Views of a service: opened by word, gone through by Tab, asked for only while they are looked at."""

from collections.abc import Iterator

import pytest

from sutaz_tui.tui.screens.service.screen import ServiceScreen
from tests.board.test_check_screens import Keys, opened
from tests.running import Simulated, simulated


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


@pytest.fixture
def stack(simulator: Simulated) -> Iterator[Simulated]:
    """The stack, mended after each test."""
    yield simulator
    simulator.control("DELETE", "/faults")
    simulator.control("PUT", "/scenario", {"scenario": "healthy"})


async def queues(keys: Keys) -> ServiceScreen:
    await keys.press("colon", *"queues", "enter")
    await keys.until(lambda: "agent.letta" in keys.text, "the queues are there")
    screen = keys.app.screen
    assert isinstance(screen, ServiceScreen)
    return screen


async def test_the_word_opens_it_and_tab_goes_through_the_views(stack: Simulated) -> None:
    async with opened(stack, (80, 24)) as keys:
        screen = await queues(keys)
        lines = keys.text.splitlines()
        assert lines[0] == " RabbitMQ   why   QUEUES   consumers   connections   curves"
        assert lines[1].startswith(" QUEUES   13   trouble first   ") and lines[1].endswith(" ago")
        assert lines[2].split() == ["NAME", "READY", "UNACKED", "CONSUMERS", "IN/s", "OUT/s", "IDLE", "STATE"]
        for name in ("consumers", "connections", "curves"):
            await keys.press("tab")
            assert name.upper() in keys.text.splitlines()[0]
        await keys.press("tab")
        assert keys.text.startswith(" RabbitMQ   WHY   queues") and "interval" in screen.why.text
        await keys.press("tab")
        await keys.until(lambda: "agent.letta" in keys.text, "the queues are back")
        await keys.press("right")
        assert "queues" not in keys.text.splitlines()[0] and screen.opened is None, "that has no such view"
        await keys.press("q")
        assert keys.is_on_board


async def test_leaving_it_ends_the_asking_and_coming_back_begins_it_again(stack: Simulated) -> None:
    async with opened(stack) as keys:
        screen = await queues(keys)
        query = screen.query_now
        assert query is not None and query._task is not None
        await keys.press("question_mark")
        assert query._task is None, "nobody looks while the help stands above"
        await keys.press("q")
        assert query._task is not None
        await keys.press("shift+tab")
        assert query._task is None and screen.query_now is None
        await keys.press("tab")
        query = screen.query_now
        await keys.press("q")
        assert query is not None and query._task is None


async def test_it_is_sorted_filtered_and_found_in(stack: Simulated) -> None:
    async with opened(stack) as keys:
        screen = await queues(keys)
        table = screen.pane
        await keys.press("greater_than_sign")
        assert "sorted by name" in keys.foot
        assert "sorted by name" in keys.text.splitlines()[1] and "trouble first" not in keys.text
        names = [row.values["name"] for row in table.rows]
        assert names == sorted(names)
        await keys.press("I")
        assert [row.values["name"] for row in table.rows] == names[::-1]
        await keys.press("ampersand", *"LETTA")
        await keys.until(lambda: "1 of 13" in keys.text, "it filters while one types, in any case")
        await keys.press("enter", "ampersand")
        await keys.press(*"!/^agent/", "enter")
        assert [row.values["name"] for row in table.rows] == ["mcp.bridge"]
        assert "& !/^agent/" in keys.text
        await keys.press("q")
        assert len(table.rows) == 13 and keys.app.screen is screen, "the filter first"
        await keys.press("slash", *"shell", "enter")
        assert table.selected.values["name"] == "agent.shellgpt"
        await keys.press("slash", *"/(/", "enter")
        assert "agent.shellgpt" in keys.text and "the regular expression is wrong" in keys.foot
        await keys.press("y")
        assert "name agent.shellgpt" in keys.foot


async def test_trouble_is_told_below_rows_that_stay(stack: Simulated) -> None:
    async with opened(stack) as keys:
        await queues(keys)
        stack.fault("rabbitmq-management", "refuse")
        await keys.press("r")
        await keys.until(lambda: "refused" in keys.text, "the trouble is told")
        assert "agent.letta" in keys.text
        stack.fault("rabbitmq-management", None)
        await keys.press("r")
        await keys.until(lambda: "refused" not in keys.text, "it is gone")


async def test_statistics_turned_off_are_told(stack: Simulated) -> None:
    stack.control("PUT", "/traits/rabbitmq_statistics", {"value": False})
    async with opened(stack) as keys:
        await queues(keys)
        assert "statistics are turned off in this broker" in keys.text


async def test_without_such_a_service_it_says_so() -> None:
    from tests.board.showing import few, showing

    async with showing(*few()) as board:
        await board.press("colon", *"queues", "enter")
        assert board.is_open and "no service of kind rabbitmq" in board.foot


async def test_y_copies_the_statement_that_ends_the_session_which_holds_others_up(stack: Simulated) -> None:
    stack.control("PUT", "/traits/postgres_figures", {"value": ["blocked:2"]})
    async with opened(stack, (80, 24)) as keys:
        await keys.press("colon", *"pg-blocking", "enter")
        await keys.until(lambda: "└ 4314" in keys.text, "the chain is there")
        lines = keys.text.splitlines()
        assert lines[0].startswith(" PostgreSQL   why   BLOCKING   activity   databases   statements")
        assert "idle in tx" in lines[3] and "waits: row" in lines[4] and "UPDATE" in lines[4]
        line = keys.app.here.copied_line
        assert line.startswith(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid = 4312 and backend_start = '"
        )
        await keys.press("tab")
        await keys.until(lambda: "1 idle in transaction" in keys.text, "what they do")
        await keys.press("tab")
        await keys.until(lambda: "jarvis_ai" in keys.text, "the databases")
