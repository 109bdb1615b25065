"""One service's memory: how it is and since when, its minutes, when it is stale, and other sources otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.engine.record import Record, disagreements
from sutaz_tui.model import Change, ChangeKind, Claim, Reading, Service, Status

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def says(status: Status | None) -> tuple[Claim, ...]:
    return (Claim("kong", "Consul", status, "Consul says critical", NOON, differs=True),)


@pytest.mark.parametrize("own", [Status.UP, Status.DEGRADED])
def test_who_calls_down_what_answers_differs(own: Status) -> None:
    assert disagreements(own, says(Status.DOWN)) == (f"Consul says critical; own probe: {own.label}",)


def test_who_calls_up_what_is_down_differs() -> None:
    assert disagreements(Status.DOWN, says(Status.UP)) == ("Consul says critical; own probe: down",)


@pytest.mark.parametrize(
    ("own", "claimed"),
    [
        (Status.UP, Status.UP),
        (Status.DEGRADED, Status.UP),
        (Status.DOWN, Status.DOWN),
        (Status.UNKNOWN, Status.DOWN),
        (Status.ABSENT, Status.DOWN),
        (Status.DOWN, None),
    ],
)
def test_who_says_the_same_or_nothing_does_not(own: Status, claimed: Status | None) -> None:
    assert disagreements(own, says(claimed)) == ()


def record(interval: float = 10.0) -> Record:
    return Record(Service("kong", "Kong", "kong", "all", "127.0.0.1:1"), interval)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def answer(seconds: float, status: Status = Status.UP, latency: float | None = 0.01) -> Reading:
    return Reading(
        "kong", "kong", status, "refused" if status is Status.DOWN else "well", at(seconds), latency=latency
    )


def test_before_its_first_answer_it_is_being_asked() -> None:
    state = record().state(NOON)
    assert (state.status, state.word, state.summary, state.asked) == (Status.UNKNOWN, "~", "asking", None)


def test_it_is_the_same_object_until_something_changes_stale_or_not() -> None:
    one = record()
    one.take(answer(0))
    assert one.state(at(1)) is one.state(at(2))
    assert one.state(at(100)) is one.state(at(200))
    assert one.state(at(100)).status is Status.UNKNOWN


def test_one_that_hangs_and_is_asked_every_other_second_is_down_and_not_by_turns_unknown() -> None:
    one = Record(record().service, 2.0, deadline=10.0)
    one.take(answer(0, Status.DOWN))
    one.take(answer(11, Status.DOWN))
    assert not one.is_stale(at(22)), "its next answer has ten seconds"
    assert one.is_stale(at(34))


def test_a_clock_that_is_set_makes_no_answer_stale_and_none_younger() -> None:
    for hours in (1, -1):
        one = record()
        one.take(answer(0))
        since = one.state(at(1)).since
        one.note(Change(at(5), "kong", ChangeKind.RESTART, "restarted"))
        one.move(timedelta(hours=hours))
        moved = one.state(at(3600 * hours))
        assert since is not None and moved.since == since + timedelta(hours=hours)
        assert [change.at for change in moved.history] == [at(3600 * hours + 5)]
        assert not one.is_stale(at(3600 * hours + 25))
        assert one.is_stale(at(3600 * hours + 31))
        assert one.state(at(3600 * hours)).asked == at(3600 * hours)


def test_down_counts_from_the_second_failure_on_since_the_first() -> None:
    kept = record()
    assert not kept.take(answer(0))
    assert kept.take(answer(10, Status.DOWN)), "it is to be asked again"
    state = kept.state(at(10))
    assert (state.status, state.word, state.since) == (Status.DEGRADED, "1/2", at(10))
    assert state.summary == "1 of 2 polls failed: refused"
    assert not kept.take(answer(11, Status.DOWN))
    state = kept.state(at(11))
    assert (state.status, state.since, state.asks) == (Status.DOWN, at(10), 2)
    (change,) = state.history
    assert (change.at, change.kind, change.before, change.after, change.lasted) == (
        at(10), ChangeKind.STATUS, Status.UP, Status.DOWN, 10.0,
    )  # fmt: skip
    assert change.words == "up -> down: refused"
    assert not kept.take(answer(20, Status.DOWN)), "it is known to be down"
    assert not kept.take(answer(25))
    assert (kept.status, kept.since, kept.asks, kept.failed_since) == (Status.UP, at(25), 0, None)
    assert kept.take(answer(30, Status.DOWN)), "failures begin anew"


def test_it_was_last_well_when_it_was_up_or_not_deployed() -> None:
    kept = record()
    for seconds, status in enumerate((Status.UP, Status.DEGRADED, Status.UNKNOWN)):
        kept.take(answer(seconds, status))
        assert kept.last_good == at(0)
    kept.take(answer(9, Status.ABSENT))
    assert kept.last_good == at(9)


def test_each_minute_keeps_its_slowest_answer_and_a_failure_makes_it_a_failed_one() -> None:
    kept = record()
    for seconds, latency in ((0, 0.2), (20, 0.9), (59.9, 0.1), (60, 0.3), (100, 0.2)):
        kept.take(answer(seconds, latency=latency))
    assert list(kept.minutes) == [0.9]
    kept.take(answer(120, Status.DOWN, None))
    kept.take(answer(130, latency=5.0))
    kept.take(answer(180))
    assert list(kept.minutes) == [0.9, 0.3, None]
    assert list(kept.latencies) == [0.2, 0.9, 0.1, 0.3, 0.2, None, 5.0, 0.01]


def test_after_three_intervals_without_an_answer_it_is_stale_and_keeps_its_last_word() -> None:
    kept = record(interval=10)
    kept.take(answer(0))
    assert kept.state(at(30)).status is Status.UP
    state = kept.state(at(30.1))
    assert (state.status, state.word, state.summary) == (Status.UNKNOWN, "stale", "well")
    assert state.error is not None and "more than three intervals" in state.error
    kept.take(answer(31))
    assert kept.state(at(31)).status is Status.UP


def test_what_was_down_and_is_stale_still_says_down() -> None:
    kept = record(interval=10)
    kept.take(answer(0, Status.DOWN))
    kept.take(answer(1, Status.DOWN))
    state = kept.state(at(40))
    assert (state.status, state.word) == (Status.UNKNOWN, "")


def test_no_answer_is_stale_for_our_own_delay_or_a_longer_interval() -> None:
    kept = record(interval=10)
    kept.take(answer(0))
    kept.is_kept_waiting = True
    assert kept.state(at(60)).status is Status.UP
    kept.is_kept_waiting = False
    kept.delay(7)
    assert kept.state(at(37)).status is Status.UP
    assert kept.state(at(37.1)).status is Status.UNKNOWN
    kept.set_interval(20)
    assert kept.state(at(67)).status is Status.UP
    assert kept.state(at(67)).interval == 20
    assert kept.state(at(67.1)).status is Status.UNKNOWN


def test_the_same_object_is_shown_while_nothing_changes() -> None:
    kept = record()
    kept.take(answer(0))
    first = kept.state(at(1))
    assert kept.state(at(2)) is first
    kept.set_interval(10.0)
    assert kept.state(at(2)) is first
    kept.claim(says(Status.UP)[0])
    second = kept.state(at(2))
    assert second is not first
    assert second.claims == says(Status.UP)
    assert kept.state(at(3)) is second


def test_one_late_answer_is_asked_again_before_it_is_called_slow() -> None:
    kept = record()

    def answer(second: float, is_slow: bool) -> Reading:
        status, word = (Status.DEGRADED, "slow") if is_slow else (Status.UP, "")
        return Reading("kong", "tcp", status, "slow: 1.0s" if is_slow else "well", at(second), 1.0, word)

    kept.take(answer(0, False))
    for second in range(10, 100, 10):
        assert kept.take(answer(second, True)), "it is asked again"
        late = kept.state(at(second))
        assert (late.status, late.word, late.latency) == (Status.UP, "", 1.0)
        kept.take(answer(second + 1, False))
    assert not kept.history
    assert kept.take(answer(100, True))
    assert not kept.take(answer(101, True))
    assert (kept.status, kept.state(at(101)).word) == (Status.DEGRADED, "slow")
    assert not kept.take(answer(111, True)), "what is slow is not asked twice each time"


def test_the_late_answer_that_ends_a_hang_is_up_and_asked_again_soon() -> None:
    kept = record()
    for second in (0, 6):
        kept.take(Reading("kong", "tcp", Status.DOWN, "no answer", at(second)))
    late = Reading("kong", "tcp", Status.DEGRADED, "slow: 4.3s", at(10), 4.3, "slow")
    assert kept.take(late), "it is asked again after a second, not after its interval"
    assert kept.status is Status.UP
