"""When a line says it was written, for logs whose source keeps no time of its own."""

import re
from datetime import UTC, datetime, timedelta, timezone

_SECOND = 1_000_000_000
_LATEST = 1 << 63
_HEAD = 400
"""Characters of a line in which its time is looked for."""

_ZONE = r"[ ]?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?![\d:]))?"
_CLOCK = r"(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\d*+"
_ISO = re.compile(rf"(\d{{4}}[-/]\d\d[-/]\d\d)(?:[T ]|[ ]-[ ]){_CLOCK}{_ZONE}")
_DAY_FIRST = re.compile(rf"(\d\d?[/ -](?:[A-Z][a-z]{{2}}|\d\d)[/ -]\d{{4}})[: T]{_CLOCK}{_ZONE}")
_YEARLESS = re.compile(rf"([A-Z][a-z]{{2}} [ \d]\d) {_CLOCK}()")
_KLOG = re.compile(rf"[IWEF](\d{{4}}) {_CLOCK}()")
_FIELD = re.compile(
    r"""(?<![\w.-])(?:"(?:@?timestamp|time|ts|t|asctime|datetime|date)"\s*:\s*|(?:time|ts|t|timestamp)=)(["']?)"""
)
_NUMBER = re.compile(r"(\d{9,19})(?:\.(\d{1,9})\d*)?(?![\w.:-])")
_BEFORE = re.compile(r"(?:\d{1,9}:[XCSM]|\[GIN\]|[A-Z]{4,8}:) {1,9}\[?|(?:<\d{1,3}>(?:\d )?)?\[?")
_ACCESS = re.compile(r"\S{1,64} \S{1,64} \S{1,64} \[")
_MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_KEPT = 4096
_seconds: dict[str, int | None] = {}
"""Moments of whole seconds as they were written: lines of one second are many."""


def time_of(text: str, near: int | None = None) -> int | None:
    """Nanoseconds since 1970 of the moment that a line names where lines name theirs; None where it names none.

    A time without a zone is one of this machine's. A day without a year (syslog, klog) is the one next to `near`, in
    nanoseconds; None without it.
    """
    if text[19:20] == "," and text[23:26] == " - ":
        # 2026-11-23 14:07:12,044 - logger - LEVEL - message; behind any other blank a zone may stand
        second, fraction = _seconds.get(text[:19]), text[20:23]
        if second is not None and fraction.isdecimal():
            return second + int(fraction) * 1_000_000
    elif text[:15] == '{"timestamp": "' and text[34:35] == ".":
        # {"timestamp": "2026-11-23T14:07:12.044123+00:00", ...
        second, fraction = _seconds.get(f"{text[15:25]} {text[26:34]}{text[41:47]}"), text[35:41]
        if second is not None and fraction.isdecimal() and text[47:48] == '"':
            return second + int(fraction) * 1000
    return _time_in(text[:_HEAD], near)


def _time_in(head: str, near: int | None) -> int | None:
    is_json = head[:1] == "{"
    if is_json or "=" in head[:40]:
        if field := _FIELD.search(head):
            return _time_at(head, field.end(), near) or _number_at(head, field.end())
        if is_json:
            return None
    before = _BEFORE.match(head)
    at = _time_at(head, before.end() if before else 0, near)
    if at is None and (access := _ACCESS.match(head)):
        return _time_at(head, access.end(), near)
    return at


def _time_at(head: str, start: int, near: int | None) -> int | None:
    if found := _ISO.match(head, start) or _DAY_FIRST.match(head, start):
        second = _second(found[1], found[2], found[4] or "")
    elif near is not None and (found := _YEARLESS.match(head, start) or _KLOG.match(head, start)):
        second = _nearest(found[1], found[2], near)
    else:
        return None
    if second is None:
        return None
    at = second + int((found[3] or "0").ljust(9, "0"))
    return at if at < _LATEST else None


def _number_at(head: str, start: int) -> int | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size."""
    found = _NUMBER.match(head, start)
    if not found:
        return None
    whole, fraction = int(found[1]), (found[2] or "").ljust(9, "0")
    digits = len(found[1])
    power = 9 if digits <= 11 else 6 if digits <= 14 else 3 if digits <= 17 else 0
    at = whole * 10**power + int(fraction[:power] or "0")
    return at if at < _LATEST else None


def _second(day: str, clock: str, zone: str) -> int | None:
    """The moment of `2026-11-23`, `14:07:12` and a zone or none."""
    written = f"{day} {clock}{zone}"
    if written not in _seconds:
        if len(_seconds) >= _KEPT:
            _seconds.clear()
        _seconds[written] = _parsed(day, clock, zone)
    return _seconds[written]


def _parsed(day: str, clock: str, zone: str) -> int | None:
    year, month, date = re.split("[-/ ]", day)
    if len(date) == 4:
        year, month, date = date, str(_MONTHS.get(month, month)), year
    hours, minutes, seconds = map(int, clock.split(":"))
    try:
        moment = datetime(
            int(year),
            int(month),
            int(date),
            hours,
            minutes,
            59 if seconds == 60 else seconds,
            tzinfo=_zone(zone),
        )
        second = int(moment.timestamp())
    except (ValueError, OverflowError, OSError):
        return None  # no such day, or one that this machine cannot count to
    return second * _SECOND if second >= 0 else None


def _zone(written: str) -> timezone | None:
    if not written:
        return None
    if written[0] not in "+-":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[3:].lstrip(":") or "0")
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def _nearest(day: str, clock: str, near: int) -> int | None:
    """The moment of a day without a year that lies next to `near`."""
    month = day[:2] if day.isdecimal() else f"{_MONTHS.get(day[:3], 0):02}"
    date = day[-2:].replace(" ", "0")
    year = datetime.fromtimestamp(near / _SECOND, UTC).year
    moments = (_second(f"{number:04}-{month}-{date}", clock, "") for number in (year - 1, year, year + 1))
    return min(
        (moment for moment in moments if moment is not None),
        key=lambda moment: abs(moment - near),
        default=None,
    )
