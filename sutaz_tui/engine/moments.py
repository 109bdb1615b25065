"""Moments as logs count them: nanoseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

from sutaz_tui.clock import Clock

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(clock: Clock) -> int:
    """The clock's own now; exact to the microsecond, which a float of seconds is not."""
    return (clock.now() - _EPOCH) // timedelta(microseconds=1) * 1000
