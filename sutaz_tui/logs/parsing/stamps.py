"""When a line was logged, as its row says it: the time of day here or in UTC, or the time since the line before."""

import time
from enum import Enum
from functools import lru_cache

from sutaz_tui.text.units import ago

WIDTH = 12
"""Cells of every stamp."""
NO_TIME = "--:--:--"
_SECOND = 1_000_000_000


class Times(Enum):
    """What stands before each line; in the order in which one key goes through them."""

    LOCAL = "local"
    UTC = "utc"
    DELTA = "since the line before"

    @property
    def following(self) -> "Times":
        """The next one, round the end."""
        order = list(Times)
        return order[(order.index(self) + 1) % len(order)]


def stamp(at: int, times: Times, before: int | None = None) -> str:
    """The stamp of a moment in WIDTH cells: `14:07:11.402`, or `+0.123` after the line `before`."""
    if times is Times.DELTA:
        return f"{_since(at, before):>{WIDTH}}"
    return f"{_clock(at // _SECOND, times)[1]}.{at // 1_000_000 % 1000:03}"


def day(at: int, times: Times) -> str:
    """The date of a moment: `2026-11-22`; "" where the calendar has none for it."""
    return _clock(at // _SECOND, times)[0]


def _since(at: int, before: int | None) -> str:
    if before is None:
        return ""
    seconds = (at - before) / _SECOND
    return f"{seconds:+.3f}" if seconds < 1000 else f"+{ago(seconds)}"


@lru_cache(4096)
def _clock(second: int, times: Times) -> tuple[str, str]:
    try:
        moment = time.gmtime(second) if times is Times.UTC else time.localtime(second)
    except (OverflowError, ValueError, OSError):
        return "", NO_TIME
    if not 1 <= moment.tm_year <= 9999:
        return "", NO_TIME
    return time.strftime("%Y-%m-%d", moment), time.strftime("%H:%M:%S", moment)
