"""How a moment is written on a screen that does not tick."""

from datetime import datetime


def clock(at: datetime, now: datetime) -> str:
    """A moment as a local clock time, which does not tick; the date when it was another day."""
    local = at.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%d %b}"


def since_words(at: datetime, now: datetime, is_at_least: bool) -> str:
    """Since when, in eight cells: a clock time, or `<13:36` where nobody saw it begin and it may be longer."""
    return f"<{clock(at, now).rpartition(':')[0] or clock(at, now)}" if is_at_least else clock(at, now)
