"""Moments as they are typed: `15m` ago, `14:07` today, or a whole date and time."""

import re
from datetime import datetime, timedelta

EXPECTED = (
    "90s, 15m, 2h or 1d ago, a time of today such as 14:07 or 14:07:11, or one such as 2026-11-23T14:07:11Z"
)

_SPAN = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?[smhdw])+")
_PART = re.compile(r"([\d.]+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,6}))?)?")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def moment(typed: str, now: datetime) -> int | None:
    """Nanoseconds since 1970 of what was typed, None when it is no moment.

    `now` is aware; a time of today is one of `now`'s zone, a date without a zone one of this machine's.
    """
    text = typed.strip()
    if _SPAN.fullmatch(text):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        return max(0, nanoseconds(now) - int(seconds * 1_000_000_000))
    clock = _CLOCK.fullmatch(text)
    try:
        if clock:
            hour, minute, second, fraction = clock.groups()
            found = now.replace(
                hour=int(hour),
                minute=int(minute),
                second=int(second or 0),
                microsecond=int((fraction or "").ljust(6, "0")),
            )
        else:
            found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                # The zone's rules of that day hold, which are not always today's.
                found = found.astimezone()
        return max(0, nanoseconds(found))
    except (ValueError, OverflowError):
        return None


def nanoseconds(at: datetime) -> int:
    """A moment as nanoseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
