"""Where answers come together: each goes to its service, and a snapshot says all of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sutaz_tui.engine.store import Store
from sutaz_tui.model import (
    Alert,
    Answer,
    Change,
    ChangeKind,
    Claim,
    Known,
    Reading,
    Service,
    ServiceState,
    Status,
)
from tests.hand_clock import HandClock

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Stand:
    """A store of these services, and the moment that it takes for now."""

    def __init__(self, *ids: str) -> None:
        services = [Service(id, id.title(), "tcp", "all", "127.0.0.1:1", ()) for id in ids]
        self.clock = HandClock(NOON)
        self.store = Store(services, {"kong": 10.0}, self.clock)

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    @now.setter
    def now(self, seconds: float) -> None:
        self.clock.move_to(seconds)

    def put(self, id: str, status: Status = Status.UP, **more: Any) -> bool:
        reading = Reading(id, "tcp", status, "well", at(self.now))
        return self.store.put(id, Answer((reading,), **more))

    def state(self, id: str) -> ServiceState:
        return next(state for state in self.store.snapshot().services if state.service.id == id)


def known(id: str, made: float | None, until: float) -> Known:
    return Known(id, "planned", at(until), at=at(made) if made is not None else None)


def test_an_answer_is_shown_with_its_moment_and_wakes_who_listens() -> None:
    stand = Stand("kong", "redis")
    before = stand.store.snapshot()
    assert (before.round_at, stand.store.changed.is_set()) == (None, False)
    stand.now = 5
    assert not stand.put("kong")
    after = stand.store.snapshot()
    assert stand.store.changed.is_set()
    assert (after.seq, after.at, after.round_at) == (before.seq + 1, at(5), at(5))
    assert [state.status for state in after.services] == [Status.UP, Status.UNKNOWN]
    assert stand.state("kong").interval == 10
    assert stand.state("redis").interval == 15


def test_a_first_failure_is_to_be_asked_again_and_the_change_is_told_once() -> None:
    stand = Stand("kong")
    stand.put("kong")
    assert stand.put("kong", Status.DOWN)
    assert stand.store.snapshot().changes == ()
    assert not stand.put("kong", Status.DOWN)
    assert not stand.put("kong", Status.DOWN)
    (change,) = stand.store.snapshot().changes
    assert (change.before, change.after) == (Status.UP, Status.DOWN)


def test_an_answer_that_speaks_of_several_services_reaches_each_that_is_there() -> None:
    stand = Stand("kong", "redis")
    readings = [Reading(id, "docker", Status.DEGRADED, "x", at(0)) for id in ("redis", "stranger", "kong")]
    stand.store.put("kong", Answer(tuple(readings)))
    assert [stand.state(id).status for id in ("kong", "redis")] == [Status.DEGRADED] * 2


def test_what_others_say_goes_to_whom_they_speak_of_and_nobody_speaks_of_itself() -> None:
    stand = Stand("kong", "redis")
    claims = [Claim(id, "Kong", Status.UP, "so it says", at(0)) for id in ("kong", "redis", "stranger")]
    stand.put("kong", claims=tuple(claims))
    assert stand.state("kong").claims == ()
    assert stand.state("redis").claims == (claims[1],)


def test_what_changed_is_told_in_the_history_of_its_service_and_in_the_list_of_all() -> None:
    stand = Stand("kong", "redis")
    changes = [Change(at(0), id, ChangeKind.RESTART, "restarted") for id in ("redis", "stranger")]
    stand.put("kong", changes=tuple(changes))
    assert stand.state("redis").history == (changes[0],)
    assert stand.store.snapshot().changes == (changes[0],)


def test_alerts_stand_until_their_source_answers_without_them() -> None:
    stand = Stand("prometheus", "alertmanager")
    alert = Alert("InstanceDown", "critical", "down")
    stand.put("prometheus", alerts=(alert,))
    stand.put("alertmanager", alerts=(alert,))
    (row,) = stand.store.snapshot().alerts
    assert row == replace(alert, by=("prometheus", "alertmanager"))
    assert stand.store.snapshot().alerts[0] is row, "nothing is put together anew for each snapshot"
    stand.put("prometheus")
    assert stand.store.snapshot().alerts == (row,), "it was not asked for alerts this time"
    stand.put("prometheus", alerts=())
    assert stand.store.snapshot().alerts == (replace(alert, by=("alertmanager",)),)
    stand.put("alertmanager", alerts=())
    assert stand.store.snapshot().alerts == ()


def test_an_alert_that_only_a_dead_alertmanager_tells_fires_no_longer() -> None:
    stand = Stand("prometheus", "alertmanager")
    labels = [(("alertname", name),) for name in ("A", "B")]
    a, b = (Alert(one[0][1], "warning", "", labels=one) for one in labels)
    held = replace(a, silenced_by=("silenced by ann",))
    stand.put("prometheus", alerts=(a, b))
    stand.put("alertmanager", alerts=(held, b))
    assert len(stand.store.snapshot().alerts) == 2
    for _ in range(2):
        stand.put("alertmanager", Status.DOWN)
    stand.put("prometheus", alerts=(a,))
    (row,) = stand.store.snapshot().alerts
    assert (row.name, row.silenced_by) == ("A", ("silenced by ann",)), "its silence is the last that is known"
    for _ in range(2):
        stand.put("prometheus", Status.DOWN)
    assert len(stand.store.snapshot().alerts) == 2, "nobody answers: the last word of both"
    stand.put("alertmanager", alerts=())
    assert stand.store.snapshot().alerts == ()


def remembered(ids: Iterable[str]) -> list[ServiceState]:
    services = [Service(id, id.title(), "tcp", "all", "127.0.0.1:1", ()) for id in ids]
    return [ServiceState(service, Status.UP, "as it was", is_remembered=True) for service in services]


def test_what_an_earlier_run_saw_is_shown_until_each_has_answered() -> None:
    stand = Stand("kong", "redis")
    stand.store.remember(remembered(("kong", "redis", "gone")), at(-60))
    snapshot = stand.store.snapshot()
    assert snapshot.remembered_at == at(-60)
    assert [state.summary for state in snapshot.services] == ["as it was"] * 2
    stand.put("kong")
    assert [state.summary for state in stand.store.snapshot().services] == ["well", "as it was"]
    assert stand.store.snapshot().remembered_at == at(-60)
    stand.put("redis")
    assert stand.store.snapshot().remembered_at is None


def test_a_mark_stands_until_its_time_is_over() -> None:
    stand = Stand("kong")
    for _ in range(2):
        stand.put("kong", Status.DOWN)
    stand.store.set_known([known("kong", 0, 30)])
    stand.now = 29.9
    state = stand.state("kong")
    assert (state.known, state.known_until) == ("planned", at(30))
    stand.now = 30
    assert stand.state("kong").known == ""
    assert stand.store.known == {}


def test_a_mark_ends_when_its_service_is_seen_well_after_it_was_made() -> None:
    stand = Stand("kong")
    stand.put("kong")
    stand.store.set_known([known("kong", 5, 3600)])
    assert stand.state("kong").known == "planned", "the answer is older than the mark"
    stand.now = 5
    stand.put("kong", Status.DEGRADED)
    assert stand.state("kong").known == "planned"
    stand.put("kong")
    assert stand.state("kong").known == ""


def test_a_mark_without_a_moment_ends_with_the_first_good_answer() -> None:
    stand = Stand("kong", "redis")
    stand.put("kong")
    stand.store.set_known([known("kong", None, 3600), known("redis", None, 3600)])
    assert [stand.state(id).known for id in ("kong", "redis")] == ["", "planned"]


def test_idle_is_told_when_it_changes_only() -> None:
    stand = Stand("kong")
    stand.store.set_idle(False)
    assert not stand.store.changed.is_set()
    stand.store.set_idle(True)
    assert stand.store.changed.is_set()
    assert stand.store.snapshot().is_idle


def test_the_same_objects_are_shown_while_nothing_changes() -> None:
    stand = Stand("kong", "redis")
    for _ in range(2):
        stand.put("kong", Status.DOWN)
    stand.put("redis")
    stand.store.set_known([known("kong", 0, 3600)])
    first, second = stand.store.snapshot().services, stand.store.snapshot().services
    assert first[0].known == "planned"
    assert all(one is other for one, other in zip(first, second, strict=True))
    stand.store.set_known([])
    assert stand.state("kong").known == ""


@pytest.mark.parametrize(("by", "words"), [(3600.0, "forward by 1h00m"), (-86400.0, "back by 1d00h")])
def test_a_clock_that_is_set_makes_nothing_stale_and_is_told(by: float, words: str) -> None:
    stand = Stand("kong", "redis")
    stand.put("kong")
    stand.put("redis")
    stand.now = 8
    stand.clock.set(by)
    snapshot = stand.store.snapshot()
    assert [state.status for state in snapshot.services] == [Status.UP, Status.UP]
    assert [state.age(snapshot.at) for state in snapshot.services] == [8.0, 8.0]
    assert [change.words for change in snapshot.changes if not change.service_id] == [
        f"this machine's clock was set {words}"
    ]
    # Nothing is told twice, and silence is still noticed after its three intervals.
    stand.now = 31
    assert stand.state("kong").status is Status.UNKNOWN
    assert len(stand.store.snapshot().changes) == len(snapshot.changes)


def test_a_clock_that_is_slewed_is_not_told() -> None:
    stand = Stand("kong")
    for second in range(1, 60):
        stand.now = second
        stand.clock.set(0.1)
        stand.put("kong")
    assert not any(change.kind is ChangeKind.CLOCK for change in stand.store.snapshot().changes)


def test_who_listens_hears_each_answer_and_what_it_changed() -> None:
    stand = Stand("kong")
    heard: list[tuple[Answer, tuple[Change, ...]]] = []
    stand.store.listeners.append(lambda answer, changes: heard.append((answer, changes)))
    restarted = Change(at(1), "kong", ChangeKind.RESTART, "container restarted")
    stand.put("kong")
    stand.put("kong", changes=(restarted,))
    assert [answer.readings[0].service_id for answer, _ in heard] == ["kong", "kong"]
    assert heard[1][1] == (restarted,)
