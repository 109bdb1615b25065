"""A row of the wide board: what each of its columns says, and when it says nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from sutaz_tui.model import Change, ChangeKind, Claim, Service, ServiceState, Status
from sutaz_tui.text.units import memory_size
from widgets.map_cells import look_of
from widgets.map_rows import columns_at, heading_pieces, row_pieces, since_words
from widgets.moment_words import clock
from widgets.pieces import plain
from widgets.usage_words import container_words, memory_words

NOW = datetime(2026, 11, 30, 14, 2, 31, tzinfo=UTC)
MIB = 1 << 20
UP = ServiceState(
    Service("redis", "Redis", "redis", "data"), Status.UP, "141 ops/s", latency=0.001, asked=NOW
)
USED = {
    "container_state": "running", "health": "healthy", "image": "redis:8", "restarts": 2, "oom": False,
    "cpu": "3%", "memory": 27 * MIB, "memory_limit": 128 * MIB,
}  # fmt: skip


def row(state: ServiceState, word: str, age: str = "", has_usage: bool = True) -> str:
    columns = columns_at(104, 17, has_usage)
    return plain(row_pieces(state, "", "✓", "Redis", word, age, NOW, "", columns, "", False))


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def test_a_row_says_what_its_container_uses_in_short_units() -> None:
    state = replace(UP, claims=(Claim("redis", "Docker", Status.UP, "", NOW, USED),))
    assert row(state, "1").split() == ["✓", "Redis", "1", "ms", "3%", "27/128M", "141", "ops/s"]
    heading = plain(heading_pieces(columns_at(104, 17, True), 104))
    assert heading.split() == ["SERVICE", "NOW", "SINCE", "LAST", "HOUR", "CPU", "MEMORY", "DETAIL"]
    assert heading.index("DETAIL") == row(state, "1").index("141 ops/s")
    assert len(heading) == len(row(state, "1")) == 104


def test_the_figure_of_a_database_is_not_that_of_its_container() -> None:
    assert "27" not in row(replace(UP, facts={"memory": 27 * MIB}), "1")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("21", "21 ms"),
        ("<1", "<1 ms"),
        ("1.2s", "1.2 s"),
        ("(31s)", "(31 s)"),
        ("up", "up"),
    ],
)
def test_a_time_has_its_unit(word: str, said: str) -> None:
    assert f" {said} " in row(UP, word)


def test_the_code_of_an_answer_is_no_time() -> None:
    assert " 307   " in row(replace(UP, status=Status.DEGRADED, word="307"), "307")


def test_an_answer_that_is_not_fresh_says_how_old_it_is() -> None:
    assert "answer 25s old; 141 ops/s" in row(UP, "(1)", "25s")


@pytest.mark.parametrize(
    ("status", "since", "at_least", "said"),
    [
        (Status.DOWN, ago(seconds=38), False, "35s"),
        (Status.DOWN, ago(seconds=38), True, ">35s"),
        (Status.DEGRADED, ago(minutes=2, seconds=10), False, "2m00s"),
        (Status.DOWN, ago(days=2, hours=1), False, "2d01h"),
        (Status.UP, ago(minutes=12), False, "12m"),
        (Status.UP, ago(minutes=12), True, ""),
        (Status.UP, ago(hours=1), False, ""),
        (Status.ABSENT, ago(minutes=12), False, ""),
        (Status.UP, None, False, ""),
    ],
)
def test_since_is_told_of_what_is_not_up_or_younger_than_an_hour(
    status: Status, since: datetime | None, at_least: bool, said: str
) -> None:
    state = replace(UP, status=status, since=since, since_at_least=at_least)
    assert since_words(state, NOW) == said


@pytest.mark.parametrize(
    ("used", "limit", "said"),
    [
        (240 * MIB, 512 * MIB, "240/512M"),
        (668 * MIB, 1024 * MIB, "668M/1G"),
        (1500 * MIB, 2560 * MIB, "1.5/2.5G"),
        (198 * MIB, None, "198M"),
        (None, 512 * MIB, ""),
    ],
)
def test_memory_of_its_limit(used: float | None, limit: float | None, said: str) -> None:
    assert memory_words(used, limit) == said


def test_a_limit_is_read_as_it_was_written() -> None:
    assert [memory_size(n) for n in (256 * MIB, 1 << 30, 800, 1536 * MIB)] == ["256M", "1G", "800B", "1.5G"]


def test_a_container_in_words() -> None:
    assert container_words(USED) == "running (healthy), restarts 2, cpu 3%, memory 27/128M, image redis:8"
    ended = {"container_state": "exited", "exit_code": 137, "oom": True, "memory_limit": 256 * MIB}
    assert container_words(ended) == "exited 137 (OOM), limit 256M"
    assert container_words({"pg_up": 1}) == ""


def test_what_is_back_is_green_though_the_restart_of_its_container_was_noted_behind_it() -> None:
    back = Change(ago(seconds=20), "redis", ChangeKind.STATUS, "", Status.DOWN, Status.UP, 25.0)
    restart = Change(ago(seconds=10), "redis", ChangeKind.RESTART, "container restarted (exit 137)")
    state = replace(UP, since=ago(seconds=20), history=(back, restart))
    assert look_of(state, NOW) == "recovered"
    assert look_of(state, NOW + timedelta(minutes=1)) == ""
    assert look_of(replace(state, history=(restart,)), NOW) == ""


def test_a_minute_after_midnight_what_happened_before_it_has_its_time() -> None:
    midnight = datetime(2026, 12, 1, 0, 0, 30).astimezone()
    assert clock(midnight - timedelta(minutes=1), midnight) == "23:59:30"
    assert clock(midnight - timedelta(hours=20), midnight) == "30 Nov"
