"""Every format of the table has its moment, its level and its message, and zone words mean what tzdata says."""

import json
import time
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from sutaz_tui.logs.parsing import times
from sutaz_tui.logs.parsing.access import is_health
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.parsing.shapes import read
from sutaz_tui.logs.parsing.times import time_of
from sutaz_tui.logs.parsing.zones import zone_of
from tests.logs.formats import CRASHES, FORMATS, MS, READ
from tests.logs.more_formats import MORE

SECOND = 10**9
AT = int(datetime(2026, 11, 23, 14, 7, 12, tzinfo=UTC).timestamp()) * SECOND
NEAR = AT + 3600 * SECOND


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock shows UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    times._seconds.clear()
    yield
    monkeypatch.undo()
    time.tzset()
    times._seconds.clear()


@pytest.mark.parametrize(
    ("text", "fraction", "level"),
    [
        pytest.param(*sample, id=f"{name} {n}")
        for name, some in (*FORMATS.items(), *MORE.items())
        for n, sample in enumerate(some)
    ],
)
def test_every_format_has_its_moment_and_its_level(text: str, fraction: int | None, level: str) -> None:
    at = time_of(text, NEAR)
    assert (None if at is None else at - AT) == fraction
    assert level_of(text).name == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param(*sample, id=f"{name} {n}")
        for name, some in CRASHES.items()
        for n, sample in enumerate(some)
    ],
)
def test_a_line_that_tells_of_a_death_is_an_error(text: str, level: str) -> None:
    assert level_of(text).name == level


@pytest.mark.parametrize(("name", "shape", "logger", "message"), READ)
def test_a_row_shows_the_message_without_time_and_level(
    name: str, shape: str, logger: str, message: str
) -> None:
    found = [read(LogLine(AT, "shop", text)) for text, _, _ in FORMATS[name]]
    assert (shape, logger, message) in [(one.shape, one.logger, one.message) for one in found]


REQUEST = {"method": "POST", "path": "/login", "status_code": 500, "message": "no database"}


def test_a_failed_request_says_why_and_a_good_one_only_what() -> None:
    failed = REQUEST | {"level": "ERROR", "exception_message": "refused"}
    assert read(LogLine(AT, "shop", json.dumps(failed))).message == "POST /login 500: no database: refused"
    good = REQUEST | {"level": "INFO", "status_code": 200}
    assert read(LogLine(AT, "shop", json.dumps(good))).message == "POST /login 200"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2026-11-23T14:07:12Z [system] ERROR: lost", "ERROR"),
        ("2026-11-23 14:07:12 [note] WARN slow", "WARN"),
        ("[system] up", "UNKNOWN"),
        ("CRON[1234]: (root) CMD (run)", "UNKNOWN"),
    ],
)
def test_a_part_of_a_program_named_as_mysql_s_levels_hides_no_error(text: str, level: str) -> None:
    assert level_of(text).name == level


ATTACKS = {
    "dotted names": "a.B" * 30_000,
    "an exception without an end": "A" * 30_000 + "Error",
    "colons": "a: b:1: " * 10_000,
    "times": "14:07:12 " * 10_000,
    "digits": "1" * 30_000,
    "brackets": "[" * 15_000 + "x:error " * 5_000,
    "blanks": " " * 30_000 + "2026-11-23",
    "keys": '{"t":' * 15_000,
    "fields": '{"time":1,' * 5_000,
    "capitals behind colons": ": ERR" * 10_000,
    "colours": "\x1b[2m" * 10_000 + "ERROR",
    "users": "x:12 [1] a@" + "a@" * 10_000 + " ERROR",
    "CRI in CRI": "2026-11-23T14:07:12.044123456Z stderr F " * 1_000,
    "Kafka": "[2026-11-23 14:07:12,044] ERROR " + " (a" * 10_000,
    "HAProxy": "1.2.3.4:5 [x] a b 0/0/1/2/3 502 9 " + '"GET /' * 5_000,
    "Spring": "2026-11-23 14:07:12.044 ERROR 1 --- [" + " " * 20_000 + "] a : x",
    "log in log": '{"log":' * 5_000,
}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.timeout(30)
def test_no_line_keeps_its_reader_busy(name: str) -> None:
    text = ATTACKS[name]
    for _ in range(1000):
        time_of(text, NEAR)
        level_of(text[:LINE_LIMIT])
        is_health(text)
    for _ in range(20):
        read(LogLine(AT, "shop", text[:LINE_LIMIT]))


def test_zone_words_mean_what_tzdata_says_and_those_of_several_zones_nothing() -> None:
    meant: dict[str, set[timedelta | None]] = {}
    for name in zoneinfo.available_timezones():
        for month in range(1, 13):
            moment = datetime(2025, month, 15, tzinfo=zoneinfo.ZoneInfo(name))
            if (word := moment.tzname() or "").isupper() and word.isalpha():
                meant.setdefault(word, set()).add(moment.utcoffset())
    assert {"CET", "EST", "JST", "NDT"} <= meant.keys(), "this machine's tzdata is there"
    for word, offsets in meant.items():
        zone = zone_of(word)
        if len(offsets) > 1:
            assert zone is None, word
        elif zone is not None:
            assert {zone.utcoffset(None)} == offsets, word


@pytest.mark.parametrize(("word", "hours"), [("CET", 1), ("CEST", 2), ("EST", -5), ("EDT", -4), ("JST", 9)])
def test_a_postgres_line_is_not_hours_off_for_its_log_timezone(word: str, hours: int) -> None:
    line = f"2026-11-23 14:07:12.044 {word} [61] ERROR:  lost"
    assert time_of(line) == AT - hours * 3600 * SECOND + MS
    assert level_of(line).name == "ERROR"


def test_an_ambiguous_zone_word_is_this_machine_s_own_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "2026-11-23 14:07:12.044 PST [61] ERROR:  lost"
    assert time_of(line, NEAR) is None
    assert level_of(line).name == "ERROR"
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    times._seconds.clear()
    assert time_of(line, NEAR) == AT + 8 * 3600 * SECOND + MS


def test_every_format_has_ten_samples_at_least() -> None:
    assert len(FORMATS) >= 30
    assert {name: len(some) for name, some in FORMATS.items() if len(some) + len(MORE[name]) < 10} == {}
