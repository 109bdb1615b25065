"""What an answer must hold, read out of it: of the right type and of a size that can be. Else the check fails."""

import math
import re
import time
from typing import Any

from sutaz_tui.checks.base import Wrong
from sutaz_tui.text.sanitise import one_line

MOST = 1e12
AHEAD = 60.0
"""Seconds by which another clock may be ahead of ours."""
_VERSION = re.compile(r"v?\d+(\.\d+)+")
_NO_WORDS = re.compile(
    r"error generating|connection refused|connection attempts failed|timed out|traceback \(|internal server error"
    r"|<html|<!doctype",
    re.I,
)


def text(value: Any, what: str) -> str:
    """Words; an empty text is none."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong(what, _shown(value))
    return value


def version(value: Any, what: str = "version") -> str:
    """A version of at least two numbers, such as `3.5.0`."""
    if not isinstance(value, str) or not _VERSION.match(value):
        raise Wrong(f"a {what}", _shown(value))
    return value


def number(value: Any, what: str, least: float = 0.0, most: float = MOST) -> float:
    """A number within what can be."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Wrong(f"{what} as a number", _shown(value))
    if not least <= value <= most:
        raise Wrong(f"{what} between {least:g} and {most:g}", f"{value:g}")
    return float(value)


def whole(value: Any, what: str, least: int = 0, most: int = int(MOST)) -> int:
    """A whole number within what can be."""
    if not isinstance(value, int):
        raise Wrong(f"{what} as a whole number", _shown(value))
    return int(number(value, what, least, most))


def objects(value: Any, what: str) -> list[dict[str, Any]]:
    """A list of JSON objects, which may be empty."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Wrong(f"{what} as a list of objects", _shown(value))
    return value


def texts(value: Any, what: str) -> list[str]:
    """A list of words, at least one."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise Wrong(what, _shown(value))
    return value


def flags(value: Any, what: str) -> dict[str, bool]:
    """True or false by name, at least one."""
    if not isinstance(value, dict) or not value or not all(isinstance(one, bool) for one in value.values()):
        raise Wrong(what, _shown(value))
    return value


def age(at: float, within: float, what: str) -> float:
    """Seconds since a moment (epoch seconds) that lies within so many seconds, and not ahead of our clock."""
    seconds = time.time() - at
    if seconds < -AHEAD:
        raise Wrong(f"{what} within {within:g} s", f"one {-seconds:.0f} s ahead of our clock")
    if seconds > within:
        raise Wrong(f"{what} within {within:g} s", f"the newest is {seconds:.0f} s old")
    return max(0.0, seconds)


def spoken(value: Any) -> str:
    """Words of a model: not the words of whoever could not reach it, and no page."""
    words = text(value, "words of the model")
    if _NO_WORDS.search(words) or not any(char.isalpha() for char in words):
        raise Wrong("words of the model", one_line(words, 120))
    return words


def _shown(value: Any) -> str:
    return one_line(f"{value!r}", 120)
