"""What an answer must hold, read out of it: of the right type and of a size that can be. Else the check fails."""

import math
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sutaz_tui.checks.base import Wrong
from sutaz_tui.text.sanitise import one_line

MOST = 1e12
AHEAD = 60.0
"""Seconds by which another clock may be ahead of ours."""
ROUNDED = 0.01
"""Seconds by which a time may be rounded up."""
SECRETS = {
    "a login in a URL": re.compile(r"\w://[^\s/:@\"']*:[^\s/@\"']+@"),
    "a token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a key": re.compile(
        r"\b(?:sk-[\w-]{16,}|ghp_\w{20,}|github_pat_\w{20,}|A[KS]IA[A-Z0-9]{16}|xox[abp]-[\w-]{10,})"
    ),
    "a password's hash": re.compile(
        r"\$2[abxy]?\$\d\d\$[./\w]{40,}|\$argon2\w+\$|\$(?:5|6|y|scrypt|pbkdf2[\w-]*)\$[^\s\"]{20,}|pbkdf2_sha\d+\$\d+\$"
    ),
}
"""Forms of what nobody is told."""
_PARAMETER = re.compile(r"\{[^}]*\}")
_VERSION = re.compile(r"v?\d+(\.\d+)+")
_BLOCK = re.compile(r"```\w*\s*(.*?)\s*(?:```|\Z)", re.S)
_NO_WORDS = re.compile(
    r"error generating|connection refused|connection attempts failed|timed out|traceback \(|internal server error"
    r"|<html|<!doctype",
    re.I,
)


def url(value: Any, what: str) -> SplitResult:
    """An address that can be taken apart; its port, where it has one, is a number."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        _ = parts.port
    except ValueError:
        raise Wrong(what, _shown(value)) from None
    return parts


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
    """Words of a model: not of whoever could not reach it, no page, no empty block of code."""
    words = text(value, "words of the model")
    bare = _BLOCK.sub(r"\1", words)
    if _NO_WORDS.search(words) or not any(char.isalpha() for char in bare):
        raise Wrong("words of the model", one_line(words, 120))
    return words


def routes(description: Any) -> set[str]:
    """What an OpenAPI document offers, as `POST /chat/{}`: a parameter's name is the service's own affair."""
    paths = description.get("paths") if isinstance(description, dict) else None
    if not isinstance(paths, dict) or not paths:
        raise Wrong("a description with paths", _shown(paths))
    return {
        f"{method.upper()} {_PARAMETER.sub('{}', path)}"
        for path, methods in paths.items()
        if isinstance(methods, dict)
        for method in methods
    }


def taken(value: Any, waited: float) -> float:
    """The seconds that an answer says it took: no more than we waited for it."""
    seconds = number(value, "its time in seconds")
    if seconds > waited + ROUNDED:
        raise Wrong(f"a time of at most the {waited:.2f} s that we waited", f"{seconds:.2f} s")
    return seconds


def stamp(value: Any, within: float, what: str) -> float:
    """Seconds between a moment in ISO form and now, either way; one without a zone is in UTC."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise Wrong(f"{what} in ISO form", _shown(value)) from None
    apart = abs((datetime.now(UTC) - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds())
    if apart > within:
        raise Wrong(f"{what} within {within:g} s of our clock", f"{apart:.0f} s apart")
    return apart


def once(labels: Iterable[tuple[str, float]], what: str) -> dict[str, float]:
    """Values by label; two values for one are none."""
    found: dict[str, float] = {}
    for label, value in labels:
        if found.setdefault(label, value) != value:
            raise Wrong(f"one {what} of {label}", f"{found[label]:g} and {value:g}")
    return found


def secret(value: Any) -> str:
    """What kind of secret a text holds by its form, "" for none: a login, a token, a key, a password's hash."""
    return next((what for what, form in SECRETS.items() if form.search(str(value))), "")


def _shown(value: Any) -> str:
    return one_line(f"{value!r}", 120)
