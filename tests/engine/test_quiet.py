"""Quiet hours: trouble in them is known until they end, whatever the hour, the day and summer time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.engine.quiet import end_of, with_quiet
from sutaz_tui.model import Known, Quiet, Service, ServiceState, Status


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def window(begin: float, end: float, *days: int) -> Quiet:
    return Quiet(timedelta(hours=begin), timedelta(hours=end), days, "backup")


def at(text: str) -> datetime:
    """A moment of the clock on the wall in Berlin."""
    return datetime.fromisoformat(text).astimezone()


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (window(22, 6), "2026-11-27T21:59:59", None),
        (window(22, 6), "2026-11-27T22:00", "2026-11-28T06:00"),
        (window(22, 6), "2026-11-28T05:59:59", "2026-11-28T06:00"),
        (window(22, 6), "2026-11-28T06:00", None),
        (window(1, 2), "2026-11-28T01:30", "2026-11-28T02:00"),
        (window(22, 6, 4), "2026-11-28T03:00", "2026-11-28T06:00"),  # Friday's, on Saturday
        (window(22, 6, 5), "2026-11-28T03:00", None),
        (window(1, 4), "2026-03-29T03:30", "2026-03-29T04:00"),  # 2:00 to 3:00 is left out that night
    ],
)
def test_a_window_by_the_clock_on_the_wall(quiet: Quiet, now: str, until: str | None) -> None:
    assert end_of(quiet, at(now)) == (at(until) if until else None)


def test_trouble_in_a_window_is_known_and_what_is_well_is_not() -> None:
    now = at("2026-11-27T23:00").astimezone(UTC)
    service = Service("db", "DB", "tcp", "g", quiet=(window(22, 6),))
    down = ServiceState(service, Status.DOWN, "refused")
    assert with_quiet({}, [down], now)["db"].reason == "backup"
    assert not with_quiet({}, [ServiceState(service, Status.UP, "well")], now)
    assert not with_quiet({}, [down], now + timedelta(hours=12))
    mine = Known("db", "I know", None)
    assert with_quiet({"db": mine}, [down], now) == {"db": mine}
