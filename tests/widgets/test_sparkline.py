"""Sparklines: as high as a value is near the threshold from which it is trouble."""

from widgets.sparkline import ASCII, last_hour, sparkline


def test_one_to_two_milliseconds_is_no_hill() -> None:
    assert sparkline([0.001, 0.002, 0.001], 3, threshold=1.0).strip() == ""


def test_full_height_is_the_threshold_and_nothing_is_higher() -> None:
    assert sparkline([0.5, 1.0, 40.0], 3, threshold=1.0) == "▄██"


def test_a_failure_is_an_x_and_only_the_newest_are_shown() -> None:
    assert sparkline([1.0, None, 1.0], 2, threshold=1.0) == "x█"
    assert sparkline([1.0], 0) == ""


def test_without_a_threshold_a_steady_value_stands_low() -> None:
    steady = sparkline([2.0] * 5, 5)
    assert set(steady) == {"▃"}
    assert sparkline([2.0, 2.0, 2.0, 9.0], 4)[-1] == "█"


def test_ascii_has_its_own_signs() -> None:
    assert sparkline([0.5, 1.0, None], 3, threshold=1.0, signs=ASCII) == ":#x"


def test_nothing_but_failures_and_zeros_is_drawn_without_dividing() -> None:
    assert sparkline([None, None], 2) == "xx"
    assert sparkline([0.0, 0.0], 2) == "▁▁"


def test_the_last_hour_stands_in_cells_of_five_minutes_that_do_not_move_within_them() -> None:
    minutes = [0.0] * 30 + [0.9, None] + [0.0] * 8
    for now in (1200, 1204):
        found = last_hour(minutes, 1200, now, 12)
        assert len(found) == 12
        assert [(at, value) for at, value in enumerate(found) if value != 0.0] == [(9, None)]
    assert last_hour(minutes, 1200, 1205, 12)[8] is None, "a cell on"
    assert last_hour([0.4, 0.7, 0.2], 1203, 1203, 12)[-1] == 0.7, "the worst of its minutes"
    assert last_hour([5.0], 1000, 1200, 12) == [0.0] * 12, "older than an hour"
    assert last_hour([5.0], 1200, 1200, 0) == []
