"""The axes of a chart: round values at even distances, true times, and where a value stands."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

TICK = Callable[[float], str]
_TIMES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
DAY = 86_400
LEAST = 1e-290
"""What is nearer to 0 counts as 0: the steps between such values have no place in a float."""
_DAYS = (1, 2, 7, 14, 30)


class Scale(Struct, frozen=True):
    """The vertical axis from `low` to `high`; on a logarithmic one both are above 0."""

    low: float
    high: float
    is_log: bool = False

    def part(self, value: float) -> float | None:
        """Where a value stands: 0 at the bottom, 1 at the top; None where it has no place (0 on a log axis)."""
        if self.is_log:
            if value < LEAST:
                return None
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """Round values on the axis, `most` at the most, lowest first."""
        if self.is_log:
            lowest, highest = round(math.log10(self.low)), round(math.log10(self.high))
            powers = max(1, math.ceil((highest - lowest + 1) / max(1, most)))
            return [10.0**power for power in range(lowest, highest + 1, powers)]
        step = round_step((self.high - self.low) / max(1, most - 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    if least <= 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def scale_for(values: Sequence[float], is_log: bool, ticks: int) -> Scale:
    """A scale with round ends on which all values have a place; from 0 where they are not far above it."""
    known = [value if abs(value) >= LEAST else 0.0 for value in values if math.isfinite(value)]
    if is_log:
        known = [value for value in known if value > 0]
        if not known:
            return Scale(1, 10, is_log=True)
        lowest, highest = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
        return Scale(10.0**lowest, 10.0 ** max(highest, lowest + 1), is_log=True)
    if not known:
        return Scale(0, 1)
    low, high = min(known), max(known)
    if low > 0 and low < 0.7 * high:
        low = 0.0
    if high < 0 and high > 0.7 * low:
        high = 0.0
    if low == high:
        # A level line: half of the height below it tells that it is not 0.
        low, high = (min(0.0, 2 * low), max(0.0, 2 * high)) if low else (0.0, 1.0)
    step = round_step((high - low) / max(1, ticks - 1))
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step)


def time_ticks(start: float, end: float, most: int) -> list[tuple[float, str]]:
    """Round local times between two moments (Unix seconds) and how they are written, `most` at the most."""
    span = max(end - start, 1e-3)
    wanted = span / max(1, most)
    step = next((step for step in _TIMES if step >= wanted), 0) or DAY * next(
        (days for days in _DAYS if days * DAY >= wanted), math.ceil(wanted / DAY)
    )
    # Steps count from local midnight, so that 06:00 is 06:00 in every zone.
    local = datetime.fromtimestamp(start).astimezone()
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    at = midnight + math.ceil((start - midnight) / step) * step
    found = []
    while at <= end + 1e-6:
        found.append((at, time_words(at, step)))
        at += step
    return found


def time_words(at: float, step: float) -> str:
    """A moment (Unix seconds) as exact as steps of so many seconds need."""
    local = datetime.fromtimestamp(at).astimezone()
    if step >= DAY:
        return f"{local.day} {local:%b}"
    if step < 60:
        return f"{local:%H:%M:%S}"
    return f"{local.day} {local:%b}" if (local.hour, local.minute) == (0, 0) else f"{local:%H:%M}"


def number_words(value: float) -> str:
    """A number in at most four digits with its power of thousand: 0.25, 12, 1.2k, 35M."""
    if not math.isfinite(value):
        return "-"
    size = abs(value)
    for unit, power in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if size >= power:
            return f"{_short(value / power)}{unit}"
    return _short(value)


def _short(value: float) -> str:
    if value == 0:
        return "0"
    digits = 3 - math.floor(math.log10(abs(value))) - 1
    text = f"{value:.{max(0, min(12, digits))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
