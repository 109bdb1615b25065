"""Moments as the file has them: whole milliseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

from sutaz_tui.text.moments import moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(at: datetime) -> int:
    """An aware moment as the file has it."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def when(at: int) -> datetime:
    """A moment of the file, aware UTC."""
    # A float holds a microsecond of any year that a service may see, and a sum of timedeltas takes four times as long.
    return datetime.fromtimestamp(at / 1000, UTC)


def typed_moment(typed: str, now: datetime) -> datetime | None:
    """A moment as a person types it; a time of day that is still to come was yesterday's. None for none."""
    local = now.astimezone()
    found = moment(typed, local)
    if found is None:
        return None
    at = when(found // 1_000_000)
    is_clock = at > now and ":" in typed and "-" not in typed
    earlier = moment(f"yesterday {typed.strip()}", local) if is_clock else None
    return when(earlier // 1_000_000) if earlier is not None else at
