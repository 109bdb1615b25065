"""A question asked while a view is looked at: its pace, its age, its trouble, and that it ends with the view."""

import asyncio

import pytest

from sutaz_tui.engine.live_query import LiveQuery
from sutaz_tui.errors import Refused
from tests.hand_clock import HandClock, settle


class Asked:
    """What is asked: counts, takes `took` seconds of the clock, fails with `error`."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.count = 0
        self.took = 0.0
        self.error: Exception | None = None
        self.changes = 0

    async def __call__(self, deadline: float) -> int:
        self.count += 1
        if self.took:
            await self.clock.wait(asyncio.Event(), self.took)
        if self.error is not None:
            raise self.error
        return self.count

    def changed(self) -> None:
        self.changes += 1


def asked(interval: float = 5.0) -> tuple[LiveQuery[int], Asked, HandClock]:
    clock = HandClock()
    stand = Asked(clock)
    return LiveQuery(stand, interval, clock, stand.changed), stand, clock


async def test_it_is_asked_at_once_and_then_at_its_interval() -> None:
    query, stand, clock = asked()
    query.start()
    await settle()
    assert (stand.count, query.answer, query.trouble) == (1, 1, "")
    await clock.advance(20)
    assert stand.count == 5
    assert query.age() == 0.0
    query.stop()


async def test_a_question_that_waits_for_a_change_is_asked_again_soon_whatever_it_waited() -> None:
    clock = HandClock()
    stand = Asked(clock)
    stand.took = 4.0
    query = LiveQuery(stand, 5.0, clock, stand.changed, sooner=lambda _: 0.5, waited=lambda _: 3.9)
    query.start()
    await clock.advance(4.0)
    assert query.interval == pytest.approx(2.0), "twenty times the tenth of a second that it cost"
    await clock.advance(2.1)
    assert stand.count == 2
    query.stop()


async def test_a_dear_question_is_asked_twenty_times_its_cost_apart() -> None:
    query, stand, clock = asked()
    stand.took = 1.0
    query.start()
    await clock.advance(1.0)
    assert query.interval == 20.0
    await clock.advance(19.0)
    assert stand.count == 1
    await clock.advance(2.0)
    assert stand.count == 2
    query.stop()


async def test_leaving_the_view_ends_the_asking_and_what_is_under_way() -> None:
    query, stand, clock = asked()
    stand.took = 3.0
    query.start()
    await settle()
    query.stop()
    await clock.advance(600)
    assert stand.count == 1
    assert query.answer is None


async def test_a_view_that_is_looked_at_again_asks_again() -> None:
    query, stand, clock = asked()
    query.start()
    await clock.advance(1)
    query.stop()
    query.start()
    await clock.advance(5)
    assert stand.count == 3
    query.stop()


async def test_a_key_late_puts_the_pause_off_by_a_quarter_of_an_hour() -> None:
    query, stand, clock = asked()
    query.start()
    await clock.advance(500)
    query.key_pressed()
    await clock.advance(600)
    assert not query.is_paused
    await clock.advance(400)
    assert query.is_paused
    count = stand.count
    await clock.advance(600)
    assert stand.count == count
    query.stop()


async def test_a_fault_of_ours_is_told_with_its_words_and_asked_again() -> None:
    query, stand, clock = asked()
    stand.error = ValueError("no such column")
    query.start()
    await settle()
    assert query.trouble == "internal error of sutaz-tui: no such column"
    stand.error = KeyError()
    await clock.advance(60)
    assert query.trouble == "internal error of sutaz-tui: KeyError"
    query.stop()


async def test_a_failure_keeps_the_last_answer_with_its_age_and_asks_less_often() -> None:
    query, stand, clock = asked()
    query.start()
    await settle()
    stand.error = Refused("RabbitMQ", ":15672 refused")
    await clock.advance(5.0)
    assert (query.answer, query.trouble) == (1, ":15672 refused")
    assert query.age() == 5.0
    assert query.interval == 10.0
    await clock.advance(600)
    assert query.interval == 60.0
    stand.error = None
    query.ask_now()
    await settle()
    assert query.trouble == ""
    assert query.interval == 5.0
    query.stop()


async def test_a_silent_server_is_given_up_at_the_deadline_in_words() -> None:
    clock = HandClock()
    never, told = asyncio.Event(), asyncio.Event()

    async def silent(deadline: float) -> int:
        await never.wait()
        return 0

    query: LiveQuery[int] = LiveQuery(silent, 5.0, clock, told.set, deadline=0.01)
    query.start()
    await told.wait()
    assert query.trouble == "no answer within 0.01 s"
    query.stop()


async def test_a_fault_of_ours_is_told_and_ends_nothing() -> None:
    query, stand, clock = asked()
    stand.error = KeyError("items")
    query.start()
    await settle()
    assert "internal error of sutaz-tui" in query.trouble
    stand.error = None
    await clock.advance(60)
    assert query.trouble == ""
    query.stop()


async def test_nobody_looking_for_a_quarter_of_an_hour_pauses_it_until_a_key() -> None:
    query, stand, clock = asked()
    query.start()
    await clock.advance(900)
    assert query.is_paused
    before = stand.count
    await clock.advance(3600)
    assert stand.count == before
    query.key_pressed()
    await settle()
    assert stand.count == before + 1
    assert not query.is_paused
    query.stop()
