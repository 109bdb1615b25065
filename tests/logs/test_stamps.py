"""Stamps: the time of day here and in UTC, the time since the line before, and moments that no calendar has."""

import time
from collections.abc import Iterator

import pytest

from sutaz_tui.logs.parsing.stamps import NO_TIME, WIDTH, Times, _clock, day, stamp

AT = 1_795_442_831_402_000_000


@pytest.fixture(autouse=True)
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nine hours ahead of UTC, without summer time."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "JST-9")
        time.tzset()
        _clock.cache_clear()
        yield
    time.tzset()
    _clock.cache_clear()


def test_the_time_of_day():
    assert stamp(AT, Times.UTC) == "14:07:11.402"
    assert stamp(AT, Times.LOCAL) == "23:07:11.402"
    assert stamp(AT + 7, Times.UTC) == stamp(AT, Times.UTC)


def test_the_date():
    assert day(AT, Times.UTC) == "2026-11-23"
    assert day(AT + 3600 * 10**9, Times.LOCAL) == "2026-11-24"
    assert day(AT + 3600 * 10**9, Times.DELTA) == "2026-11-24"


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (0, "+0.000"),
        (123_000_000, "+0.123"),
        (61 * 10**9, "+61.000"),
        (7200 * 10**9, "+2h00m"),
        (-(10**9), "-1.000"),
    ],
)
def test_the_time_since_the_line_before(after, words):
    assert stamp(AT + after, Times.DELTA, AT).strip() == words


def test_the_first_line_has_none_before():
    assert stamp(AT, Times.DELTA) == " " * WIDTH


@pytest.mark.parametrize("times", list(Times))
@pytest.mark.parametrize("at", [0, -1, AT, 10**30, -(10**30), 2**63 - 1])
def test_a_stamp_is_always_as_wide(at, times):
    assert len(stamp(at, times, AT)) == WIDTH or times is Times.DELTA


def test_a_moment_that_no_calendar_has_is_told_so():
    assert stamp(10**30, Times.UTC).startswith(NO_TIME)
    assert day(10**30, Times.UTC) == ""


def test_the_kinds_go_round():
    assert Times.LOCAL.following is Times.UTC
    assert Times.UTC.following is Times.DELTA
    assert Times.DELTA.following is Times.LOCAL
