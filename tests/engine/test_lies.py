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


def says_up(seconds: float, by: str = "Backend", differs: bool = True) -> Claim:
    return Claim("postgres", by, Status.UP, "backend says postgres is up", at(seconds), differs=differs)


@pytest.mark.parametrize(
    "states",
    [
        pytest.param([backend(), other()], id="it said nothing of it"),
        pytest.param(
            [backend(), other(claims=(says_up(11, differs=False),))], id="we do not know better yet"
        ),
        pytest.param(
            [backend(), other(status=Status.DEGRADED, claims=(says_up(11),))], id="the database answers"
        ),
        pytest.param([backend(Status.DOWN), other(claims=(says_up(11),))], id="it says nothing at all"),
    ],
)
def test_no_lie(states: list[ServiceState]) -> None:
    assert expose(states) == states


def test_who_vouches_for_what_is_down_lies_since_that_is_down() -> None:
    told, _ = expose([backend(), other(claims=(says_up(11),))])
    assert (told.status, told.word, told.since) == (Status.DEGRADED, "lies", at(10))
    assert told.summary == "reports healthy, but Postgres is DOWN; healthy"


def test_who_is_not_well_for_another_reason_lies_all_the_same() -> None:
    told, _ = expose([backend(Status.DEGRADED), other(claims=(says_up(11),))])
    assert (told.word, told.since) == ("lies", at(0))
    assert told.summary == "reports healthy what is DOWN: Postgres; healthy"


def test_what_another_says_is_not_put_into_its_mouth() -> None:
    states = [backend(Status.DEGRADED), other(claims=(says_up(11, "Consul"),))]
    assert expose(states) == states


def test_only_who_answers_for_others_can_lie() -> None:
    agent = ServiceState(service("agent", "agent", "postgres"), Status.UP, "well", asked=at(20), since=at(0))
    assert expose([agent, other(claims=(says_up(11, "Agent"),))])[0] is agent
