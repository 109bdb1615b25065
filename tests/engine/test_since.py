"""Since when a service is as it is: never longer than it can be known, and as long as it is known."""

from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.engine.record import Record
from sutaz_tui.engine.since import Earlier, Since, own_start
from sutaz_tui.model import ChangeKind, Claim, Fact, Reading, Service, Status

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MONDAY = NOON - timedelta(days=1)
DAY = 86400.0


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def record(earlier: Earlier | None = None) -> Record:
    return Record(Service("redis", "Redis", "redis", "all"), 10.0, earlier=earlier)


def says(seconds: float, status: Status = Status.UP, **facts: Fact) -> Reading:
    return Reading("redis", "redis", status, "well", at(seconds), facts=facts)


def since(record: Record, *readings: Reading) -> tuple[float, bool]:
    """Seconds from noon, and whether it may be longer."""
    for reading in readings:
        record.take(reading)
    state = record.state(readings[-1].at)
    assert state.since is not None
    return (state.since - NOON).total_seconds(), state.since_at_least


def seen(status: Status, until: float, started: float | None = None) -> Earlier:
    own = at(started) if started is not None else None
    return Earlier(status, Since(MONDAY), at(until), own)


def test_a_board_that_just_opened_knows_no_beginning() -> None:
    assert since(record(), says(0)) == (0, True)
    assert since(record(), says(0, Status.DEGRADED, uptime=900)) == (0, True)


def test_a_change_that_was_seen_is_exact() -> None:
    assert since(record(), says(0), says(10, Status.DEGRADED)) == (10, False)


def test_what_could_not_be_asked_may_have_been_so_all_the_time() -> None:
    assert since(record(), says(0), says(10, Status.UNKNOWN), says(20)) == (20, True)


@pytest.mark.parametrize("facts", [{"uptime": 900}, {"started": "2026-03-03T11:45:00Z"}])
def test_without_history_a_service_is_up_since_its_own_start(facts: dict[str, Fact]) -> None:
    assert since(record(), says(0, **facts)) == (-900, False)


def test_what_docker_said_before_the_first_answer_bounds_it_too() -> None:
    """Whose answer comes first in a round is chance."""
    for moment, status, seconds in (
        ("container_finished", Status.DOWN, -90),
        ("container_started", Status.UP, -90),
    ):
        one = record()
        facts: dict[str, Fact] = {moment: at(-90).isoformat(), "container_state": "x"}
        one.claim(Claim("redis", "Docker", status, "Docker says so", at(-1), facts))
        for _ in range(2):
            one.take(says(0, status))
        assert (one.since, one.is_at_least) == (at(seconds), False)


def test_a_start_in_the_future_is_a_clock_that_differs() -> None:
    assert since(record(), says(0, started="2026-03-03T12:05:00Z")) == (0, False)


def test_a_reopened_board_does_not_begin_anew() -> None:
    """Broken for 43 s, and the reopened board said DOWN 5s."""
    down = (says(0, Status.DOWN), says(1, Status.DOWN))
    assert since(record(seen(Status.DOWN, -20)), *down) == (-DAY, False)
    assert since(record(seen(Status.UP, -20)), says(0)) == (-DAY, False)


def test_a_night_that_nobody_watched_is_not_vouched_for() -> None:
    assert since(record(seen(Status.UP, -3600)), says(0)) == (0, True)
    assert since(record(seen(Status.DOWN, -3600)), says(0)) == (0, True)


def test_a_service_that_never_ended_vouches_for_the_night_itself() -> None:
    assert since(record(seen(Status.UP, -3600, -7200)), says(0, uptime=7200)) == (-DAY, False)
    assert since(record(seen(Status.UP, -3600)), says(0, uptime=7200)) == (-DAY, False)


def test_a_database_that_died_in_the_night_is_up_since_it_came_back() -> None:
    assert since(record(seen(Status.UP, -3600, -7200)), says(0, uptime=900)) == (-900, False)


def test_a_server_whose_clock_is_ahead_has_not_restarted() -> None:
    """Its own start is compared with what it said itself before."""
    told = "2026-03-03T11:30:00Z"
    assert since(record(seen(Status.UP, -3600, -1800)), says(0, started=told)) == (-DAY, False)


def test_a_restart_between_two_asks_is_seen() -> None:
    redis = record()
    assert since(redis, says(0, uptime=900), says(10, uptime=910)) == (-900, False)
    assert since(redis, says(20, uptime=4)) == (16, False)
    assert [(change.kind, change.at) for change in redis.history] == [(ChangeKind.RESTART, at(16))]


@pytest.mark.parametrize("told", ["", "yesterday", "2026-03-03", "2026-03-03T11:45:00", True, -1, 1e300])
def test_what_tells_no_moment_is_no_start(told: Fact) -> None:
    assert own_start({"started": told}, NOON) is None
    assert own_start({"uptime": told}, NOON) is None


def docker(seconds: float, **facts: Fact) -> Claim:
    return Claim("redis", "Docker", None, "Docker says", at(seconds), facts)


def claimed(status: Status, *claims: Claim) -> tuple[float, bool]:
    told = record()
    for second in (0, 1):
        told.take(says(second, status))
    for claim in claims:
        told.claim(claim)
    state = told.state(at(1))
    assert state.since is not None
    return (state.since - NOON).total_seconds(), state.since_at_least


def test_a_container_bounds_what_nobody_saw_begin() -> None:
    started, finished = "2026-03-03T11:45:00+00:00", "2026-03-03T11:59:20+00:00"
    assert claimed(Status.UP, docker(2, container_started=started)) == (-900, False)
    assert claimed(Status.DOWN, docker(2, container_finished=finished)) == (-40, False)
    assert claimed(Status.DOWN, docker(2, container_started=started)) == (0, True)
    assert claimed(Status.DEGRADED, docker(2, container_started=started)) == (0, True)


def test_a_container_that_was_started_again_bounds_what_is_up() -> None:
    first, again = "2026-03-03T11:45:00+00:00", "2026-03-03T12:00:30+00:00"
    assert claimed(Status.UP, docker(2, container_started=first), docker(31, container_started=again)) == (
        30,
        False,
    )
