"""What an HTTP answer ought to be, judged alike for the service `http` and for own checks.

A value of JSON is compared with its type: true is not 1, "5" is not 5, and null is a value that is there. A body that
is no JSON leaves what was expected of its JSON unmet; a pattern that takes too long leaves it untold (TooSlow).
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from sutaz_tui.config.conditions import Condition, condition, statuses
from sutaz_tui.config.schema import JsonValue
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact
from sutaz_tui.probes.base import QUOTE
from sutaz_tui.probes.json_path import JsonPath
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.patterns import Expression
from sutaz_tui.text.sanitise import one_line

SEARCHED = 64 * 1024
"""Bytes of a body that a pattern is put to: it is the config's own, yet a body may be of any length."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """One expectation that an answer does not meet: as a sentence, and as what was expected and what is there."""

    words: str
    expected: str
    found: str


class Expectation:
    """What is expected of an answer; raises WrongPattern.

    `status` are the statuses that are well, none for any. `header` must be there, and equal `header_value` where that
    is given; so must what stands at `json_path` with `json_value`, or one of its list; `pattern` must be found in the
    body, and each of `conditions` hold.
    """

    def __init__(
        self,
        status: int | str | Sequence[int | str],
        *,
        header: str = "",
        header_value: str = "",
        json_path: str = "",
        json_value: JsonValue = None,
        pattern: str = "",
        conditions: Sequence[str] = (),
    ) -> None:
        written = [status] if isinstance(status, int | str) else status
        self._status, self._statuses = tuple(map(str, written)), statuses(status)
        self._conditions = [_Compared(condition(text)) for text in conditions]
        self._header, self._header_value = header, header_value
        self._path, self._value = JsonPath(json_path) if json_path else None, json_value
        self._pattern = Expression(pattern) if pattern else None

    def allows(self, status: int) -> bool:
        """Whether a status is one of the expected."""
        return not self._statuses or any(status in allowed for allowed in self._statuses)

    def judge(self, answer: HttpAnswer) -> tuple[list[Unmet], dict[str, Fact]]:
        """All that is unmet, and the value at the path as a fact; raises TooSlow.

        The rest of an answer with another status is not looked at: it is not the answer that was meant.
        """
        facts: dict[str, Fact] = {}
        if not self.allows(answer.status):
            text = one_line(answer.text(), 80)
            wanted = self.wanted
            found = f"{answer.status}: {text}" if text else f"{answer.status}"
            return [Unmet(f"answers {answer.status}, not {wanted}", wanted, found)], facts
        unmet = [*self._of_header(answer), *self._of_json(answer, facts), *self._of_body(answer)]
        unmet += filter(None, (one.judge(answer, facts) for one in self._conditions))
        return unmet, facts

    @property
    def wanted(self) -> str:
        """The statuses that are well, in words."""
        return " or ".join(self._status)

    def _of_header(self, answer: HttpAnswer) -> Iterator[Unmet]:
        name, expected = self._header, self._header_value
        if not name:
            return
        found = answer.headers.get(name)
        if found is None:
            yield Unmet(f"the header {name} is missing", f"a header {name}", "none")
        elif expected and found != expected:
            words = f"the header {name} is {shown(found)}, expected {shown(expected)}"
            yield Unmet(words, f"{name}: {expected}", found)

    def _of_json(self, answer: HttpAnswer, facts: dict[str, Fact]) -> Iterator[Unmet]:
        path, expected = self._path, self._value
        if path is None:
            return
        try:
            found = path.find(answer.json())
        except BadAnswer as error:
            yield Unmet(error.words, f"{path} in the body", error.words)
            return
        except LookupError as error:
            yield Unmet(f"{path} is missing: {error.args[0]}", f"{path} in the body", "nothing there")
            return
        if isinstance(found, bool | int | float):
            facts[str(path)] = found
        elif isinstance(found, str):
            facts[str(path)] = one_line(found, 200)
        every = expected if isinstance(expected, list) else [expected]
        if expected is not None and not any(is_same(found, one) for one in every):
            wanted = " or ".join(map(shown, every))
            words = f"{path} is {shown(found)}, expected {wanted}"
            yield Unmet(words, f"{path} {wanted}", shown(found))

    def _of_body(self, answer: HttpAnswer) -> Iterator[Unmet]:
        if self._pattern is None:
            return
        if answer.packed:
            yield Unmet(f"the body is {answer.packed}", "a body that can be read", answer.packed)
            return
        text = answer.body[:SEARCHED].decode("utf-8", "replace")
        if not self._pattern.finds(text):
            where = " in its first 64 KiB" if len(answer.body) > SEARCHED else ""
            start, written = one_line(text, QUOTE) or "nothing", one_line(self._pattern.written, QUOTE)
            expected = f"a body that matches {written}{where}"
            yield Unmet(f"the body does not match {written}{where}: {start}", expected, start)

    def rules(self) -> Iterator[str]:
        """What is expected, in words."""
        if self._status:
            yield f"status {self.wanted}"
        if self._header:
            yield f"header {self._header}" + (f" = {self._header_value}" if self._header_value else "")
        if self._path is not None:
            every = self._value if isinstance(self._value, list) else [self._value]
            value = "" if self._value is None else f" = {' or '.join(map(shown, every))}"
            yield f"{self._path}{value} in the JSON"
        if self._pattern is not None:
            yield f"body matches {one_line(self._pattern.written, QUOTE)}"
        for one in self._conditions:
            yield one_line(one.condition.written, QUOTE)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(condition: Condition, found: object) -> bool:
    """Whether a condition holds of what was found; NaN is in no order, so none of an order holds of it."""
    if condition.operator in _ORDER:
        numbers = [one for one in (found, condition.values[0]) if not isinstance(one, bool)]
        is_ordered = len([one for one in numbers if isinstance(one, int | float)]) == 2
        return is_ordered and _ORDER[condition.operator](found, condition.values[0])
    if condition.is_pattern:
        is_equal = isinstance(found, str) and fnmatchcase(found[:SEARCHED], str(condition.values[0]))
    else:
        is_equal = any(is_same(found, value) for value in condition.values)
    return is_equal == (condition.operator == "==")


class _Compared:
    """One condition, put to answers."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        path = condition.what.partition(".")[2]
        self._path = JsonPath(path) if condition.what.startswith("json.") else None

    def judge(self, answer: HttpAnswer, facts: dict[str, Fact]) -> Unmet | None:
        """What is unmet of it, None where it holds; what stands there is told as a fact where it is a number."""
        condition = self.condition
        try:
            found = self._found(answer)
        except BadAnswer as error:
            return Unmet(f"{condition.written}: {error.words}", condition.written, error.words)
        except LookupError as error:
            return Unmet(f"{condition.written}: {error.args[0]}", condition.written, "nothing there")
        name = f"{condition.function}({condition.what})" if condition.function else condition.what
        if isinstance(found, int | float) and not isinstance(found, bool) and condition.what != "status":
            facts[one_line(name, QUOTE)] = round(found, 3)
        if holds(condition, found):
            return None
        words = f"{one_line(name, QUOTE)} is {shown(found)}, expected {one_line(condition.written, QUOTE)}"
        return Unmet(words, condition.written, shown(found))

    def _found(self, answer: HttpAnswer) -> object:
        what, function = self.condition.what, self.condition.function
        if what == "status":
            return answer.status
        if what == "time":
            return answer.latency
        if what == "certificate":
            ends = answer.certificate_expires
            if ends is None:
                raise LookupError("the certificate's end cannot be seen: no https, or it is not verified")
            return (ends - datetime.now(UTC)).total_seconds()
        if what == "body":
            return answer.text()
        if what.startswith("header."):
            found = answer.headers.get(what.partition(".")[2])
            if found is None:
                raise LookupError("no such header")
            return found
        try:
            value = answer.json() if self._path is None else self._path.find(answer.json())
        except LookupError:
            if function == "has":
                return False
            raise
        if function == "has":
            return True
        if function == "len":
            if not isinstance(value, str | list | dict):
                raise LookupError(f"{shown(value)} has no length")
            return len(value)
        return value


def is_same(found: object, expected: object) -> bool:
    """Equal, where true is not 1 and "5" is not 5."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return found == expected


def shown(value: object) -> str:
    """A value as JSON writes it, cut where it is long."""
    match value:
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case dict() | list():
            return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
        case str():
            return repr(one_line(value, QUOTE))
        case _:
            return one_line(str(value), QUOTE)
