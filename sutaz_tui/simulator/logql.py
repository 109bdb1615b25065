"""As much of LogQL as a monitor asks: selectors, line filters, and counts over time."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from sutaz_tui.simulator.logs import Labels, Logs

UNITS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86400 * 10**9,
    "w": 7 * 86400 * 10**9,
    "y": 365 * 86400 * 10**9,
}
EMPTY = (
    "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible "
    'value. For instance, app=~".*" does not meet this requirement, but app=~".+" will'
)


class LogQlError(ValueError):
    """A query that Loki refuses, in Loki's words."""


@dataclass(frozen=True, slots=True)
class LogSelection:
    """What a selector and its line filters let through."""

    matches: Callable[[dict[str, str]], bool]
    keeps: Callable[[str], bool]
    is_whole: bool = False
    """True when every line of a stream is let through."""
    has_stages: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A metric query: what is counted over which nanoseconds, and how it is summed."""

    selection: LogSelection
    function: str
    window: int
    summed: bool
    by: tuple[str, ...]


class Entry(NamedTuple):
    """One line with its stream's labels and its level."""

    at: int
    text: str
    labels: Labels


_MATCHER = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)\s*')
_FILTER = re.compile(r'\s*(\|=|\|~|!=|!~)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)\s*')
_STAGE = re.compile(
    r'\s*\|\s*(json|logfmt|unpack|decolorize|(?:regexp|pattern)\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`)'
    r"|drop\s+\w+(?:\s*,\s*\w+)*)\s*"
)
_LABEL_STAGE = re.compile(
    r'\s*\|\s*(level|detected_level)\s*(=~|=|!=)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)\s*'
    r"(?:or\s+(?:level|detected_level)\s*(?:=~|=|!=)\s*\3\s*)?"
)
_METRIC = re.compile(
    r"^\s*(?:(?P<sum>sum|count|max|min|avg)\s*(?:by\s*\((?P<by>[^)]*)\))?\s*\(\s*)?"
    r"(?P<function>count_over_time|rate|bytes_over_time|bytes_rate)\s*\(\s*(?P<inner>\{.*)\[(?P<window>\w+)\]\s*\)"
    r"\s*\)?\s*(?:by\s*\((?P<after>[^)]*)\))?\s*$",
    re.DOTALL,
)


def parse(query: str) -> LogSelection | Count:
    """The query; raises LogQlError with the position where Loki's parser stops."""
    metric = _METRIC.match(query)
    if metric is None:
        if re.match(r"\s*(sum|count|max|min|avg|rate|count_over_time|bytes_over_time)\b", query):
            raise LogQlError(f"parse error at line 1, col {len(query) + 1}: syntax error: unexpected $end")
        return parse_selection(query)
    by = metric["by"] or metric["after"] or ""
    names = tuple(name.strip() for name in by.split(",") if name.strip())
    window = duration(metric["window"])
    # A range is written in milliseconds at the finest, an offset in nanoseconds.
    if window % UNITS["ms"]:
        column = metric.start("window")
        raise LogQlError(
            f'parse error at line 0, col {column}: unknown unit in duration "{metric["window"]}"'
        )
    selection = parse_selection(metric["inner"], metric.start("inner"))
    return Count(selection, metric["function"], window, bool(metric["sum"]), names)


def parse_selection(query: str, before: int = 0) -> LogSelection:
    """A selector with its stages; `before` characters of the whole query stand before it."""
    text = query.strip()
    lead = before + len(query) - len(query.lstrip())
    if not text.startswith("{"):
        raise LogQlError(f"parse error at line 1, col {lead + 1}: syntax error: unexpected IDENTIFIER")
    place = 1
    tests: list[Callable[[dict[str, str]], bool]] = []
    counted = False
    while True:
        if text[place:].strip() == "":
            raise _unexpected_end(text, lead, "expecting } or ," if tests else "expecting STRING")
        if text[place:].lstrip().startswith("}"):
            place = text.index("}", place) + 1
            break
        found = _MATCHER.match(text, place)
        if found is None:
            rest = text[place:]
            if re.match(r"\s*[A-Za-z_]\w*\s*(=~|!~|!=|=)?\s*$", rest):
                raise _unexpected_end(text, lead, "expecting STRING")
            raise LogQlError(
                f"parse error at line 1, col {lead + place + 1}: syntax error: unexpected character"
            )
        name, operator, value = found[1], found[2], _string(found[3])
        tests.append(_matcher(name, operator, value))
        counted = (
            counted or (operator == "=" and value != "") or (operator == "=~" and not re.fullmatch(value, ""))
        )
        place = found.end()
        if place < len(text) and text[place] == ",":
            place += 1
        elif place < len(text) and text[place] != "}":
            raise LogQlError(
                f"parse error at line 1, col {lead + place + 1}: syntax error: unexpected character"
            )
    if not counted:
        raise LogQlError(EMPTY)
    filters = _filters(text, place, lead)
    return LogSelection(
        lambda labels: all(test(labels) for test in tests),
        lambda line: all(keeps(line) for keeps in filters),
        is_whole=not filters,
        has_stages=bool(text[place:].strip()),
    )


def _filters(text: str, place: int, lead: int) -> list[Callable[[str], bool]]:
    filters: list[Callable[[str], bool]] = []
    while place < len(text):
        found = _FILTER.match(text, place)
        stage = _STAGE.match(text, place)
        level = _LABEL_STAGE.match(text, place)
        if found is not None:
            filters.append(_line_filter(found[1], _string(found[2])))
            place = found.end()
        elif level is not None:
            test = _matcher("level", level[2], _string(level[3]))
            filters.append(_level_filter(test))
            place = level.end()
        elif stage is not None:
            place = stage.end()
        elif not text[place:].strip():
            break
        else:
            raise LogQlError(
                f"parse error at line 1, col {lead + place + 1}: syntax error: unexpected character"
            )
    return filters


def _unexpected_end(text: str, lead: int, expected: str) -> LogQlError:
    return LogQlError(
        f"parse error at line 1, col {lead + len(text) + 1}: syntax error: unexpected $end, {expected}"
    )


def _string(quoted: str) -> str:
    if quoted.startswith("`"):
        return quoted[1:-1]
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), quoted[1:-1])


def _matcher(name: str, operator: str, value: str) -> Callable[[dict[str, str]], bool]:
    if operator in ("=~", "!~"):
        pattern = _regex(value)
        return lambda labels: (pattern.fullmatch(labels.get(name, "")) is not None) == (operator == "=~")
    return lambda labels: (labels.get(name, "") == value) == (operator == "=")


def _line_filter(operator: str, value: str) -> Callable[[str], bool]:
    if operator in ("|~", "!~"):
        pattern = _regex(value)
        return lambda line: (pattern.search(line) is not None) == (operator == "|~")
    return lambda line: (value in line) == (operator == "|=")


def _level_filter(test: Callable[[dict[str, str]], bool]) -> Callable[[str], bool]:
    return lambda line: test({"level": level_of(line)})


def _regex(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error as error:
        raise LogQlError(f"parse error : error parsing regexp: {error}: `{value}`") from error


def duration(words: str) -> int:
    """Nanoseconds of `5m`, `1h30m` or `30s`; raises LogQlError."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)", words)
    if not parts or "".join(number + unit for number, unit in parts) != words:
        raise LogQlError(f"parse error: not a valid duration string: {words!r}")
    return int(sum(float(number) * UNITS[unit] for number, unit in parts))


_LEVELS = (
    ("critical", ("CRITICAL", '"critical"', "FATAL")),
    ("error", ("ERROR", "[error]", "level=error", "Traceback")),
    ("warn", ("WARN", "[warn]", "level=warn")),
    ("debug", ("DEBUG", "level=debug")),
    ("info", ("INFO", "level=info")),
)


def level_of(line: str) -> str:
    """The level that Loki detects in a line."""
    return next((level for level, signs in _LEVELS if any(sign in line for sign in signs)), "unknown")


def select(
    logs: Logs, selection: LogSelection, start: int, end: int, limit: int | None = None, newest: bool = False
) -> list[Entry]:
    """The entries of [start, end) in order of time: all, or the oldest or newest `limit` of them."""
    found: list[Entry] = []
    for labels, stream in list(logs.streams.items()):
        low, high = stream.span(start, end)
        if low == high or not selection.matches(dict(labels)):
            continue
        times, texts = stream.times, stream.texts
        places: Iterable[int] = range(high - 1, low - 1, -1) if newest else range(low, high)
        if not selection.is_whole:
            places = (place for place in places if selection.keeps(texts[place]))
        found += [Entry(times[place], texts[place], labels) for place in islice(places, limit)]
    # Of one stream and one time the later one stays the later one.
    if newest:
        found.reverse()
    found.sort(key=_time_of)
    if limit is None:
        return found
    return found[max(len(found) - limit, 0) :] if newest else found[:limit]


def _time_of(entry: Entry) -> int:
    return entry.at


def count(logs: Logs, query: Count, end: int) -> dict[Labels, float]:
    """The value of each series at `end`, over (end - window, end]."""
    found: dict[Labels, float] = {}
    by_level = not query.summed or "detected_level" in query.by
    start, end = end - query.window + 1, end + 1
    for stream_labels, stream in list(logs.streams.items()):
        known = dict(stream_labels)
        low, high = stream.span(start, end)
        if low == high or not query.selection.matches(known):
            continue
        texts = stream.texts[low:high]
        if not query.selection.is_whole:
            texts = [text for text in texts if query.selection.keeps(text)]
        for level, kept in _by_level(texts).items() if by_level else {"": texts}.items():
            labels = known | {"detected_level": level} if by_level else known
            if query.summed:
                labels = {name: labels[name] for name in query.by if name in labels}
            weight = sum(len(text.encode()) for text in kept) if "bytes" in query.function else len(kept)
            if kept:
                key = tuple(sorted(labels.items()))
                found[key] = found.get(key, 0) + weight
    if query.function.endswith("rate"):
        return {key: value / (query.window / 1e9) for key, value in found.items()}
    return found


def _by_level(texts: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(level_of(text), []).append(text)
    return found
