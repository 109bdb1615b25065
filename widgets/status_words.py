"""How a state is written: always a glyph and a word, never colour alone."""

from collections.abc import Mapping
from datetime import datetime

from sutaz_tui.model import Status

GLYPHS: Mapping[Status, str] = {
    Status.UP: "✓",
    Status.DEGRADED: "!",
    Status.DOWN: "✗",
    Status.UNKNOWN: "?",
    Status.ABSENT: "-",
}
ASCII_GLYPHS: Mapping[Status, str] = {**GLYPHS, Status.UP: "+", Status.DOWN: "X"}

WORDS: Mapping[Status, str] = {
    Status.UP: "up",
    Status.DEGRADED: "degraded",
    Status.DOWN: "DOWN",
    Status.UNKNOWN: "unknown",
    Status.ABSENT: "off",
}


def clock(at: datetime, now: datetime) -> str:
    """A moment as a local clock time, which does not tick; the date when it was another day."""
    local = at.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%d %b}"
