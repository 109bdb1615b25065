"""What a following left out of its last minutes is known at its end: no minute is counted before it is over."""

import asyncio

from sutaz_tui.logs.following.loki_feed import LokiFeed
from tests.hand_clock import HandClock
from tests.logs.following.scripted_loki import ScriptedLoki
from tests.logs.following.taker import Taker


async def followed(lost: int, late: float = 3.0, bytes: int = 1000) -> tuple[LokiFeed, ScriptedLoki]:
    """A log that was followed for half a minute, at the end of which its tail showed `lost` lines to nobody."""
    clock = HandClock()
    loki = ScriptedLoki(clock)
    loki.bytes = bytes
    feed = LokiFeed(loki, clock, "api", "{}", "loki", 2**20, seed=1)
    async with Taker(feed.follow(loki.now())) as taker:
        for turn in range(30):
            loki.send([f"tick {turn}"])
            await clock.advance(1)
        # Seen, so that the next read is five seconds off, by which time it ends.
        loki.send(["the last"])
        await clock.advance(0.1)
        loki.send([f"lost {n}" for n in range(lost)], by="lost")
        assert len(taker.lines) == 31
    await clock.advance(late)
    return feed, loki


async def test_lines_that_did_not_come_before_the_end_are_told_with_their_number() -> None:
    feed, _ = await followed(lost=7)
    gap = await feed.owed()
    assert gap is not None and gap.lost == 7 and not gap.is_unread


async def test_nothing_is_told_where_all_came() -> None:
    feed, _ = await followed(lost=0)
    assert await feed.owed() is None


async def test_what_may_still_be_on_its_way_is_not_missing() -> None:
    feed, _ = await followed(lost=7, late=0.2)
    assert await feed.owed() is None


async def test_it_is_not_counted_where_that_would_read_too_much() -> None:
    feed, loki = await followed(lost=7, bytes=2**30)
    before = loki.count_asked()["count"]
    assert await feed.owed() is None
    assert loki.count_asked()["count"] == before


async def test_what_was_never_followed_owes_nothing() -> None:
    clock = HandClock()
    feed = LokiFeed(ScriptedLoki(clock), clock, "api", "{}", "loki", 2**20)
    assert await feed.owed() is None


async def test_lines_that_were_printed_are_not_missing_where_it_ended_before_its_first_read() -> None:
    """On a busy machine `logs -f --strict` said of the last page that it had printed that it was not received."""
    clock = HandClock()
    loki = ScriptedLoki(clock)
    feed = LokiFeed(loki, clock, "api", "{}", "loki", 2**20, seed=1)
    after = loki.now()
    loki.send([f"printed {n}" for n in range(9)])
    await clock.advance(1)
    following = feed.follow(after)
    first = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    await following.aclose()
    await clock.advance(3)
    assert await feed.owed() is None
