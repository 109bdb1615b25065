"""Whether lines are alike: the same words, other numbers and ids; another status code or level is another line."""

import re
from collections.abc import Sequence

from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.parsing.levels import level_of

FEW = 3
"""Blocks in a row from which they fold; two rows are read as quickly as one that must be opened."""

ANY = "<_>"
"""What stands in place of what differs, as Loki writes it."""

HEX_DIGITS = b"0123456789abcdefABCDEF"
"""What digits and hex ids are written with: where the bytes without these differ, nothing is alike."""

_ZEROED = bytes(ord("0") if ord("0") <= byte <= ord("9") else byte for byte in range(256))
_RUNS = re.compile(r"(\d[0-9a-fA-F-]*)")
_IDS = re.compile(r"([0-9a-fA-F]*\d[0-9a-fA-F-]*)")
_HEX_ID = re.compile(r"(?<![\w-])(?=[\da-fA-F-]*[a-fA-F])(?=[a-fA-F-]*\d)[\da-fA-F-]{6,}(?![\w-])")
_JOINED = re.compile(rf"{ANY}(?:[.,:/+T]{{1,2}}{ANY})+Z?")
# What a number that matters stands behind: it is looked at only where two numbers differ.
_CODE_BEFORE = re.compile(
    r"(?:(?:status|code|level|severity|priority|errno|exit|exited|signal|returned|state)[\"'\]=: (\[]{1,6}-?|^<)\Z",
    re.IGNORECASE,
)
_STATUS_BEFORE = re.compile(
    r"(?:error[\"'\]=: (\[]{1,6}|\"\s|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s\S+(?:\sHTTP/[\d.]+)?\s)\Z",
    re.IGNORECASE,
)
_ENDS_BEFORE = frozenset("\"'])=: ([<-\t")
_LOOKED_BACK = 20
_STATUS_DIGITS = 3
_URL_LENGTH = 2048


def _differ_in_numbers_alone(one: list[str], other: list[str]) -> bool:
    """Whether two split lines have the same words, and no number that matters differs."""
    if one[::2] != other[::2]:
        return False
    return not any(one[place] != other[place] and _is_code(one, place) for place in range(1, len(one), 2))


def _is_code(parts: list[str], place: int) -> bool:
    """Whether the number at a place of a split line is a status, a level or an exit code."""
    before = parts[place - 1]
    if before[-1:] not in _ENDS_BEFORE:
        return False
    if len(before) < _LOOKED_BACK:
        before = "".join(parts[:place])
    if _CODE_BEFORE.search(before[-_LOOKED_BACK:]):
        return True
    return len(parts[place]) == _STATUS_DIGITS and (
        _STATUS_BEFORE.search("".join(parts[:place])[-_URL_LENGTH:]) is not None
    )


def _code_spans(parts: list[str]) -> list[tuple[int, int]]:
    """Where in the text of a split line the numbers that matter stand."""
    spans, at = [], 0
    for place, part in enumerate(parts):
        if place % 2 and _is_code(parts, place):
            spans.append((at, at + len(part)))
        at += len(part)
    return spans


def template(text: str) -> str:
    """A text with ANY in place of every number and hex id, but for those that matter."""
    parts = _RUNS.split(_HEX_ID.sub(ANY, text))
    for place in range(1, len(parts), 2):
        if not _is_code(parts, place):
            parts[place] = ANY
    return _JOINED.sub(ANY, "".join(parts))


class Example:
    """One line that others are compared with; bytes are translated in a tenth of the time of text."""

    __slots__ = ("_codes", "_ids", "_runs", "_zeroed", "line")

    def __init__(self, line: LogLine) -> None:
        self.line = line
        self._zeroed = _encoded(line.text).translate(_ZEROED)
        self._codes: list[tuple[int, int]] | None = None
        self._runs: list[str] | None = None
        self._ids: list[str] | None = None

    def is_like(self, line: LogLine, raw: bytes) -> bool:
        """Whether a line is alike that is the same without HEX_DIGITS; `raw` is its text in UTF-8."""
        first = self.line
        if line.service != first.service:
            return False
        if line.labels is not first.labels and (
            level_of(line.text, line.labels) is not level_of(first.text, first.labels)
        ):
            return False
        if self._runs is None:
            self._runs = _RUNS.split(first.text)
        if len(raw) == len(self._zeroed) and raw.translate(_ZEROED) == self._zeroed:
            # Only digits differ, each in its place: so the codes stand where they stand in the first one.
            if self._codes is None:
                self._codes = _code_spans(self._runs)
            return all(line.text[start:end] == first.text[start:end] for start, end in self._codes)
        if _differ_in_numbers_alone(self._runs, _RUNS.split(line.text)):
            return True
        if self._ids is None:
            self._ids = _IDS.split(first.text)
        return _differ_in_numbers_alone(self._ids, _IDS.split(line.text))


def are_tracebacks_alike(some: Sequence[LogLine], others: Sequence[LogLine]) -> bool:
    """Whether two tracebacks of one service came the same way: equal frames, alike in what stands unindented."""
    return len(some) == len(others) and all(map(_are_alike, reversed(some), reversed(others)))


def _are_alike(one: LogLine, other: LogLine) -> bool:
    if one.text == other.text:
        return True
    if one.text[:1] in (" ", "\t"):
        return False
    return are_lines_alike(one, other)


def are_lines_alike(one: LogLine, other: LogLine) -> bool:
    """Whether two lines of one service are alike."""
    first, second = _encoded(one.text), _encoded(other.text)
    if first.translate(None, HEX_DIGITS) != second.translate(None, HEX_DIGITS):
        return False
    return Example(one).is_like(other, second)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
