"""How long each service was up: of the time in which it was watched, and never rounded up."""

from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.spans import Span
from sutaz_tui.state.history.uptime import Uptime, strips, uptimes
from sutaz_tui.text.units import percent

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(status: str, begin: float, end: float, id: str = "redis") -> Span:
    """A span between two hours from noon."""
    began = NOON + begin * HOUR
    return Span("service", id, ms(began), ms(NOON + end * HOUR), status, "", "", ms(began), False, False)


def test_degraded_is_up_and_what_nobody_knows_counts_as_neither() -> None:
    found = [
        span("up", 0, 1),
        span("degraded", 1, 2),
        span("down", 2, 3),
        span("unknown", 3, 5),
        span("absent", 5, 6),
    ]
    (row,) = uptimes(found, ["redis"], NOON)
    assert row == Uptime("redis", 7200, 3600, 7200, 6 * 3600)
    assert row.percent == pytest.approx(66.67, abs=0.01)


def test_of_a_shorter_time_only_what_lies_in_it_counts() -> None:
    (row,) = uptimes([span("down", 0, 4), span("up", 4, 6)], ["redis"], NOON + 3 * HOUR)
    assert (row.up, row.down) == (7200, 3600)


def test_a_service_that_nobody_watched_has_no_percentage() -> None:
    (row,) = uptimes([], ["redis"], NOON)
    assert row.percent is None


def test_a_sign_is_the_worst_of_its_stretch() -> None:
    found = [
        span("up", 0.5, 2),
        span("down", 2.2, 2.3),
        span("up", 2.3, 3),
        span("unknown", 3, 4),
        span("degraded", 4, 6),
    ]
    assert strips(found, NOON, HOUR, 7) == {"redis": "▇▇✗?!!."}


@pytest.mark.parametrize(
    ("share", "words"),
    [(100.0, "100 %"), (99.9999, "99.99 %"), (99.5, "99.50 %"), (0.0, "0.00 %"), (None, "-")],
)
def test_what_was_down_is_never_100_percent(share: float | None, words: str) -> None:
    assert percent(share) == words
