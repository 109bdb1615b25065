"""How large a regular expression becomes when its counted repeats are written out."""

import re

_REPEAT = re.compile(r"\{(\d*)(?:,(\d*))?\}")
_MOST_DIGITS = 9


def copies(expression: str) -> int:
    """How many parts there are: 1000 for `a{1000}`, a million for `(a{1000}){1000}`.

    A count of more than nine digits counts as a thousand millions. Brackets and escapes are skipped, and what is no
    expression gets a number too.
    """
    groups = [0]
    part = 0  # the newest one, which a repeat would multiply
    index = 0
    while index < len(expression):
        sign = expression[index]
        if sign == "{" and (repeat := _REPEAT.match(expression, index)):
            groups[-1] += part * (max(1, *map(_count, repeat.groups(""))) - 1)
            part *= max(1, *map(_count, repeat.groups("")))
            index = repeat.end()
            continue
        if sign == "(":
            groups.append(0)
            part = 0
        elif sign == ")" and len(groups) > 1:
            part = max(1, groups.pop())
            groups[-1] += part
        else:
            part = 1
            groups[-1] += 1
            if sign == "\\":
                index += 1
            elif sign == "[":
                index = _class_end(expression, index)
        index += 1
    return sum(groups)


def _count(digits: str) -> int:
    return 10**_MOST_DIGITS if len(digits) > _MOST_DIGITS else int(digits or 0)


def _class_end(expression: str, index: int) -> int:
    """Where the bracket closes that opens at `index`, the last character when it does not."""
    index += 2 if expression[index + 1 : index + 2] == "^" else 1
    if expression[index : index + 1] == "]":
        index += 1
    while index < len(expression) and expression[index] != "]":
        index += 2 if expression[index] == "\\" else 1
    return min(index, len(expression) - 1)
