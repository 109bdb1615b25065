"""Moments as they are typed: `15m` ago, `14:07` today, `yesterday 18:00`, `mon 03:12`, or a whole date and time."""

import re
from datetime import UTC, datetime, timedelta

EXPECTED = (
    "90s, 15m, 2h or 1d ago, a time such as 14:07 or 14:07:11, yesterday 18:00, mon 03:12,"
    " or one such as 2026-11-23T14:07:11Z"
)

SECOND = 1_000_000_000
"""Nanoseconds, as logs count moments."""
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE

# Of digits and letters ASCII's alone are meant: others look like what they are not.
_SPAN = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?[smhdw])+", re.A)
_PART = re.compile(r"([\d.]+)([smhdw])", re.A)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,6}))?)?", re.A)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(r"(yesterday|(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6})(?:\s+(\S+))?", re.I | re.A)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def moment(typed: str, now: datetime) -> int | None:
    """Nanoseconds since 1970 of what was typed, None when it is no moment.

    `now` is aware; a time of today, yesterday (its beginning without one) or of the last such weekday is one of `now`'s
    zone, a date without a zone one of this machine's.
    """
    text = typed.strip()
    ago = 0
    if day := _DAY.fullmatch(text):
        _, weekday, rest = day.groups()
        ago = (now.weekday() - _DAYS.index(weekday.lower())) % 7 or 7 if weekday else 1
        text = rest or "00:00"
        if not _CLOCK.fullmatch(text):
            return None
    if _SPAN.fullmatch(text):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        return max(0, nanoseconds(now) - int(seconds * 1_000_000_000))
    clock = _CLOCK.fullmatch(text)
    try:
        if clock:
            found = _of_day(now, ago, clock)
        else:
            found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                # The zone's rules of that day hold, which are not always today's.
                found = found.astimezone()
        # In UTC it may be in a year that no moment can have.
        return max(0, nanoseconds(found.astimezone(UTC)))
    except (ValueError, OverflowError):
        return None


def _of_day(now: datetime, ago: int, clock: re.Match[str]) -> datetime:
    """A time of the day that is so many days ago, as the wall's clock of `now`'s zone shows it."""
    hour, minute, second, fraction = clock.groups()
    found = (now - timedelta(days=ago)).replace(
        hour=int(hour),
        minute=int(minute),
        second=int(second or 0),
        microsecond=int((fraction or "").ljust(6, "0")),
    )
    # This machine's zone may have been another one before its clocks were changed.
    is_here = now.utcoffset() == now.astimezone().utcoffset()
    return found.replace(tzinfo=None).astimezone() if is_here else found


LONGEST_WAIT = timedelta(days=90)


def end_of(typed: str, now: datetime) -> datetime | None:
    """The end of a time such as 30m, 2h or 3d, 90 days at the most, or of a time of day such as 18:30, tomorrow's where
    today's is over; None when it is neither. `now` is aware."""
    text = typed.strip().lower()
    if _SPAN.fullmatch(text):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
        return now + min(timedelta(seconds=min(seconds, 1e10)), LONGEST_WAIT) if seconds else None
    if not (clock := _CLOCK.fullmatch(text)):
        return None
    hour, minute, second, _ = clock.groups()
    local = now.astimezone().replace(
        hour=int(hour), minute=int(minute), second=int(second or 0), microsecond=0
    )
    return local if local > now else local + timedelta(days=1)


def nanoseconds(at: datetime) -> int:
    """A moment as nanoseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
