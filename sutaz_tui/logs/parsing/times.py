"""When a line says it was written, for logs whose source keeps no time of its own."""

import re
from datetime import UTC, datetime

from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.logs.parsing.own_formats import groups_of
from sutaz_tui.logs.parsing.zones import OFFSET, WORDS, zone_of

_SECOND = 1_000_000_000
_LATEST = 1 << 63
_HEAD = 400
"""Characters of a line in which its time is looked for."""

_ZONE = rf"[ ]?({WORDS}|{OFFSET})?"
_CLOCK = r"(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\d*+"
_ISO = re.compile(rf"(\d{{4}}[-/]\d\d[-/]\d\d)(?:[T ]|[ ]-[ ]){_CLOCK}{_ZONE}")
_DAY_FIRST = re.compile(rf"(\d\d?[/ .-](?:[A-Z][a-z]{{2}}|\d\d)[/ .-]\d{{4}})[: T]{_CLOCK}{_ZONE}")
_YEARLESS = re.compile(rf"([A-Z][a-z]{{2}} [ \d]\d) {_CLOCK}(?: ({WORDS}))?(?: (\d{{4}})\b)?")
"""As ctime has it (Apache, `date`): then a year follows; syslog has none."""
_YEARLESS_NUMBER = re.compile(
    rf"(?:[IWEF](\d{{4}})|(\d\d-\d\d)(?= [\d:.]{{8,18}} {{1,5}}\d{{1,7}} {{1,5}}\d{{1,7}} [A-Z] )) {_CLOCK}"
)
"""klog's; Android's, which two ids and a letter follow."""
_HALF_DAY = re.compile(
    r"(?:(\d\d?)/(\d\d?)/|([A-Z][a-z]{2}) (\d\d?), )(\d{4}),? (\d\d?)(:\d\d:\d\d)(?:\.(\d{1,9}))? ([AP])M\b"
)
_SHORT = re.compile(
    r"(\d\d)(\d\d)(\d\d) (?:(\d\d:\d\d:\d\d)(?=\s)|(\d\d)(\d\d)(\d\d)(?= \d{1,9} [A-Z]{4,5} ))"
)
"""`261123 14:07:12` of older MySQL, `261123 140712 148 INFO` of Hadoop."""
_EPOCH = re.compile(
    r"1\d{9}(?:\.\d{3,9}(?=[\s\]|])|(?:\d{3}){0,3}(?=[\s\]|:]{1,3}\[?(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL|CRIT)))"
)
_RARE = re.compile(r"\d{6}(?: |\d{4})|\d\d?[-/]\d")
"""How the rarer ones that begin with a digit begin: most lines are spared the rest."""
_JSON_FIELD = re.compile(
    r'"(?:@?timestamp(?:seconds)?|@t|time|ts|t|asctime|datetime|date|epochSecond|__REALTIME_TIMESTAMP)"\s*:\s*'
    r'(?:\{\s*"(?:\$date|seconds)"\s*:\s*)?"?',
    re.IGNORECASE,
)
_LOGFMT_FIELD = re.compile(r"""(?<![\w.-])(?:time|ts|t|timestamp)=["']?""")
_NUMBER = re.compile(
    r"(\d{9,19})(?:\.(\d{1,9})\d*)?(?![\w.:-])(?:\s*,\s*\"(?:nanos|nanoOfSecond|timestampNanos)\"\s*:\s*(\d{1,9}))?"
)
_BEFORE = re.compile(
    r"\s{0,16}(?:(?:\d{1,9}:[XCSM]|\[GIN\]|[A-Z]{4,8}:) {1,9}\[?|[A-Z], \[|[A-Z]{4}\[|(?:<\d{1,3}>(?:\d )?)?\[?)"
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
)
_ACCESS = re.compile(r"\S{1,64} (?:\S{1,64} \S{1,64} )?\[")
_SGR = re.compile("\x1b\\[[0-9;:]*m")
_MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_KEPT = 4096
_seconds: dict[str, int | None] = {}
"""Moments of whole seconds as they were written: lines of one second are many."""


def time_of(text: str, near: int | None = None) -> int | None:
    """Nanoseconds since 1970 of the moment that a line names where lines name theirs; None where it names none.

    A time without a zone is one of this machine's; one whose zone's word means several zones is none, unless the word
    is this machine's own. A day without a year (syslog, klog) is the one next to `near`, in
    nanoseconds; None without it.
    """
    own = groups_of(text)
    if own is not None:
        text = own.get("time", text)
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
    head = text[:_HEAD]
    if "\x1b" in head:
        head = _SGR.sub("", head)
    if head[:1] == "{":
        return _time_of_field(_JSON_FIELD, head, near) or _time_of_field(_JSON_FIELD, text[:LINE_LIMIT], near)
    return _time_in(head, near)


def shown_again(at: int) -> int | None:
    """When a clock of this machine shows once more what it showed at a moment, in the hour that is set back; else None."""
    second, rest = divmod(at, _SECOND)
    try:
        shown = datetime.fromtimestamp(second, UTC).astimezone().replace(tzinfo=None)
        again = shown.replace(fold=1).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return int(again) * _SECOND + rest if again > second else None


def _time_of_field(pattern: re.Pattern[str], text: str, near: int | None) -> int | None:
    if field := pattern.search(text):
        return _time_at(text, field.end(), near) or _number_at(text, field.end())
    return None


def _time_in(head: str, near: int | None) -> int | None:
    if "=" in head[:40] and (at := _time_of_field(_LOGFMT_FIELD, head, near)):
        return at
    is_iso = head[4:5] in ("-", "/") and head[:1] == "2"
    before = None if is_iso else _BEFORE.match(head)
    at = _time_at(head, before.end() if before else 0, near)
    if at is None and (access := _ACCESS.match(head)):
        return _time_at(head, access.end(), near)
    return at


def _time_at(head: str, start: int, near: int | None) -> int | None:
    first = head[start : start + 1]
    if "0" <= first <= "9":
        second, fraction = _from_digit(head, start, near)
    elif "A" <= first <= "Z":
        second, fraction = _from_name(head, start, near)
    else:
        return None
    if second is None:
        return None
    at = second + int((fraction or "0").ljust(9, "0"))
    return at if at < _LATEST else None


Moment = tuple[int | None, str | None]
"""A second, and the digits of its fraction."""


def _from_digit(head: str, start: int, near: int | None) -> Moment:
    if found := _ISO.match(head, start) or _DAY_FIRST.match(head, start):
        return _second(found[1], found[2], found[4] or ""), found[3]
    if not _RARE.match(head, start):
        return None, None
    if found := _SHORT.match(head, start):
        year, month, day, clock, *parts = found.groups()
        return _second(f"20{year}-{month}-{day}", clock or ":".join(parts), ""), None
    if _EPOCH.match(head, start):
        return _number_at(head, start), None
    return _from_either(head, start, near)


def _from_name(head: str, start: int, near: int | None) -> Moment:
    if head[start + 3 : start + 4] == " " and (found := _YEARLESS.match(head, start)):
        day, clock, fraction, zone, year = found.groups()
        day_first = f"{day[4:].strip()} {day[:3]} {year}"
        return _second(day_first, clock, zone or "") if year else _nearest(day, clock, near), fraction
    return _from_either(head, start, near)


def _from_either(head: str, start: int, near: int | None) -> Moment:
    if found := _YEARLESS_NUMBER.match(head, start):
        return _nearest(found[1] or found[2], found[3], near), found[4]
    if found := _HALF_DAY.match(head, start):
        month, day = found[1] or found[3], found[2] or found[4]
        hour = int(found[6]) % 12 + (12 if found[9] == "P" else 0)
        return _second(f"{found[5]}-{month}-{day}", f"{hour:02}{found[7]}", ""), found[8]
    return None, None


def _number_at(head: str, start: int) -> int | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size."""
    found = _NUMBER.match(head, start)
    if not found:
        return None
    whole, fraction = int(found[1]), found[2].ljust(9, "0") if found[2] else (found[3] or "").rjust(9, "0")
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
    year, month, date = re.split("[-/ .]", day)
    if len(date) == 4:
        year, date = date, year
    month = str(_MONTHS.get(month, month))
    hours, minutes, seconds = map(int, clock.split(":"))
    if zone and zone_of(zone) is None:
        return None
    try:
        moment = datetime(
            int(year),
            int(month),
            int(date),
            hours,
            minutes,
            59 if seconds == 60 else seconds,
            tzinfo=zone_of(zone) if zone else None,
        )
        second = int(moment.timestamp())
    except (ValueError, OverflowError, OSError):
        return None  # no such day, or one that this machine cannot count to
    return second * _SECOND if second >= 0 else None


def _nearest(day: str, clock: str, near: int | None) -> int | None:
    """The moment of a day without a year that lies next to `near`; None without it."""
    if near is None:
        return None
    month = day[:2] if day[:2].isdecimal() else f"{_MONTHS.get(day[:3], 0):02}"
    date = day[-2:].replace(" ", "0")
    year = datetime.fromtimestamp(near / _SECOND, UTC).year
    moments = (_second(f"{number:04}-{month}-{date}", clock, "") for number in (year - 1, year, year + 1))
    return min(
        (moment for moment in moments if moment is not None),
        key=lambda moment: abs(moment - near),
        default=None,
    )
