"""How a moment is written on a screen that does not tick."""

from datetime import datetime


def clock(at: datetime, now: datetime) -> str:
    """A moment as a local clock time, which does not tick; the date when it was another day."""
    local = at.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%d %b}"
