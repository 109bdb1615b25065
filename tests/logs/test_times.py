"""The moment that a line names, wherever its program writes it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.logs.parsing import times
from sutaz_tui.logs.parsing.times import time_of
from sutaz_tui.text.moments import nanoseconds
from tests import hostile

SECOND = 10**9
AT = int(datetime(2026, 11, 23, 14, 7, 12, tzinfo=UTC).timestamp()) * SECOND
NEAR = AT + 3600 * SECOND


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock shows UTC."""
    yield from zone("UTC", monkeypatch)


def zone(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    times._seconds.clear()
    yield
    monkeypatch.undo()
    time.tzset()
    times._seconds.clear()


MS, US = 44_000_000, 44_123_000
NAMED = {
    '{"timestamp": "2026-11-23T14:07:12.044123+00:00", "level": "INFO"}': AT + US,
    '{"timestamp": "2026-11-23T16:07:12.044123+02:00", "level": "INFO"}': AT + US,
    '{"timestamp": "2026-11-23T14:07:12+00:00"}': AT,
    '{"level":"info","ts":"2026-11-23T14:07:12.044Z"}': AT + MS,
    '{"level":30,"time":1795442832044,"msg":"x"}': AT + MS,
    '{"ts":1795442832.0441234}': AT + 44_123_400,
    '{"ts":1795442832044123}': AT + US,
    '{"ts":1795442832044123001}': AT + 44_123_001,
    '{"@timestamp":"2026-11-23T14:07:12.044Z"}': AT + MS,
    "2026-11-23 14:07:12,044 - agent.letta - ERROR - x": AT + MS,
    "2026-11-23 14:07:12.044 UTC [61] ERROR:  x": AT + MS,
    "2026-11-23 14:07:12.044001+00:00 [error] <0.1.0> x": AT + 44_001_000,
    "2026-11-23 15:07:12.044+0100 INFO  x": AT + MS,
    "2026-11-23T14:07:12.044123456Z x": AT + 44_123_456,
    "2026-11-23T14:07:12.0441234567891Z x": AT + 44_123_456,
    "2026-11-23T14:07:12 x": AT,
    "ts=2026-11-23T14:07:12.044Z caller=head.go:1 level=warn": AT + MS,
    'logger=x t=2026-11-23T14:07:12.044Z level=info msg="2025-01-01 00:00:00"': AT + MS,
    'time="2026-11-23T14:07:12Z" level=info': AT,
    "1:M 23 Nov 2026 14:07:12.044 * x": AT + MS,
    '172.20.0.1 - - [23/Nov/2026:15:07:12 +0100] "GET /x HTTP/1.1" 200 1': AT,
    "2026/11/23 14:07:12 [error] 31#31: x": AT,
    "<34>1 2026-11-23T14:07:12.044Z host app - - - x": AT + MS,
    "[2026-11-23 14:07:12 +0000] [1] [INFO] x": AT,
    "[GIN] 2026/11/23 - 14:07:12 | 200 | x": AT,
    "INFO:     [23-11-2026 14:07:12] x": AT,
    "2026-11-23 14:07:60,044 - the leap second - INFO - x": AT + 47 * SECOND + MS,
    # Without a year: the one next to the moment that is known.
    "<34>Nov 23 14:07:12 host app: x": AT,
    "Nov 23 14:07:12 host app: x": AT,
    "I1123 14:07:12.044123       1 main.go:1] x": AT + US,
    # None
    'INFO:     172.20.0.31:51234 - "GET / HTTP/1.1" 200 OK': None,
    '{"message": "at 2026-11-23T14:07:12"}': None,
    "started at 2026-11-23 14:07:12": None,
    "2026-02-30 14:07:12,044 - app - INFO - no such day": None,
    "2026-11-23 25:07:12,044 - app - INFO - no such hour": None,
    "0000-00-00 00:00:00,000 - app - INFO - x": None,
    "1960-01-01 00:00:00,000 - app - INFO - before all": None,
    "9999-12-31T23:59:59.999999999-23:59 x": None,
    "Feb 30 14:07:12 host app: no such day in any year": None,
    '{"timestamp": 1e308}': None,
    '{"timestamp": "99999999999999999999999"}': None,
    '{"time": 9999999999999999999}': None,
    "": None,
}


@pytest.mark.parametrize("text", NAMED)
def test_the_moment_that_a_line_names(text: str) -> None:
    assert time_of(text, NEAR) == NAMED[text]
    assert time_of(text, NEAR) == NAMED[text], "the same from what is remembered of that second"


def test_a_time_without_a_zone_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "2026-11-23 14:07:12,044 - app - INFO - x"
    for _ in zone("America/New_York", monkeypatch):
        assert time_of(line) == AT + 5 * 3600 * SECOND + MS
        assert time_of(line) == AT + 5 * 3600 * SECOND + MS
        assert time_of(line.replace(",044", ".044Z")) == AT + MS


@pytest.mark.parametrize("zone_written", ["+05:30", "+0530", "-08", "Z", "UTC"])
def test_a_line_with_a_zone_is_not_hours_off_after_another_file_s_line_of_that_second(
    monkeypatch: pytest.MonkeyPatch, zone_written: str
) -> None:
    with_zone = f"2026-11-23 14:07:12,044 {zone_written} ERROR x"
    for _ in zone("America/New_York", monkeypatch):
        alone = time_of(with_zone)
        times._seconds.clear()
        assert time_of("2026-11-23 14:07:12,100 - app - INFO - x") == AT + 5 * 3600 * SECOND + 100_000_000
        assert time_of("2026-11-23 14:07:12,100 INFO x") == AT + 5 * 3600 * SECOND + 100_000_000
        assert time_of(with_zone) == alone != AT + 5 * 3600 * SECOND + MS


def test_a_day_without_a_year_is_the_nearest() -> None:
    new_year = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * SECOND
    assert time_of("Dec 31 23:59:59 host app: x", new_year) == new_year - SECOND
    assert time_of("Jan  1 00:00:01 host app: x", new_year - SECOND) == new_year + SECOND
    assert time_of("Jan  1 00:00:01 host app: x") is None, "no year without a moment to be near"


@pytest.mark.parametrize("name", hostile.LOG_LINES)
@pytest.mark.timeout(60)
def test_every_hostile_line_has_a_moment_or_none(name: str) -> None:
    for text in (hostile.LOG_LINES[name], hostile.LOG_LINES[name][:LINE_LIMIT]):
        at = time_of(text, NEAR)
        assert at is None or 0 <= at < 1 << 63
    if name == "a year ahead":
        assert time_of(hostile.LOG_LINES[name]) == nanoseconds(hostile.A_YEAR_AHEAD)
