"""Loki's tail alone: when it counts as open, how long it is left closed, and when it is tried again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.errors import NoTail, Refused, SourceError, TailEnded
from sutaz_tui.logs.feed import Frame
from sutaz_tui.logs.following.loki_tail import AGAIN, LIVES, NO_SOCKET_FOR, LokiTail
from tests.hand_clock import HandClock, settle
from tests.logs.following.scripted_loki import TITLE, ScriptedLoki

REFUSED = Refused(TITLE, ":3100 refused")


class Stand:
    """A tail of a scripted Loki, what it gave, and how often it said that it changed."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.loki = ScriptedLoki(self.clock)
        self.texts: list[str] = []
        self.changes = 0
        self.tail = LokiTail(self.loki, self.clock, "{}", self._take, self._changed)

    async def _take(self, frame: Frame) -> None:
        self.texts += [line.text for line in frame.lines]

    def _changed(self) -> None:
        self.changes += 1

    def opened(self) -> list[float]:
        """When it was opened, seconds since the first time."""
        moments = [moment for what, moment in self.loki.asked if what == "tail"]
        return [round(moment - moments[0], 3) for moment in moments]


@asynccontextmanager
async def running(*failures: SourceError) -> AsyncIterator[Stand]:
    stand = Stand()
    stand.loki.failures["tail"] += failures
    task = asyncio.create_task(stand.tail.run(stand.loki.now))
    await settle()
    yield stand
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert stand.loki.tails == 0, "it was hung up"


async def test_it_is_open_from_its_first_frame_on() -> None:
    async with running() as at:
        assert not at.tail.is_open
        at.loki.send(["one"])
        await settle()
        assert at.tail.is_open
        assert (at.texts, at.tail.frames) == (["one"], 1)


async def test_of_a_silent_log_it_is_open_when_nobody_refused_it_for_a_while() -> None:
    async with running() as at:
        await at.clock.advance(LIVES - 0.1)
        assert not at.tail.is_open
        await at.clock.advance(0.1)
        assert at.tail.is_open


async def test_refused_it_is_tried_ever_more_rarely_and_says_each_time_that_it_ended() -> None:
    async with running(*[REFUSED] * 6) as at:
        await at.clock.advance(sum(AGAIN) + AGAIN[-1])
        assert at.opened() == [0, 1, 6, 21, 81, 141]
        assert at.changes == 6


async def test_what_lived_before_it_broke_is_tried_again_as_after_one_failure() -> None:
    async with running(*[REFUSED] * 3) as at:
        await at.clock.advance(21)
        at.loki.send(["one"])
        await settle()
        at.loki.break_tails(REFUSED)
        await at.clock.advance(AGAIN[0])
        assert at.opened() == [0, 1, 6, 21, 22]


async def test_a_tail_that_lived_and_was_ended_by_loki_is_opened_anew_at_once() -> None:
    async with running() as at:
        at.loki.send(["one"])
        await at.clock.advance(0.5)
        at.loki.break_tails(TailEnded(TITLE, "the tail ended"))
        await settle()
        assert at.opened() == [0, 0.5]
        assert not at.tail.is_open, "the next one has to show that it lives"
        assert at.tail.frames == 0


async def test_a_tail_that_is_ended_at_once_is_not_opened_without_a_pause() -> None:
    async with running(*[TailEnded(TITLE, "the tail ended")] * 2) as at:
        await at.clock.advance(10)
        assert at.opened() == [0, 1, 6]


async def test_where_no_socket_passes_it_is_tried_again_in_ten_minutes() -> None:
    async with running(NoTail(TITLE, "no WebSocket here")) as at:
        await at.clock.advance(NO_SOCKET_FOR - 1)
        assert at.opened() == [0]
        await at.clock.advance(1)
        assert at.opened() == [0, NO_SOCKET_FOR]


async def test_not_trusted_it_is_closed_for_so_long_and_longer_when_told_so_again() -> None:
    async with running() as at:
        at.tail.distrust(5)
        await settle()
        assert at.tail.is_distrusted and not at.tail.is_open
        assert (at.loki.tails, at.changes) == (0, 2), "at once, and when it was hung up"
        await at.clock.advance(2)
        at.tail.distrust(1)
        await at.clock.advance(2.9)
        assert at.opened() == [0], "a shorter time does not end the longer one"
        await at.clock.advance(0.1)
        assert not at.tail.is_distrusted
        assert at.opened() == [0, 5]


async def test_a_fault_of_ours_ends_it_and_is_seen() -> None:
    stand = Stand()

    async def broken(frame: Frame) -> None:
        raise KeyError(frame)

    tail = LokiTail(stand.loki, stand.clock, "{}", broken, lambda: None)
    task = asyncio.create_task(tail.run(stand.loki.now))
    await settle()
    stand.loki.send(["one"])
    await settle()
    with pytest.raises(KeyError):
        await task
