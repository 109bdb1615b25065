"""What is back, and who still catches up: told until they are up, and no longer than they can be catching up."""

from datetime import UTC, datetime, timedelta

from sutaz_tui.engine.recovery import CATCH_UP, Recoveries, recovery_words
from sutaz_tui.model import Cause, Recovery, Service, ServiceState, Status

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def state(id: str, status: Status, since: float = 0) -> ServiceState:
    return ServiceState(
        Service(id, id.title(), "tcp", "all", "127.0.0.1:1"), status, "", since=at(since), asked=at(since)
    )


def states(**given: ServiceState) -> dict[str, ServiceState]:
    return given


CAUSE = Cause("postgres", "PostgreSQL", at(0), "refused", ("backend", "kong"), ("backend", "kong"))


def back_at_ten(watch: Recoveries, victims: Status) -> tuple[Recovery, ...]:
    down = {id: state(id, victims) for id in ("backend", "kong")}
    assert watch.follow({"postgres": state("postgres", Status.DOWN), **down}, [CAUSE], at(5)) == ()
    return watch.follow({"postgres": state("postgres", Status.UP, 10), **down}, [], at(10))


def test_nothing_is_watched_before_the_first_cause_and_something_after_it() -> None:
    watch = Recoveries()
    assert not watch.is_watching
    back_at_ten(watch, Status.DEGRADED)
    assert watch.is_watching


def test_victims_that_are_only_degraded_catch_up_too() -> None:
    [recovery] = back_at_ten(Recoveries(), Status.DEGRADED)
    assert recovery.waiting == ("backend", "kong")
    assert recovery.after == 10.0
    assert recovery_words(recovery, {}) == "PostgreSQL back after 10s; 2 still catching up (backend, kong)"


def test_of_many_that_catch_up_two_are_named() -> None:
    titles = {"backend": "Backend", "kong": "Kong", "faiss": "FAISS"}
    recovery = Recovery("postgres", "PostgreSQL", 10.0, at(10), ("backend", "kong", "faiss"))
    assert recovery_words(recovery, titles) == (
        "PostgreSQL back after 10s; 3 still catching up (Backend, Kong +1)"
    )


def test_what_is_still_down_a_minute_later_is_down_for_a_reason_of_its_own() -> None:
    watch = Recoveries()
    back_at_ten(watch, Status.DOWN)
    left = states(
        postgres=state("postgres", Status.UP, 10),
        backend=state("backend", Status.DOWN),
        kong=state("kong", Status.DEGRADED),
    )
    [still] = watch.follow(left, [], at(10 + CATCH_UP))
    assert still.waiting == ("backend", "kong")
    [later] = watch.follow(left, [], at(10 + CATCH_UP + 1))
    assert later.waiting == ("kong",)


def test_it_is_over_when_all_are_up() -> None:
    watch = Recoveries()
    back_at_ten(watch, Status.DOWN)
    well = {id: state(id, Status.UP) for id in ("postgres", "backend", "kong")}
    assert watch.follow(well, [], at(12)) == ()
    assert not watch.is_watching


def test_a_cause_that_is_unknown_for_a_while_is_still_awaited() -> None:
    watch = Recoveries()
    down = {"backend": state("backend", Status.DOWN), "kong": state("kong", Status.UP)}
    watch.follow({"postgres": state("postgres", Status.DOWN), **down}, [CAUSE], at(5))
    assert watch.follow({"postgres": state("postgres", Status.UNKNOWN), **down}, [], at(6)) == ()
    [recovery] = watch.follow({"postgres": state("postgres", Status.UP, 8), **down}, [], at(8))
    assert recovery.waiting == ("backend",)
