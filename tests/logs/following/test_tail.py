"""Following several feeds as one: merged by time, bounded, and none waits for another."""

import asyncio
from itertools import pairwise

import pytest

from sutaz_tui.errors import BadAnswer, Refused
from sutaz_tui.logs.feed import Feed
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.tail import BATCH, WAITING, LogTail
from sutaz_tui.logs.lines import Batch, Gap, LogLine
from sutaz_tui.text.moments import SECOND, nanoseconds
from sutaz_tui.wiring.logs import ReadableFeed
from tests.hand_clock import HandClock, settle
from tests.logs.following.clocked_feed import feeds
from tests.logs.following.scripted_loki import ScriptedLoki
from tests.logs.following.taker import Taker


async def test_one_feed_passes_at_once_and_in_its_own_order() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    async with Taker(LogTail([a], clock).batches(0)) as taker:
        a.give("one", "two")
        a.give("older", ago=5)
        await settle()
        await clock.advance(0.1)
        assert taker.texts == ["one", "two", "older"]


async def test_several_feeds_are_merged_by_time_and_what_comes_later_still_comes() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    async with Taker(LogTail([a, b], clock).batches(0)) as taker:
        a.give("a 3", ago=1)
        await clock.advance(0.1)
        b.give("b 2", ago=2)
        a.give("a 4", ago=0.5)
        await clock.advance(0.1)
        assert taker.texts == []
        await clock.advance(0.5)
        assert taker.texts == ["b 2", "a 3", "a 4"]
        b.give("b 1", ago=9)
        await clock.advance(0.5)
        assert taker.texts[-1] == "b 1"


async def test_every_line_is_first_seen_within_a_second_however_many_come() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    async with Taker(LogTail([a, b], clock).batches(0)) as taker:
        for turn in range(30):
            a.give(*(f"{turn}.{number}" for number in range(900)))
            b.give(f"b {turn}")
            await clock.advance(0.1)
            if turn >= 9:
                assert f"b {turn - 9}" in taker.texts
        await clock.advance(1)
        assert len(taker.lines) == 30 * 901
        assert max(len(batch.lines) for batch in taker.taken) <= BATCH


async def test_batches_come_at_most_ten_times_a_second() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    async with Taker(LogTail([a], clock).batches(0)) as taker:
        for turn in range(200):
            a.give(f"{turn}")
            await clock.advance(0.01)
        assert 15 <= len(taker.taken) <= 22
        await clock.advance(0.2)
        assert len(taker.lines) == 200


async def test_lines_that_pages_gave_are_not_told_again_and_late_ones_in_between_come() -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock)
    for number in range(20):
        loki.send([f"{number}"])
        await clock.advance(1)
    feed = LokiFeed(loki, clock, "api", "{}", "loki", 10**9, seed=1)
    tail = LogTail([feed], clock)
    page = await tail.first(8)
    loki.send(["late"], at=page.lines[5].at + 1)
    async with Taker(tail.batches(page.lines[-1].at)) as taker:
        await clock.advance(5)
        assert taker.texts == ["late"]
        loki.send(["then"])
        await clock.advance(200)
        assert taker.texts == ["late", "then"]
        assert taker.gaps == []


@pytest.mark.parametrize("behind_docker", [False, True])
async def test_lines_that_come_ten_seconds_late_are_told_also_where_docker_refuses_the_log(
    behind_docker: bool,
) -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock)
    # Nothing but reading anew finds it: the tail does not tell it and minutes are not counted.
    in_loki = LokiFeed(loki, clock, "api", "{}", "loki", count_below=0, seed=1)

    async def other() -> Feed:
        return in_loki

    feed: Feed = in_loki
    if behind_docker:
        [docker] = feeds(clock, "api")
        docker.error = BadAnswer("Docker", "configured logging driver does not support reading")
        feed = ReadableFeed(docker, other)
    for number in range(20):
        loki.send([f"{number}"])
        await clock.advance(1)
    tail = LogTail([feed], clock)
    page = await tail.first(200)
    loki.send(["late"], at=page.lines[-1].at - 9 * SECOND + 1, by="lost")
    async with Taker(tail.batches(page.lines[-1].at)) as taker:
        await clock.advance(200)
        assert taker.texts == ["late"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_the_newest_lines_are_told_once_also_where_they_share_a_moment(limit: int) -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock)
    for number in range(3):
        loki.send([f"{number}"], at=loki.now())
    await clock.advance(1)
    tail = LogTail([LokiFeed(loki, clock, "api", "{}", "loki", 10**9, seed=1)], clock)
    page = await tail.first(limit)
    async with Taker(tail.batches(page.lines[-1].at)) as taker:
        await clock.advance(5)
        assert sorted([line.text for line in page.lines] + taker.texts) == ["0", "1", "2"]


async def test_following_goes_on_where_pages_caught_up() -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock)
    tail = LogTail([LokiFeed(loki, clock, "api", "{}", "loki", 10**9, seed=1)], clock)
    loki.send(["a", "b"])
    await clock.advance(3)
    shown = (await tail.first(10)).lines
    loki.send([f"{number}" for number in range(20)])
    await clock.advance(3)
    until = shown[-1].at + 1
    while not (page := await tail.between(until, loki.now(), 8)).is_whole:
        shown += page.lines
        until = page.lines[-1].at + 1
    shown += page.lines
    loki.send(["late"], at=page.lines[0].at + SECOND)
    async with Taker(tail.batches(loki.now())) as taker:
        loki.send(["then"])
        await clock.advance(200)
        assert sorted(taker.texts) == ["late", "then"]
        assert [line.text for line in shown] == ["a", "b", *(f"{number}" for number in range(20))]
        assert taker.gaps == []


async def test_each_feed_goes_on_from_its_own_newest_line() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    a.lines = [a.line("a old", 100), a.line("a", 50), a.line("a", 50)]
    b.lines = [b.line("b", 1)]
    tail = LogTail([a, b], clock)
    page = await tail.first()
    a.lines.append(a.line("a in between", 20))
    async with Taker(tail.batches(page.lines[-1].at)) as taker:
        await clock.advance(1)
        assert taker.texts == ["a in between"]
        assert a.followed == [a.lines[1].at]


async def test_a_feed_is_not_asked_again_for_what_pages_gave_behind_the_moment_asked_for() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    a.lines = [a.line(text, 10 - number) for number, text in enumerate("vwxyz")]
    tail = LogTail([a], clock)
    await tail.between(a.lines[1].at, nanoseconds(clock.now()), 10)
    async with Taker(tail.batches(a.lines[2].at)) as taker:
        await clock.advance(1)
        assert taker.texts == []
        assert a.followed == [a.lines[4].at]
    async with Taker(tail.batches(a.lines[0].at)) as taker:
        await clock.advance(1)
        assert taker.texts == ["v"]
        assert a.followed[1] == a.lines[0].at


async def test_whoever_says_from_where_without_a_page_gets_all_from_there() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    a.lines = [a.line(text, 10 - number) for number, text in enumerate("xyz")]
    async with Taker(LogTail([a], clock).batches(a.lines[1].at)) as taker:
        await clock.advance(1)
        assert taker.texts == ["y", "z"]


async def test_a_feed_that_breaks_is_told_and_tried_again_while_the_others_go_on() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    tail = LogTail([a, b], clock)
    async with Taker(tail.batches(0)) as taker:
        for error in (Refused("Docker", "reset the connection"), OSError(5, "Input/output error")):
            a.coming.put_nowait(error)
            b.give("b")
            await clock.advance(0.5)
            assert taker.texts[-1] == "b"
            assert str(error.args[-1]) in taker.trouble
            assert taker.trouble.startswith("a: ")
            assert list(tail.troubles) == ["a: docker socket"]
            a.give("a again")
            await clock.advance(12)
            assert taker.texts[-1] == "a again"
            assert taker.trouble == ""
            assert tail.troubles == {}
            taker.lines.clear()


async def test_what_a_feed_tells_of_itself_comes_through_with_its_name() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    tail = LogTail([a, b], clock)
    gap = Gap("a", 1, 2, 7, "the tail dropped them")
    async with Taker(tail.batches(0)) as taker:
        a.coming.put_nowait(Batch([], opened=(gap,), trouble="Loki: away", is_counted=False))
        b.coming.put_nowait(Batch([], trouble="Docker: gone"))
        await clock.advance(0.2)
        assert taker.gaps == [gap]
        assert taker.trouble == "a: Loki: away; b: Docker: gone"
        assert not taker.is_counted
        assert not tail.counted
        a.coming.put_nowait(Batch([], closed=(gap,)))
        await clock.advance(0.2)
        assert taker.gaps == []
        assert taker.is_counted


async def test_a_slow_taker_holds_back_the_feeds_and_loses_nothing() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    async with Taker(LogTail([a], clock).batches(0)) as taker:
        taker.go_on.clear()
        for turn in range(60):
            a.give(*(f"{turn}.{number}" for number in range(1000)))
        await clock.advance(60)
        assert a.given * 1000 <= WAITING + 2 * BATCH
        taker.go_on.set()
        await clock.advance(10)
        assert taker.texts == [f"{turn}.{number}" for turn in range(60) for number in range(1000)]


async def test_closing_ends_the_following_promptly_and_closes_the_feeds() -> None:
    clock = HandClock()
    a, b = feeds(clock, "a", "b")
    tail = LogTail([a, b], clock)
    taken = asyncio.create_task(anext(tail.batches(0)))
    await settle()
    await tail.aclose()
    with pytest.raises(StopAsyncIteration):
        await taken
    assert a.is_closed and b.is_closed


async def test_cancellation_passes() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    a.stuck = asyncio.Event()
    tail = LogTail([a], clock)
    for waiting in (tail.first(), anext(tail.batches(0))):
        task = asyncio.ensure_future(waiting)
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert all(task is asyncio.current_task() or task.done() for task in asyncio.all_tasks())


async def test_lists_of_one_feed_pass_through_whole() -> None:
    clock = HandClock()
    [a] = feeds(clock, "a")
    lists = [[LogLine(turn, "a", "x")] * BATCH for turn in range(7)]
    async with Taker(LogTail([a], clock).batches(0)) as taker:
        for lines in lists:
            a.coming.put_nowait(Batch(lines))
        await clock.advance(1)
        assert [id(batch.lines) for batch in taker.taken] == [id(lines) for lines in lists]
        assert all(first.lines[0].at < second.lines[0].at for first, second in pairwise(taker.taken))
