"""When a curve rose last, so that the order of several can be told: nothing but the values is asked, and no cause is guessed."""

from collections.abc import Sequence

from msgspec import Struct

Values = Sequence[float | None]

USUAL = 0.25
"""The share of all values below which the usual one lies: three quarters of the span may be trouble."""
SPREADS = 4.0
LASTS = 2
"""Values in a row that must be above, so that one peak is no rise."""


class Rise(Struct, frozen=True):
    """What counts as a rise: at least `factor` times the usual value, and `least` above it."""

    factor: float
    least: float


def onset(values: Values, rise: Rise) -> int | None:
    """At which value the newest rise begins, None where there is none.

    A rise goes on over one value that is lower or missing. One that is there from the first value on has no beginning.
    """
    known = sorted(value for value in values if value is not None)
    if len(known) < 2 * LASTS:
        return None
    usual = known[int(USUAL * (len(known) - 1))]
    below = [abs(value - usual) for value in known if value <= usual]
    spread = sorted(below)[len(below) // 2]
    limit = max(usual * rise.factor, usual + rise.least, usual + SPREADS * spread)
    above = [value is not None and value >= limit for value in values]
    runs = _runs(above)
    begun = next(((first, last) for first, last in reversed(runs) if last - first + 1 >= LASTS), None)
    if begun is None or not any(value is not None for value in values[: begun[0]]):
        return None
    return begun[0]


def _runs(above: Sequence[bool]) -> list[tuple[int, int]]:
    """The first and last place of each run of what is above, over holes of one."""
    runs: list[tuple[int, int]] = []
    for place, is_above in enumerate(above):
        if not is_above:
            continue
        if runs and place - runs[-1][1] <= 2:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
