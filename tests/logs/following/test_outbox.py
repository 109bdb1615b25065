"""What gathers until it is taken: lines, gaps and troubles, each told once and none that nobody heard of."""

import asyncio

import pytest

from sutaz_tui.logs.following.outbox import Outbox
from sutaz_tui.logs.lines import Batch, Gap, LogLine
from tests.hand_clock import settle

GAP = Gap("api", 10, 20, 5, "the tail dropped them")
OTHER = Gap("api", 30, 40, None, "unknown")


def lines(count: int) -> list[LogLine]:
    return [LogLine(number, "api", f"line {number}") for number in range(count)]


def test_of_a_log_that_gives_nothing_nothing_is_told() -> None:
    outbox = Outbox(10)
    assert outbox.taken() is None
    assert not outbox.wake.is_set()


def test_lines_are_told_once_and_count_as_whole_until_somebody_says_otherwise() -> None:
    outbox = Outbox(10)
    outbox.add(lines(2))
    assert outbox.wake.is_set()
    assert outbox.taken() == Batch(lines(2), (), (), "", True)
    assert outbox.taken() is None


def test_a_trouble_and_its_end_are_told_without_lines() -> None:
    outbox = Outbox(10)
    outbox.tell("Loki: :3100 refused")
    assert outbox.wake.is_set()
    assert outbox.taken() == Batch([], (), (), "Loki: :3100 refused", True)
    outbox.tell("Loki: :3100 refused")
    assert outbox.taken() is None
    outbox.tell("")
    assert outbox.taken() == Batch([], (), (), "", True)


def test_that_missing_lines_would_not_be_noticed_is_told() -> None:
    outbox = Outbox(10)
    outbox.tell_counted(False)
    assert outbox.wake.is_set()
    assert outbox.taken() == Batch([], (), (), "", False)


def test_a_gap_that_closes_before_anybody_heard_of_it_goes_without_a_word() -> None:
    outbox = Outbox(10)
    outbox.tell_gaps((GAP, OTHER), ())
    assert outbox.standing == [GAP, OTHER]
    outbox.tell_gaps((), (GAP,))
    assert outbox.standing == [OTHER]
    assert outbox.taken() == Batch([], (OTHER,), (), "", True)


def test_a_gap_that_was_told_is_closed_once() -> None:
    outbox = Outbox(10)
    outbox.tell_gaps((GAP,), ())
    assert outbox.wake.is_set()
    assert outbox.taken() == Batch([], (GAP,), (), "", True)
    outbox.tell_gaps((), (GAP,))
    assert outbox.taken() == Batch([], (), (GAP,), "", True)
    assert outbox.standing == []
    assert outbox.taken() is None


@pytest.mark.parametrize(("waiting", "is_held"), [(9, False), (10, True), (11, True)])
async def test_who_puts_lines_waits_while_many_of_them_wait_to_be_taken(waiting: int, is_held: bool) -> None:
    outbox = Outbox(10)
    outbox.add(lines(waiting))
    putting = asyncio.create_task(outbox.room())
    await settle()
    assert putting.done() is not is_held
    outbox.taken()
    await settle()
    assert putting.done()
