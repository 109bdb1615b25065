"""Moments as they are typed."""

import time
from datetime import datetime, timedelta, timezone

import pytest

from sutaz_tui.state.history.moments import typed_moment
from sutaz_tui.text.moments import moment, nanoseconds

ZONE = timezone(timedelta(hours=2))
NOW = datetime(2026, 11, 23, 14, 7, 11, 402_000, tzinfo=ZONE)
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("typed", "ago"),
    [
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("1d", 86400),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0s", 0),
        (" 15m ", 900),
    ],
)
def test_a_span_is_that_long_ago(typed: str, ago: float) -> None:
    assert moment(typed, NOW) == nanoseconds(NOW) - ago * SECOND


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("14:07", "2026-11-23T14:07:00+02:00"),
        ("9:05", "2026-11-23T09:05:00+02:00"),
        ("14:07:11", "2026-11-23T14:07:11+02:00"),
        ("14:07:11.402", "2026-11-23T14:07:11.402+02:00"),
        ("23:59", "2026-11-23T23:59:00+02:00"),
        ("2026-11-23T14:07:11Z", "2026-11-23T14:07:11+00:00"),
        ("2026-11-23T14:07:11.402123+05:30", "2026-11-23T14:07:11.402123+05:30"),
        ("2026-11-23 14:07:11+02:00", "2026-11-23T14:07:11+02:00"),
    ],
)
def test_a_time_of_today_and_a_whole_one(typed: str, iso: str) -> None:
    assert moment(typed, NOW) == nanoseconds(datetime.fromisoformat(iso))


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("yesterday", "2026-11-22T00:00:00+02:00"),
        ("yesterday 18:00", "2026-11-22T18:00:00+02:00"),
        ("Yesterday  9:05:11", "2026-11-22T09:05:11+02:00"),
        # It was a Monday.
        ("sun 03:12", "2026-11-22T03:12:00+02:00"),
        ("Tue 03:12:50", "2026-11-17T03:12:50+02:00"),
        ("monday 03:12", "2026-11-16T03:12:00+02:00"),
        ("saturday", "2026-11-21T00:00:00+02:00"),
    ],
)
def test_a_time_of_yesterday_or_of_the_last_such_day(typed: str, iso: str) -> None:
    assert moment(typed, NOW) == nanoseconds(datetime.fromisoformat(iso))


def test_a_time_of_yesterday_is_what_the_clock_on_the_wall_showed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        # On 25 Oct 2026 the clocks were set back at three.
        now = datetime.fromisoformat("2026-10-25T12:00:00+01:00").astimezone()
        assert moment("yesterday 18:00", now) == nanoseconds(
            datetime.fromisoformat("2026-10-24T18:00:00+02:00")
        )
        assert moment("01:30", now) == nanoseconds(datetime.fromisoformat("2026-10-25T01:30:00+02:00"))
    finally:
        monkeypatch.undo()
        time.tzset()


def test_in_the_past_a_time_that_is_still_to_come_was_yesterdays() -> None:
    now = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
    assert typed_moment("11:00", now) == now - timedelta(hours=1)
    later = typed_moment("13:00", now)
    assert later is not None
    assert later.astimezone().replace(tzinfo=None) == (now - timedelta(hours=23)).replace(tzinfo=None)


def test_a_date_without_a_zone_is_one_of_this_machine() -> None:
    assert moment("2026-11-20", NOW) == nanoseconds(datetime(2026, 11, 20).astimezone())


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "15",
        "m",
        "-15m",
        "24:00",
        "14:60",
        "14:07:61",
        "2026-13-01",
        "15m ago",
        "1e3s",
        "９m5",
        "१२h",
        "1٢:00",
        "ſat 03:12",
        "२०२६-11-23T14:07:11Z",
        "yesterday soon",
        "yesterday 2h",
        "mon 25:00",
        "tomorrow 14:07",
        "9999-12-31T23:59-14:00",
    ],
)
def test_what_is_no_moment(typed: str) -> None:
    assert moment(typed, NOW) is None


@pytest.mark.parametrize("typed", ["999999999w", "0001-01-01", "1969-12-31T00:00:00Z"])
def test_before_all_time_is_its_beginning(typed: str) -> None:
    assert moment(typed, NOW) in (0, None)
