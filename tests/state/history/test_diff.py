"""What differs between two pictures is told, and nothing that does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaz_tui.model import Alert, Claim, Fact, Service, ServiceState, Snapshot, Status
from sutaz_tui.probes.base import Finding
from sutaz_tui.state.history.account import account
from sutaz_tui.state.history.diff import diff, has_moved
from sutaz_tui.state.history.moment import snapshot_at
from sutaz_tui.state.history.thinning import forget
from tests.hand_clock import HandClock
from tests.state.history.remembering import watching

THEN = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
NOW = THEN + timedelta(hours=10)


def state(id: str, status: Status = Status.UP, **facts: Fact) -> ServiceState:
    service = Service(id, id.title(), "tcp", "all")
    return ServiceState(service, status, f"says {status.label}", since=THEN, asked=THEN, facts=facts)


def picture(at: datetime, *states: ServiceState, alerts: tuple[Alert, ...] = ()) -> Snapshot:
    return Snapshot(0, at, states, alerts=alerts)


def test_each_kind_of_difference_is_told_the_weightiest_first() -> None:
    then = picture(
        THEN,
        state("api", version="1.4", connections=10, uptime=5.0),
        state("db"),
        ServiceState(Service("new", "New", "tcp", "all"), Status.UNKNOWN, "not watched", "?", asked=THEN),
        alerts=(Alert("Old", "warning", "it was"),),
    )
    image = Claim("api", "Docker", None, "running", NOW, {"image": "api:2"})
    now_api = state("api", version="1.5", connections=12, uptime=36_005.0)
    now = picture(
        NOW,
        ServiceState(
            **{name: getattr(now_api, name) for name in now_api.__struct_fields__} | {"claims": (image,)}
        ),
        state("db", Status.DOWN),
        state("new"),
        alerts=(Alert("New", "critical", "it is"),),
    )
    found = diff(then, now, {"api": 2}, {}, {})
    assert [(one.service, one.what, one.then, one.now) for one in found.differences] == [
        ("db", "status", "up", "DOWN: says down"),
        ("", "alert New", "", "fires: it is"),
        ("", "alert Old", "fired (warning)", ""),
        ("api", "restarts", "", "2 since then"),
        ("api", "version", "1.4", "1.5"),
        ("api", "connections", "10", "12"),
    ]
    assert found.unwatched == ("new",)
    same = diff(then, then, {}, {}, {})
    assert same.differences == ()


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [(100, 111, False), (100, 112, True), (0, 1, True), (0, 0, False), (-5, 5, True)],
)
def test_a_number_has_moved_by_more_than_a_tenth(before: float, after: float, is_told: bool) -> None:
    assert has_moved(before, after) is is_told


async def test_a_version_that_changed_while_nobody_watched_is_remembered(tmp_path: Path) -> None:
    clock = HandClock()
    async with watching(tmp_path, clock) as board:
        board.stand["redis"].finding = Finding("well", facts={"version": "7.4.5", "clients": 3})
        await board.run(90)
        board.stop()
    then = clock.now() - timedelta(seconds=20)
    await clock.advance(3600)
    async with watching(tmp_path, clock) as board:
        board.stand["redis"].finding = Finding("well", facts={"version": "7.4.6", "clients": 3})
        await board.run(90)
        board.stop()
        assert board.memory.file is not None
        services = board.stand.engine.services
        old = board.memory.file.read(lambda db: snapshot_at(db, then, services))
        new = board.memory.file.read(
            lambda db: snapshot_at(db, clock.now() - timedelta(seconds=20), services)
        )
        told = board.memory.file.read(lambda db: account(db, then, clock.now(), lambda _: ()).changes)
    assert (old.services[0].facts["version"], new.services[0].facts["version"]) == ("7.4.5", "7.4.6")
    assert [(one.what, one.then, one.now) for one in diff(old, new, {}, {}, {}).differences] == [
        ("version", "7.4.5", "7.4.6")
    ]
    assert [(one.kind, one.before, one.after) for one in told] == [("version", "7.4.5", "7.4.6")]


async def test_a_service_that_is_forgotten_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    """Its versions and the causes that it was stayed behind."""
    clock = HandClock()
    async with watching(tmp_path, clock, "redis", "postgres") as board:
        for id in ("redis", "postgres"):
            board.stand[id].finding = Finding("well", facts={"version": "7.4.5", "leader": "a"})
        await board.run(90)
        board.refuse("redis")
        await board.run(60)
        board.heal("redis")
        await board.run(60)
        board.stop()
        assert board.memory.file is not None
        count = "SELECT kind FROM subjects JOIN spans ON subject = no WHERE id = ?"
        kinds = {
            kind for (kind,) in board.memory.file.read(lambda db: db.execute(count, ("redis",)).fetchall())
        }
        assert kinds == {"service", "version", "leader", "cause"}
        board.memory.file.change(lambda db: forget(db, clock.now() + timedelta(days=1), "redis"))
        assert board.memory.file.read(lambda db: db.execute(count, ("redis",)).fetchall()) == []
        assert board.memory.file.read(lambda db: db.execute(count, ("postgres",)).fetchall()) != []
