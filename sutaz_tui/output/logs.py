"""Log lines without a screen: as text to read and to grep, as JSON for programs, as the bytes that were received.

Text is one line a line: time (UTC, milliseconds), the service where there are several, the level as a word in
capitals (`-` where unknown), and the whole line. JSON is one object a line. Both are sanitised and, unless it
is asked for otherwise, masked.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from sutaz_tui.logs.lines import Gap, Level, LogLine
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.shown import Safe
from sutaz_tui.text.sanitise import MASKED, count, one_line, sanitise
from sutaz_tui.text.units import plural

FORMATS = ("text", "json", "raw")

_LEVEL_FIRST = re.compile(r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL): {1,9}(?=\S)")
_WORDS = {level: level.name for level in Level} | {Level.UNKNOWN: "-"}
_NAMES = {level: level.name.lower() for level in Level}

Form = Callable[[Sequence[LogLine]], bytes]
"""Turns lines into the bytes to write, each with its newline."""


def form(name: str, safe: Safe, unmask: bool, names_services: bool) -> Form:
    """The form of this name, one of FORMATS; `names_services` puts the service's id into each line of text."""
    if name == "raw":
        return raw
    made_safe = _unmasked(safe) if unmask else safe.lines
    return AsJson(made_safe) if name == "json" else AsText(made_safe, names_services)


def _unmasked(safe: Safe) -> Callable[[list[str]], list[str]]:
    return lambda texts: [safe.unmasked(text) for text in texts]


def raw(lines: Sequence[LogLine]) -> bytes:
    """The lines as they were received."""
    return b"".join([_received(line.text) + b"\n" for line in lines])


def _received(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # JSON can spell halves of characters, which stand for no byte that was received.
        return text.encode("utf-8", "replace")


def _without_level(text: str) -> str:
    found = _LEVEL_FIRST.match(text)
    return text[found.end() :] if found else text


class AsText:
    """Lines to read and to grep."""

    def __init__(self, made_safe: Callable[[list[str]], list[str]], names_services: bool) -> None:
        self._made_safe = made_safe
        self._names_services = names_services

    def __call__(self, lines: Sequence[LogLine]) -> bytes:
        texts = self._made_safe([line.text for line in lines])
        parts: list[str] = []
        for line, text in zip(lines, texts, strict=True):
            second, rest = divmod(line.at, 1_000_000_000)
            word = _WORDS[level_of(line.text, line.labels)]
            who = f" {line.service}" if self._names_services and line.service else ""
            # uvicorn's level stands before its line once more.
            text = _without_level(text) if word != "-" else text
            parts.append(f"{_second(second)}.{rest // 1_000_000:03d}Z{who} {word} {text}{_cut_words(line)}\n")
        return "".join(parts).encode("utf-8", "replace")


class AsJson:
    """One object a line: at, time, service, level, text, labels."""

    def __init__(self, made_safe: Callable[[list[str]], list[str]]) -> None:
        self._made_safe = made_safe
        self._encode = msgspec.json.Encoder().encode
        # Lines of one stream share their labels.
        self._labels: dict[int, tuple[Mapping[str, str], dict[str, str]]] = {}

    def __call__(self, lines: Sequence[LogLine]) -> bytes:
        texts = self._made_safe([line.text for line in lines])
        parts: list[bytes] = []
        for line, text in zip(lines, texts, strict=True):
            second, rest = divmod(line.at, 1_000_000_000)
            whole: dict[str, Any] = {
                "at": str(line.at),
                "time": f"{_second(second)}.{rest // 1000:06d}Z",
                "service": line.service,
                "level": _NAMES[level_of(line.text, line.labels)],
                "text": text + _cut_words(line),
                "labels": self._safe_labels(line.labels),
            }
            parts.append(self._encode(whole))
        return b"\n".join(parts) + b"\n" if parts else b""

    def _safe_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        known = self._labels.get(id(labels))
        if known is None or known[0] is not labels:
            if len(self._labels) > 1000:
                self._labels.clear()
            safe = dict(zip(self._made_safe([*labels]), self._values(labels), strict=True))
            known = self._labels[id(labels)] = labels, safe
        return known[1]

    def _values(self, labels: Mapping[str, str]) -> list[str]:
        """The values; a name says that its value is a secret: only together they are masked."""
        pairs = [f'{name}="x y z"' for name in labels]
        hidden = [pair != sanitise(plain) for pair, plain in zip(self._made_safe(pairs), pairs, strict=True)]
        values = self._made_safe([*labels.values()])
        return [
            MASKED if is_hidden and value else value for is_hidden, value in zip(hidden, values, strict=True)
        ]


def _cut_words(line: LogLine) -> str:
    return f" … {count(line.cut)} more characters" if line.cut else ""


@lru_cache(maxsize=256)
def _second(second: int) -> str:
    """`2026-11-23T14:07:11` of a second since 1970, UTC; a clock gone wild is told as that many seconds."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    except (OverflowError, ValueError, OSError):
        return f"@{second}"


def gap_words(gap: Gap) -> str:
    """The sentence for lines that are missing."""
    lost = plural(gap.lost, "line") if gap.lost is not None else "lines"
    whose = f" of {one_line(gap.service, 80)}" if gap.service else ""
    verb = (
        "may not have been received"
        if gap.lost is None
        else f"w{'as' if gap.lost == 1 else 'ere'} not received"
    )
    start, end = clock(gap.start), clock(gap.end)
    between = f"between {start} and {end}" if start != end else f"at {start}"
    why = f": {one_line(gap.words, 200)}" if gap.words else ""
    return f"{lost}{whose} {between} {verb}{why}"


def clock(at: int) -> str:
    """A moment in UTC: `2026-11-23T14:07:11.402Z`."""
    second, rest = divmod(at, 1_000_000_000)
    return f"{_second(second)}.{rest // 1_000_000:03d}Z"


def pointing(text: str, line: int, column: int, masked: Callable[[str], str] = str) -> list[str]:
    """The line of a query or pattern that is at fault, and a caret under its column; nothing without a place."""
    rows = text.splitlines()
    if not (1 <= line <= len(rows)) or column < 1:
        return []
    row = rows[line - 1]
    # What is sanitised or masked has another length: the caret stands behind what was typed before its column.
    before = masked(sanitise(row[: column - 1], tab=1))
    return [f"  {masked(sanitise(row, tab=1))}", f"  {' ' * len(before)}^"]
