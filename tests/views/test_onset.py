"""When a curve rose: at the first minute of its newest rise, whatever was before, and never where it did not."""

import random

import pytest

from sutaz_tui.views.onset import Rise, onset

RISE = Rise(1.5, 5.0)
QUIET = [10.0, 11.0, 10.0, 9.0, 10.0, 12.0, 10.0, 11.0]


@pytest.mark.parametrize(
    ("values", "at"),
    [
        (QUIET, None),
        ([*QUIET, 40.0, 42.0, 41.0], 8),
        ([*QUIET, 40.0, 42.0, 10.0, 10.0], 8),
        ([*QUIET, 40.0, 10.0, 10.0, 10.0], None),
        ([*QUIET, 40.0, None, 41.0, 42.0], 8),
        ([*QUIET, 40.0, 41.0, *QUIET, 50.0, 51.0], 18),
        ([None, None, *QUIET, 90.0, 91.0], 10),
        ([90.0, 91.0, 92.0, 93.0], None),
        ([0.0] * 20 + [5.0, 6.0], 20),
        ([0.0] * 20 + [4.0, 4.0], None),
        ([10.0] * 3 + [40.0] * 9, 3),
        ([], None),
        ([None] * 20, None),
        ([1.0], None),
    ],
)
def test_the_newest_rise_that_lasts_is_told(values: list[float | None], at: int | None) -> None:
    assert onset(values, RISE) == at


def test_what_was_there_from_the_first_value_on_has_no_beginning() -> None:
    assert onset([90.0, 91.0, *QUIET], RISE) is None


def test_noise_is_no_rise() -> None:
    rng = random.Random(3)
    for _ in range(200):
        noise: list[float | None] = [100 + rng.gauss(0, 4) for _ in range(60)]
        assert onset(noise, RISE) is None
