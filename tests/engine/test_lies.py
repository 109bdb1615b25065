"""Who says that all is well of what is down: told of the one who says it, and of nobody whose words are older."""

from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.engine.contradictions import expose
from sutaz_tui.model import Claim, Service, ServiceState, Status

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def service(id: str, kind: str, *needs: str) -> Service:
    return Service(id, id.title(), kind, "all", "127.0.0.1:1", needs)


def backend(status: Status = Status.UP, asked: float = 20) -> ServiceState:
    return ServiceState(
        service("backend", "backend", "postgres", "redis"), status, "healthy", asked=at(asked), since=at(0)
    )


def other(
    id: str = "postgres", kind: str = "postgres", status: Status = Status.DOWN, claims: tuple[Claim, ...] = ()
) -> ServiceState:
    return ServiceState(
        service(id, kind), status, "refused", asked=at(12), since=at(10), word="DOWN", claims=claims
    )


def says_up(seconds: float, by: str = "Backend") -> Claim:
    return Claim("postgres", by, Status.UP, "backend says postgres is up", at(seconds))


def test_a_backend_that_is_up_without_its_database_lies_though_it_named_nobody() -> None:
    told, _ = expose([backend(), other()])
    assert (told.status, told.word) == (Status.DEGRADED, "lies")
    assert told.summary == "says that all is well, but Postgres is DOWN; healthy"
    assert told.since == at(10)


@pytest.mark.parametrize(
    "states",
    [
        pytest.param([backend(asked=9), other()], id="its answer is older than the fall"),
        pytest.param([backend(), other(status=Status.DEGRADED)], id="the database answers"),
        pytest.param([backend(), other(status=Status.ABSENT)], id="the database is not deployed"),
        pytest.param([backend(), other("redis", "redis")], id="it may do without a cache"),
        pytest.param([backend(Status.DEGRADED), other()], id="it says itself that it is not well"),
        pytest.param([backend(Status.DOWN), other()], id="it says nothing at all"),
        pytest.param([backend(), other(claims=(says_up(9),))][:1], id="nobody else is there"),
    ],
)
def test_no_lie(states: list[ServiceState]) -> None:
    assert expose(states) == states


def test_who_vouches_for_what_is_down_lies_and_says_since_when_only_if_it_was_well() -> None:
    told, _ = expose([backend(Status.DEGRADED), other(claims=(says_up(11),))])
    assert (told.word, told.since) == ("lies", at(0))
    assert "Postgres is DOWN" in told.summary


def test_words_from_before_the_fall_are_no_lie() -> None:
    states = [backend(Status.DEGRADED), other(claims=(says_up(9.9),))]
    assert expose(states) == states


def test_words_of_the_very_moment_of_the_fall_are_a_lie() -> None:
    told, _ = expose([backend(Status.DEGRADED), other(claims=(says_up(10),))])
    assert told.word == "lies"


def test_what_another_says_is_not_put_into_its_mouth() -> None:
    states = [backend(Status.DEGRADED), other(claims=(says_up(11, "Consul"),))]
    assert expose(states) == states


def test_only_who_answers_for_others_can_lie() -> None:
    agent = ServiceState(service("agent", "agent", "postgres"), Status.UP, "well", asked=at(20), since=at(0))
    assert expose([agent, other(claims=(says_up(11, "Agent"),))])[0] is agent
