"""How long a service waits for its next ask, by who watches, what fails, and whether anybody looks."""

import pytest

from sutaz_tui.config import Pace
from sutaz_tui.engine.pace import BACK_OFF_MOST, Rhythm, next_back_off

PACE = Pace(selected=5, failing=2, failing_for=60, idle=60, idle_after=900)


def waits(
    own: float = 10.0,
    failing_for: float | None = None,
    back_off: float = 0.0,
    selected: str = "",
    is_idle: bool = False,
    stretch: float = 1.0,
) -> float:
    return Rhythm(PACE, selected, is_idle, stretch).interval("kong", own, failing_for, back_off)


def test_a_service_that_is_well_waits_its_own_interval() -> None:
    assert waits() == 10
    assert waits(selected="redis") == 10
    assert waits(own=1.0) == 1
    assert waits(own=30.0, stretch=4.0) == 120


def test_the_selected_one_is_asked_sooner_and_never_later() -> None:
    assert waits(selected="kong") == 5
    assert waits(own=3.0, selected="kong") == 3
    assert waits(own=10.0, selected="kong", stretch=4.0) == 5


@pytest.mark.parametrize(("failing_for", "wait"), [(0.0, 2), (59.9, 2), (60.0, 10), (3600.0, 10)])
def test_one_that_fails_is_asked_often_in_its_first_minute(failing_for: float, wait: float) -> None:
    assert waits(failing_for=failing_for) == wait


def test_a_failing_one_is_never_asked_more_rarely_than_when_it_is_well() -> None:
    assert waits(own=1.5, failing_for=1.0) == 1.5


def test_when_nobody_looks_nothing_is_asked_sooner_than_once_a_minute() -> None:
    assert waits(is_idle=True) == 60
    assert waits(own=300.0, is_idle=True) == 300
    assert waits(is_idle=True, selected="kong", failing_for=1.0) == 60


def test_a_back_off_comes_before_all_else() -> None:
    assert waits(back_off=40.0, selected="kong", failing_for=1.0, is_idle=True) == 40
    assert waits(own=90.0, back_off=40.0) == 90


def test_the_back_off_doubles_from_the_own_interval_to_a_minute() -> None:
    pauses, before = [], 0.0
    for _ in range(5):
        before = next_back_off(before, 10.0)
        pauses.append(before)
    assert pauses == [10, 20, 40, BACK_OFF_MOST, BACK_OFF_MOST]
    assert next_back_off(0.0, 90.0) == next_back_off(60.0, 90.0) == 90
