"""Gaps of a Loki log that is followed are exact from the moment they are told, whatever goes on beside them."""

import asyncio

import pytest

from sutaz_tui.logs.following.loki_following import Bounds
from sutaz_tui.text.moments import MINUTE, SECOND
from tests.hand_clock import settle
from tests.logs.following.scripted_loki import key
from tests.logs.following.test_loki_feed import MUCH, Stand, stand


def missing(at: Stand) -> list[int]:
    """The moments of lines that were sent and did not come."""
    came = {key(line) for line in at.taker.lines}
    return [moment for moment, stream, text in at.loki.keys if (moment, stream, text) not in came]


async def test_a_gap_holds_the_lines_of_its_last_moment_that_were_left_out() -> None:
    async with stand(page_limit=4, has_socket=False) as at:
        await at.run(6)
        now = at.loki.now()
        # Three lines a moment and four a page: the page behind the gap begins amid the lines of one.
        for moment in range(60):
            at.loki.send(["a"], now + moment, "x")
            at.loki.send(["b"], now + moment, "y")
            at.loki.send(["c"], now + moment, "z")
        while not at.taker.gaps:
            await at.run(0.1)
        (gap,) = at.taker.gaps
        assert gap.lost == len(missing(at)) > 0
        assert all(gap.start <= moment < gap.end for moment in missing(at))


async def test_a_minute_that_a_gap_joins_to_another_while_it_is_counted_is_counted_with_it() -> None:
    async with stand(page_limit=4, has_socket=False) as at:
        begin = at.loki.now() // MINUTE * MINUTE
        await at.run(59.5)
        at.loki.send(["last of the minute"])
        counting = at.loki.stuck["count"] = asyncio.Event()
        await at.run(21)
        assert at.loki.count_asked()["count"] == 1, "the minute is being counted"
        # Not for the gap as well: it is told without a number, at once.
        at.loki.bytes = MUCH
        at.loki.send([f"late {number}" for number in range(60)], begin + MINUTE - SECOND // 4)
        at.loki.send([f"now {number}" for number in range(60)])
        await at.run(1)
        assert at.taker.lost == [None]
        at.loki.bytes = 1000
        at.loki.stuck.pop("count")
        counting.set()
        await settle()
        assert len(at.taker.gaps) == 1, "nothing is told of the minute alone"
        await at.run(130)
        assert at.taker.lost == [len(missing(at))]
        assert missing(at)


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
async def test_of_a_gap_that_is_looked_at_only_what_was_fetched_as_a_whole_is_no_longer_missing(
    part: float,
) -> None:
    async with stand(page_limit=4, has_socket=False) as at:
        await at.run(6)
        at.loki.send([f"line {number}" for number in range(60)])
        while not at.taker.gaps:
            await at.run(0.1)
        (gap,) = at.taker.gaps
        assert gap.lost == len(missing(at)) > 0
        if part:
            await at.feed.page(gap.start, gap.start + int(part * (gap.end - gap.start)), 1000, newest=False)
        await at.run(130)
        assert at.taker.lost == ([] if part == 1.0 else [gap.lost])


async def test_a_tail_that_tells_late_what_was_read_and_forgotten_repeats_nothing() -> None:
    async with stand(bounds=Bounds(seen=10)) as at:
        await at.every(1, 40, 4, by="slow")
        assert at.loki.tails == 1
        await at.run(30)
        assert len(at.taker.lines) == len(set(map(key, at.taker.lines))) == len(at.loki.lines)
        assert at.taker.gaps == []


async def test_more_lines_a_second_than_are_remembered_are_all_read() -> None:
    async with stand(has_socket=False, count_below=0, bounds=Bounds(seen=10)) as at:
        await at.every(0.4, 40, 20)
        await at.run(2)
        assert len(at.taker.lines) == len(set(map(key, at.taker.lines))) == len(at.loki.lines)


async def test_after_what_loki_refuses_to_give_lines_come_at_once_again() -> None:
    async with stand(has_socket=False) as at:
        await at.run(3)
        at.loki.refused.append((at.loki.now() - SECOND, at.loki.now() + SECOND))
        at.loki.send(["refused"])
        while not at.taker.gaps:
            await at.run(0.5)
        at.loki.send(["later"])
        await at.run(1)
        assert (at.taker.texts, at.taker.trouble) == (["later"], "")


async def test_lines_that_arrive_minutes_late_where_no_tail_is_open_are_told_with_their_number() -> None:
    async with stand(has_socket=False) as at:
        await at.every(1, 200, 1)
        assert at.taker.gaps == []
        # What a shipper sends after an outage of its own, with true stamps.
        begin = at.loki.now() - 140 * SECOND
        at.loki.send([f"late {number}" for number in range(30)], begin, by="lost")
        await at.run(240)
        assert sum(lost or 0 for lost in at.taker.lost) == len(missing(at)) == 30
        (gap,) = at.taker.gaps
        page = await at.feed.page(gap.start, gap.end, 1000, newest=False)
        assert sum(line.text.startswith("late") for line in page.lines) == 30
        await at.run(240)
        assert at.taker.gaps == [], "they were fetched by hand"


async def test_the_last_minutes_are_counted_again_only_where_no_tail_is_open() -> None:
    for has_socket, least, most in ((True, 9, 10), (False, 13, 16)):
        async with stand(has_socket=has_socket) as at:
            await at.every(1, 600, 1)
            assert least <= at.loki.count_asked()["count"] <= most, has_socket
            assert at.taker.gaps == []
