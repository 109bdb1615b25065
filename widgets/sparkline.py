"""A line of small columns, one for each value: as high as it is near the threshold from which it is trouble."""

from collections.abc import Sequence
from statistics import median

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " _.-:=+*#"
FAILED = "x"
LEAST = 0.25
"""Part of the threshold below which nothing is drawn: a quiet service is a quiet line."""


MINUTES = 60


def last_hour(minutes: Sequence[float | None], until: int, now: int, cells: int) -> list[float | None]:
    """The last hour's minutes as the worst of each cell; `until` and `now` are minutes since 1970.

    `minutes` are those before `until`, oldest first. A cell stands for the same minutes as long as it is in view.
    """
    if cells <= 0:
        return []
    each = -(-MINUTES // cells)
    first = now // each - cells + 1
    found: list[float | None] = [0.0] * cells
    for at, value in enumerate(minutes, until - len(minutes)):
        cell = at // each - first
        if 0 <= cell < cells:
            worst = found[cell]
            found[cell] = None if value is None or worst is None else max(worst, value)
    return found


def is_quiet(minutes: Sequence[float | None], threshold: float | None) -> bool:
    """Whether nothing would be drawn of these."""
    least = LEAST * (threshold or 0.0)
    return not any(value is None or (value > 0 and value >= least) for value in minutes)


def sparkline(
    values: Sequence[float | None],
    width: int,
    threshold: float | None = None,
    signs: str = BLOCKS,
    least: float = LEAST,
) -> str:
    """The newest values, oldest left, in at most so many cells; `x` for None, which failed.

    Full height is the threshold, and below the part `least` of it nothing is drawn. Without one it is three times the usual
    value, so that a steady one stands low.
    """
    newest = values[-width:] if width > 0 else ()
    known = [value for value in newest if value is not None]
    if threshold:
        top = threshold
    else:
        top, least = max([*known, 3 * median(known)], default=0.0) if known else 0.0, 0.0
    return "".join(_sign(value, top, least, signs) for value in newest)


def _sign(value: float | None, top: float, least: float, signs: str) -> str:
    if value is None:
        return FAILED
    part = value / top if top > 0 else 0.0
    if part < least:
        return signs[0]
    return signs[max(1, min(len(signs) - 1, round(part * (len(signs) - 1))))]


def tall(values: Sequence[float], width: int, height: int, top: float, signs: str = BLOCKS) -> list[str]:
    """The newest values as columns over so many lines, the highest line first, the newest at the right; `top` is full height."""
    steps = len(signs) - 1
    newest = values[-width:] if width > 0 else ()
    filled = [
        max(0, min(height * steps, round(value / top * height * steps))) if top > 0 else 0 for value in newest
    ]
    return [
        "".join(signs[max(0, min(steps, one - line * steps))] for one in filled).rjust(width)
        for line in range(height - 1, -1, -1)
    ]
