"""Sparklines: as high as a value is near the threshold from which it is trouble."""

from widgets.sparkline import ASCII, sparkline


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
