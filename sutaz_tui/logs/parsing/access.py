"""Lines that only report a request, and those among them that report a health check."""

import re

import msgspec
from msgspec import Struct

REQUEST = (
    r'"(?P<method>[A-Z]{3,10}) (?P<path>[^ "]{1,4000}+) (?P<protocol>HTTP/[\d.]{1,3})" (?P<status>\d{3})'
)
UVICORN = re.compile(
    rf"(?P<client>\S{{1,64}}):(?P<port>\d{{1,5}}) - {REQUEST}(?: (?P<phrase>[\w -]{{1,40}}))?\Z"
)

_CHECKED = re.compile(
    r"(?:INFO: {1,9}\S{1,70} - |[\d-]{10} [\d:,]{8,12} - uvicorn\.access - INFO - \S{1,70} - "
    rf"|\S{{1,64}} \S{{1,64}} \S{{1,64}} \[[^\]]{{1,40}}\] ){REQUEST}"
)
_CHECKS = re.compile(
    r"(?:/[\w.-]{1,40}){0,3}/(?:health[zy]?|healthcheck|readyz?|readiness|ping)/?(?:\?.*)?", re.DOTALL
)
_GOOD = ("200", "204")
_SGR = re.compile("\x1b\\[[0-9;:]*m")


class _Request(Struct):
    """What the backend's request lines say, as far as it matters here."""

    level: str = ""
    method: str = ""
    path: str = ""
    status_code: int = 0


_decode = msgspec.json.Decoder(_Request).decode


def is_health(text: str) -> bool:
    """Whether a line only reports that a health check was answered well.

    It must be the line of an access log: a message that quotes one is worth reading. Of JSON lines the backend's are known.
    """
    if text[:1] == "{":
        return "/health" in text and _is_json_health(text)
    if "/health" not in text and "/ping" not in text and "/read" not in text:
        return False
    found = _CHECKED.match(_SGR.sub("", text[:8192]) if "\x1b" in text else text)
    return found is not None and _is_good(found["method"], found["path"], found["status"])


def _is_json_health(text: str) -> bool:
    try:
        request = _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    is_calm = request.level in ("INFO", "DEBUG", "info", "debug")
    return is_calm and _is_good(request.method, request.path, str(request.status_code))


def _is_good(method: str, path: str, status: str) -> bool:
    return method in ("GET", "HEAD") and status in _GOOD and _CHECKS.fullmatch(path) is not None
