"""A Loki feed alone: what it asks and when, what it tells, what it costs the patient."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.errors import BadAnswer, Refused, TailEnded, TooMany, WrongQuery
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.loki_following import Bounds
from sutaz_tui.logs.lines import Gap
from sutaz_tui.text.moments import SECOND
from tests.hand_clock import HandClock, settle
from tests.logs.following.scripted_loki import TITLE, ScriptedLoki
from tests.logs.following.taker import Taker

MUCH = 10**9


class Stand:
    """A Loki, a feed on it, and who takes its lines, on a clock moved by hand."""

    def __init__(self, loki: ScriptedLoki, feed: LokiFeed, taker: Taker) -> None:
        self.loki = loki
        self.feed = feed
        self.taker = taker
        self.clock = loki.clock

    async def run(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    async def every(self, seconds: float, times: int, lines: int, by: str = "tail") -> None:
        """So many lines again and again."""
        for turn in range(times):
            self.loki.send([f"{turn}.{number}" for number in range(lines)], by=by)
            await self.run(seconds)


@asynccontextmanager
async def stand(
    page_limit: int = 5000, has_socket: bool = True, count_below: int = MUCH, bounds: Bounds | None = None
) -> AsyncGenerator[Stand, None]:
    clock = HandClock()
    loki = ScriptedLoki(clock, page_limit)
    loki.has_socket = has_socket
    feed = LokiFeed(loki, clock, "api", "{}", "loki", count_below, bounds or Bounds(), seed=1)
    async with Taker(feed.follow(loki.now())) as taker:
        yield Stand(loki, feed, taker)
    await feed.aclose()
    assert loki.tails == 0, "the tail was hung up"


async def test_the_tail_shows_a_line_at_once_and_the_range_does_not_tell_it_again() -> None:
    async with stand() as at:
        await at.run(5)
        at.loki.send(["one", "two"])
        await settle()
        assert at.taker.texts == ["one", "two"]
        await at.run(120)
        assert at.taker.texts == ["one", "two"]


async def test_what_the_tail_lost_without_a_word_is_filled_in_within_seconds() -> None:
    async with stand() as at:
        await at.every(1, 5, 1)
        at.loki.send(["lost"], by="lost")
        await at.every(1, 7, 1)
        assert at.taker.texts.count("lost") == 1
        assert len(at.taker.lines) == len(at.loki.lines)


async def test_what_the_tail_says_it_dropped_is_there_within_a_second() -> None:
    async with stand() as at:
        await at.every(1, 5, 1)
        at.loki.send(["dropped"], by="told")
        await at.run(1)
        assert "dropped" in at.taker.texts


async def test_a_silent_log_is_hardly_asked_about() -> None:
    async with stand() as at:
        await at.every(1, 3, 1)
        await at.run(60)
        before = at.loki.count_asked()
        await at.run(600)
        asked = at.loki.count_asked() - before
        assert 9 <= asked["range"] <= 11
        assert asked["tail"] == 0
        assert 9 <= asked["count"] <= 11


async def test_counting_asks_for_the_size_first_and_leaves_what_is_too_large() -> None:
    async with stand() as at:
        at.loki.bytes = MUCH
        at.loki.send(["seen"])
        await at.run(200)
        assert at.loki.count_asked()["size"] >= 2
        assert at.loki.count_asked()["count"] == 0
        assert not at.taker.is_counted
        at.loki.bytes = MUCH - 1
        await at.run(120)
        assert at.taker.is_counted
        assert at.loki.count_asked()["count"] >= 1


async def test_a_minute_is_counted_once_and_only_when_it_is_over() -> None:
    async with stand() as at:
        await at.run(79)
        assert at.loki.count_asked()["count"] == 0
        await at.run(50)
        assert at.loki.count_asked()["count"] == 1


@pytest.mark.parametrize("has_socket", [True, False])
async def test_every_line_is_seen_within_a_second(has_socket: bool) -> None:
    async with stand(has_socket=has_socket) as at:
        for number in range(20):
            at.loki.send([f"line {number}"])
            await at.run(1)
            assert len(at.taker.lines) == number + 1
        await at.run(300)
        at.loki.send(["after long silence"])
        await at.run(1)
        assert at.taker.texts[-1] == "after long silence"


async def test_above_the_rate_of_the_tail_ranges_are_asked_twice_a_second_and_the_tail_again_a_minute_later() -> (
    None
):
    async with stand() as at:
        await at.every(0.5, 20, 1500, by="lost")
        at.loki.send(["now"])
        await at.every(0.5, 10, 1500)
        assert at.loki.tails == 0
        before = at.loki.count_asked()
        await at.every(0.5, 20, 1500)
        assert 18 <= (at.loki.count_asked() - before)["range"] <= 45
        assert len(at.taker.lines) == len(at.loki.lines)
        await at.run(58)
        assert at.loki.tails == 0
        await at.run(10)
        assert at.loki.tails == 1


async def test_a_tail_that_loses_much_without_a_word_is_left() -> None:
    async with stand() as at:
        for turn in range(8):
            at.loki.send([f"shown {turn}"])
            at.loki.send([f"{turn}.{number}" for number in range(60)], at=at.loki.now() + 1, by="lost")
            await at.run(1)
        await at.run(5)
        assert at.loki.tails == 0
        assert len(at.taker.lines) == len(at.loki.lines)


async def test_a_tail_that_hangs_is_opened_anew() -> None:
    async with stand() as at:
        await at.run(30)
        at.loki.send(["one"], by="lost")
        await at.run(70)
        assert at.taker.texts == ["one"]
        await at.run(30)
        assert at.loki.count_asked()["tail"] >= 2


async def test_lines_go_on_after_a_restart_of_loki_and_none_is_lost() -> None:
    async with stand() as at:
        await at.every(1, 10, 2)
        down = Refused(TITLE, ":3100 refused")
        at.loki.fail("range", down, 6)
        at.loki.fail("tail", down, 4)
        at.loki.break_tails()
        at.loki.send([f"while away {number}" for number in range(50)], by="lost")
        await at.run(3)
        assert at.taker.trouble == "Loki: :3100 refused"
        await at.run(60)
        assert at.taker.trouble == ""
        assert len(at.taker.lines) == len(at.loki.lines)
        assert at.taker.gaps == []


async def test_a_tail_that_came_to_its_end_is_opened_anew_at_once() -> None:
    async with stand() as at:
        await at.run(3600)
        at.loki.break_tails(TailEnded(TITLE, "tail max duration"))
        await settle()
        assert at.loki.tails == 1
        assert at.taker.trouble == ""


async def test_a_loki_that_is_asked_too_much_is_given_time() -> None:
    async with stand(has_socket=False) as at:
        await at.run(3)
        at.loki.fail("range", TooMany(TITLE, "answers 429"), 3)
        before = at.loki.count_asked()["range"]
        await at.run(60)
        assert at.taker.trouble == "Loki: answers 429"
        assert at.loki.count_asked()["range"] - before == 3
        await at.run(60)
        assert at.taker.trouble == ""


async def test_a_hung_range_holds_up_no_line_of_the_tail() -> None:
    async with stand() as at:
        at.loki.stuck["range"] = asyncio.Event()
        await at.every(1, 10, 3)
        at.loki.send(["last"])
        await settle()
        assert at.taker.texts[-1] == "last"
        at.loki.stuck.pop("range").set()


async def test_a_wrong_query_is_told_and_opens_no_gap() -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock)
    wrong = WrongQuery(TITLE, "refuses the query at line 1, column 3: unexpected }", 1, 3)
    loki.fail("range", wrong, 100)
    loki.fail("tail", wrong, 100)
    feed = LokiFeed(loki, clock, "api", "{}", "loki", MUCH, seed=1)
    async with Taker(feed.follow(loki.now())) as taker:
        await clock.advance(60)
        assert taker.trouble == f"Loki: {wrong.words}"
        assert taker.gaps == []
        assert loki.count_asked()["range"] < 12


async def test_what_comes_late_behind_the_window_is_found_by_the_count() -> None:
    async with stand(has_socket=False) as at:
        await at.every(1, 30, 1)
        at.loki.send(["late"], at=at.loki.now() - 25 * SECOND)
        await at.every(1, 20, 1)
        assert "late" not in at.taker.texts
        await at.every(1, 60, 1)
        assert "late" in at.taker.texts
        assert at.taker.gaps == []


async def test_a_line_of_long_ago_that_the_tail_shows_is_handed_out() -> None:
    async with stand() as at:
        await at.every(1, 400, 1)
        at.loki.send(["of long ago"], at=at.loki.now() - 300 * SECOND)
        await settle()
        assert at.taker.texts[-1] == "of long ago"


async def test_a_line_ahead_of_the_clock_holds_up_nothing() -> None:
    async with stand(has_socket=False) as at:
        at.loki.send(["ahead"], at=at.loki.now() + 400 * SECOND)
        await at.every(1, 100, 50)
        assert at.taker.texts.count("ahead") == 1
        assert len(at.taker.lines) == len(at.loki.lines)
        await at.run(500)
        assert at.taker.gaps == []


async def test_lines_of_a_clock_behind_ours_are_seen_too() -> None:
    async with stand(has_socket=False) as at:
        for number in range(5):
            await at.run(60)
            at.loki.send([f"{number}"], at=at.loki.now() - 50 * SECOND)
            await at.run(1)
            assert at.taker.texts[-1] == f"{number}"


async def test_far_behind_the_newest_lines_come_and_the_gap_tells_the_number_left_out() -> None:
    async with stand(page_limit=100, has_socket=False) as at:
        await at.run(2)
        at.loki.send([f"{number}" for number in range(3000)])
        await at.run(1)
        assert at.taker.texts[-1] == "2999"
        [gap] = at.taker.gaps
        missing = {line.at for line in at.loki.lines} - {line.at for line in at.taker.lines}
        assert gap.lost == len(missing) > 1800
        assert all(gap.start <= moment < gap.end for moment in missing)
        await at.run(180)
        assert at.taker.gaps == [gap], "the count of its minute leaves a true gap as it is"
        await at.feed.page(gap.start, gap.end, 5000, newest=False)
        await at.run(180)
        assert at.taker.gaps == [], "its lines were fetched by hand"


async def test_more_lines_of_one_moment_than_a_page_holds_are_counted() -> None:
    async with stand(page_limit=10) as at:
        await at.run(5)
        moment = at.loki.now()
        for number in range(25):
            at.loki.send([f"crowd {number}"], at=moment, by="lost")
        at.loki.send(["after"], at=moment + 1)
        await at.run(30)
        assert len(at.taker.lines) == 11
        assert "after" in at.taker.texts
        assert at.taker.gaps == [Gap("api", moment, moment + 1, 15, at.taker.gaps[0].words)]


async def test_a_line_that_comes_while_loki_counts_hides_no_missing_one() -> None:
    async with stand(page_limit=2) as at:
        await at.run(5)
        moment = at.loki.now()
        for number in range(6):
            at.loki.send([f"crowd {number}"], at=moment, by="lost")
        at.loki.send(["stirs"], at=moment + 1)
        await at.run(20)
        assert at.taker.lost == [4]
        at.loki.latency = 3.0
        while at.loki.count_asked()["count"] < 2:
            await at.run(1)
        at.loki.send(["late"], at=moment + 20 * SECOND)
        await at.run(100)
        assert "late" in at.taker.texts
        assert at.taker.lost == [4]


async def test_what_loki_refuses_to_give_becomes_a_gap_with_its_number() -> None:
    async with stand(has_socket=False) as at:
        await at.run(2)
        at.loki.refused.append((at.loki.now(), at.loki.now() + 5 * SECOND))
        at.loki.send([f"refused {number}" for number in range(7)])
        await at.run(60)
        at.loki.send(["after"])
        await at.run(20)
        assert at.taker.texts == ["after"]
        assert at.taker.lost == [7]
        assert "too many bytes" in at.taker.gaps[0].words


async def test_a_slow_taker_gets_a_gap_and_memory_stays_bounded() -> None:
    async with stand(page_limit=100, has_socket=False, bounds=Bounds(waiting=300, seen=500)) as at:
        at.taker.go_on.clear()
        await at.every(1, 20, 400)
        assert len(at.taker.lines) <= 400 + 100
        at.taker.go_on.set()
        await at.run(200)
        missing = len(at.loki.lines) - len(at.taker.lines)
        assert missing > 0
        assert sum(lost or 0 for lost in at.taker.lost) == missing


async def test_a_count_that_fails_is_told_as_uncounted_and_made_up_for() -> None:
    async with stand(page_limit=10, has_socket=False) as at:
        at.loki.fail("count", BadAnswer(TITLE, "answers 500"), 3)
        at.loki.fail("size", BadAnswer(TITLE, "answers 500"), 1)
        at.loki.send([f"{number}" for number in range(300)])
        await at.run(90)
        assert not at.taker.is_counted
        await at.run(300)
        assert at.taker.is_counted
        assert sum(lost or 0 for lost in at.taker.lost) == 300 - len(at.taker.lines) > 0


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11, 24, 25, 26, 100])
async def test_pages_of_any_size(limit: int, newest: bool) -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock, page_limit=10)
    for number in range(25):
        # Up to seven lines share a moment, over the borders of pages.
        loki.send([f"{number:02}"], at=loki.now() + number // 7)
    feed = LokiFeed(loki, clock, "api", "{}", "loki", MUCH)
    page = await feed.page(0, loki.now() + SECOND, limit, newest)
    texts = [f"{number:02}" for number in range(25)]
    assert [line.text for line in page.lines] == (texts[-limit:] if newest else texts[:limit])
    assert page.is_whole == (limit >= 25)


async def test_a_page_does_not_call_itself_whole_where_a_moment_holds_too_many_lines() -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock, page_limit=10)
    for number in range(15):
        loki.send([f"{number}"], at=loki.now())
    feed = LokiFeed(loki, clock, "api", "{}", "loki", MUCH)
    for newest in (True, False):
        page = await feed.page(0, loki.now() + SECOND, 100, newest)
        assert len(page.lines) == 10
        assert not page.is_whole
