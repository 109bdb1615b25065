"""Pages of several feeds as one: the newest lines, those before them, a span, a gap."""

import asyncio

import pytest

from sutaz_tui.errors import Refused, WrongQuery
from sutaz_tui.logs.following.tail import LogTail
from sutaz_tui.logs.lines import Gap, Page
from sutaz_tui.text.moments import DAY
from tests.hand_clock import HandClock
from tests.logs.following.clocked_feed import ClockedFeed, feeds


async def test_the_first_lines_of_all_feeds_are_the_newest_by_time() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    a.lines = [a.line(f"a{number}", 10 - number) for number in range(5)]
    b.lines = [b.line(f"b{number}", 9.5 - number) for number in range(5)]
    tail = LogTail([a, b], clock)
    page = await tail.first(4)
    assert [line.text for line in page.lines] == ["a3", "b3", "a4", "b4"]
    assert not page.is_whole
    assert (await tail.first(10)).is_whole
    older = await tail.older(page.lines[0].at, 3)
    assert [line.text for line in older.lines] == ["b1", "a2", "b2"]
    span = await tail.between(a.lines[1].at, b.lines[4].at, 2)
    assert [line.text for line in span.lines] == ["a1", "b1"]


async def test_a_span_that_is_cut_holds_all_lines_up_to_the_end_of_its_shortest_page() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    a.lines = [a.line(f"a{number}", 9 - number) for number in range(5)]
    b.lines = [b.line("b0", 8.5), b.line("b1", 6.5), b.line("b2", 1)]
    span = await LogTail([a], clock).between(a.lines[0].at, a.lines[4].at + 1, 2)
    assert ([line.text for line in span.lines], span.is_whole) == (["a0", "a1"], False)
    # The page of a ends at its third line: what b has behind it would hide that lines of a are missing.
    span = await LogTail([a, b], clock).between(a.lines[0].at, a.lines[4].at + 1, 4)
    assert [line.text for line in span.lines] == ["a0", "b0", "a1", "a2"]
    whole = await LogTail([a, b], clock).between(a.lines[0].at, a.lines[4].at + 1, 7)
    assert ([line.text for line in whole.lines], whole.is_whole) == (
        ["a0", "b0", "a1", "a2", "b1", "a3", "a4"], True,
    )  # fmt: skip


async def test_lines_are_looked_for_further_back_where_there_are_few() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    a.lines = [a.line("a week ago", 7 * 86400), a.line("today", 60)]
    assert [line.text for line in (await LogTail([a], clock).first(5)).lines] == ["a week ago", "today"]
    assert [line.text for line in (await LogTail([a], clock).first(1)).lines] == ["today"]


async def test_a_log_that_cannot_be_looked_at_further_back_shows_its_last_lines() -> None:
    class Short(ClockedFeed):
        """Refuses to look back for more than a day."""

        async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
            if end - start > DAY:
                raise WrongQuery("Loki", "the query is longer than 24h")
            return await super().page(start, end, limit, newest)

    clock = HandClock()
    feed = Short("a", clock)
    feed.lines = [feed.line("a week ago", 7 * 86400), feed.line("today", 60)]
    tail = LogTail([feed], clock)
    page = await tail.first(5)
    assert [line.text for line in page.lines] == ["today"]
    assert not page.is_whole, "what lies further back is not known"
    assert tail.troubles == {}


async def test_a_feed_that_cannot_be_asked_is_told_and_the_others_lines_are_there() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    a.error = Refused("Docker", "the socket is closed")
    b.lines = [b.line("b", 1)]
    tail = LogTail([a, b], clock)
    page = await tail.first()
    assert [line.text for line in page.lines] == ["b"]
    assert not page.is_whole
    assert tail.troubles == {"a: docker socket": "Docker: the socket is closed"}
    a.error = None
    assert (await tail.first()).is_whole
    assert tail.troubles == {}


async def test_when_no_feed_can_be_asked_the_error_comes_through() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    a.error = WrongQuery("Loki", "unexpected }", 1, 7)
    with pytest.raises(WrongQuery) as caught:
        await LogTail([a], clock).first()
    assert caught.value.column == 7


async def test_a_feed_that_hangs_holds_up_the_first_page_for_a_while_only() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    a.stuck = asyncio.Event()
    b.lines = [b.line("b", 1)]
    tail = LogTail([a, b], clock)
    asked = asyncio.create_task(tail.first())
    await clock.advance(20)
    assert [line.text for line in (await asked).lines] == ["b"]
    assert "no lines within" in tail.troubles["a: docker socket"]


async def test_a_gap_is_fetched_from_its_own_feed() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    a.lines = [a.line("a", 5)]
    b.lines = [b.line("b", 5)]
    page = await LogTail([a, b], clock).fetch(Gap("b", b.lines[0].at, b.lines[0].at + 1, 1, ""))
    assert [line.text for line in page.lines] == ["b"]
    assert page.is_whole
