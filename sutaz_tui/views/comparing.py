"""What an alert's expression compares: the side that is measured, the sign, and the threshold; read without evaluating it."""

import re

from msgspec import Struct

LONGEST = 5000
"""Characters of an expression that is read."""
DEEPEST = 20
"""Brackets around all of it, one in another, that are taken away."""

_PART = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])'
    r"|(?P<set>\b(?:and|or|unless)\b)|(?P<sign>==|!=|>=|<=|>|<)",
    re.IGNORECASE,
)
_MATCHING = re.compile(
    r"\s*(?:bool\b)?\s*(?:(?:on|ignoring)\s*\([^()]*\))?\s*(?:group_(?:left|right)\s*(?:\([^()]*\))?)?\s*"
)


class Compared(Struct, frozen=True):
    """`measured sign limit`; without a comparison all of it is measured. `number` is the limit where it is one."""

    measured: str
    sign: str = ""
    limit: str = ""

    @property
    def number(self) -> float | None:
        """The limit, where it is written as a number."""
        try:
            return float(self.limit)
        except ValueError:
            return None


def compared(expression: str, deep: int = 0) -> Compared:
    """The first comparison of an expression outside of any brackets: of `a > 1 and b < 2` that of `a`."""
    text = expression.strip()
    if len(text) > LONGEST or deep > DEEPEST:
        return Compared(text)
    parts = _top(text)
    for match in parts:
        if match["set"]:
            first = text[: match.start()].strip()
            return compared(first, deep + 1) if first else Compared(text)
    for match in parts:
        if match["sign"]:
            matching = _MATCHING.match(text, match.end())
            begin = matching.end() if matching is not None else match.end()
            return Compared(text[: match.start()].strip(), match["sign"], text[begin:].strip())
    if inner := _unwrapped(text):
        return compared(inner, deep + 1)
    return Compared(text)


def _top(text: str) -> list[re.Match[str]]:
    """The signs and words between operands that stand in no brackets and no quotes."""
    depth, found = 0, []
    for match in _PART.finditer(text):
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif not depth and not match["text"]:
            found.append(match)
    return found


def _unwrapped(text: str) -> str:
    """What stands in the brackets that hold all of it, "" where none do."""
    if not (text.startswith("(") and text.endswith(")")):
        return ""
    depth = 0
    for match in _PART.finditer(text):
        depth += bool(match["open"]) - bool(match["close"])
        if not depth and match["close"] and match.end() < len(text):
            return ""
    return text[1:-1].strip()
