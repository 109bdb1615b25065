"""What is expected of an answer, as written in a config: classes of statuses, and conditions that compare.

A condition is `WHAT OPERATOR VALUE`, such as `json.queue.depth < 100`, `len(json.nodes) >= 3` or `time < 500ms`.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

Value = str | int | float | bool | None

_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE)
_RANGE = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")
_CONDITION = re.compile(r"\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*", re.DOTALL)
_CALL = re.compile(r"(any|pat|len|has)\((.*)\)", re.DOTALL)
_WHAT = re.compile(
    r"status|time|certificate|body|header\.[!#$%&'*+.^_`|~0-9A-Za-z-]+|json(?:\..+)?", re.DOTALL
)
# What the answer of another server than HTTP's holds, by the kind of own check that asks it.
_TOLD = {
    "promql": "value, samples",
    "logql": "value, samples",
    "sql": "value, rows, column.NAME",
    "redis": "value",
    "queue": "messages, consumers",
}
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_SPAN = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) ?(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
EXAMPLE = "one such as json.depth < 100, len(json.nodes) >= 3, time < 500ms, body == pat(*ready*)"


class WrongCondition(ValueError):
    """A text that is no condition; str() is what was expected."""


class Condition(Struct, frozen=True):
    """One comparison: `what` is status, time, certificate, body, header.NAME or json.PATH, or what another server tells.

    `function` is "", len or has; `values` are compared one after another, patterns where `is_pattern`. Seconds.
    """

    written: str
    what: str
    function: str
    operator: str
    values: tuple[Value, ...]
    is_pattern: bool = False


def statuses(written: int | str | Sequence[int | str]) -> tuple[range, ...]:
    """The statuses that a config names: 200, 2xx, 200-204, or a list of those; ValueError names the one at fault."""
    found: list[range] = []
    for one in [written] if isinstance(written, int | str) else written:
        text = str(one).strip()
        if match := _CLASS.fullmatch(text):
            found.append(range(int(match[1]) * 100, int(match[1]) * 100 + 100))
        elif (match := _RANGE.fullmatch(text)) and int(match[2] or match[1]) >= int(match[1]):
            found.append(range(int(match[1]), int(match[2] or match[1]) + 1))
        else:
            raise ValueError(text)
    return tuple(found)


def condition(text: str, kind: str = "http") -> Condition:
    """The condition that a text writes, for a kind of service or own check; raises WrongCondition."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise WrongCondition(EXAMPLE)
    left, operator, right = match.groups()
    function, what = "", left
    if call := _CALL.fullmatch(left):
        function, what = call[1], call[2].strip()
    if told := _TOLD.get(kind):
        if function or re.sub(r"(?<=^column\.).+", "NAME", what) not in told.split(", "):
            raise WrongCondition(f"{told} before the operator")
    elif function not in ("", "len", "has") or not _WHAT.fullmatch(what):
        raise WrongCondition("status, time, certificate, body, header.NAME or json.PATH before the operator")
    values, is_pattern = _right(right)
    if kind == "steps" and "{{" in right:
        # What an earlier step captures is not known yet.
        return Condition(text.strip(), what, function, operator, values, is_pattern)
    _check(what, function, operator, values, is_pattern)
    return Condition(text.strip(), what, function, operator, values, is_pattern)


def _check(what: str, function: str, operator: str, values: tuple[Value, ...], is_pattern: bool) -> None:
    is_equal = operator in ("==", "!=")
    if (len(values) > 1 or is_pattern) and not is_equal:
        raise WrongCondition("== or != before any(…) and pat(…)")
    if function == "has" and not (is_equal and all(isinstance(value, bool) for value in values)):
        raise WrongCondition("has(json.PATH) == true or false")
    if function and not what.startswith("json"):
        raise WrongCondition(f"{function}(json.PATH)")
    counts = function == "len" or (not function and what in ("status", "time", "certificate")) or not is_equal
    if counts and not all(_is_number(value) for value in values):
        raise WrongCondition("a number or a span such as 500ms behind it")


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _right(text: str) -> tuple[tuple[Value, ...], bool]:
    call = _CALL.fullmatch(text)
    if call is None:
        return (_value(text),), False
    if call[1] == "any":
        return tuple(_value(part.strip()) for part in call[2].split(",")), False
    if call[1] == "pat" and call[2]:
        return (call[2],), True
    raise WrongCondition("a value, any(…) or pat(…) behind the operator")


def _value(text: str) -> Value:
    if text in _WORDS:
        return _WORDS[text]
    if match := _NUMBER.fullmatch(text):
        return float(text) if match[1] else int(text)
    if match := _SPAN.fullmatch(text):
        return float(match[1]) * _SECONDS[match[2]]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
