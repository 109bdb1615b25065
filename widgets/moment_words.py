"""How a moment is written on a screen that does not tick."""

from datetime import datetime, timedelta

NEAR = timedelta(hours=12)


def clock(at: datetime, now: datetime) -> str:
    """A moment as a local clock time, which does not tick; the date when it is half a day away, and of another day."""
    local = at.astimezone()
    is_near = local.date() == now.astimezone().date() or abs(now - at) < NEAR
    return f"{local:%H:%M:%S}" if is_near else f"{local:%d %b}"
