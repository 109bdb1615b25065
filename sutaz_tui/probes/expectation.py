"""What an HTTP answer ought to be, judged alike for the service `http` and for own checks.

A value of JSON is compared with its type: true is not 1, "5" is not 5, and null is a value that is there. A body that
is no JSON leaves what was expected of its JSON unmet; a pattern that takes too long leaves it untold (TooSlow).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    is given; so must what stands at `json_path` with `json_value`; `pattern` must be found in the body.
    """

    def __init__(
        self,
        status: Sequence[int],
        *,
        header: str = "",
        header_value: str = "",
        json_path: str = "",
        json_value: str | int | float | bool | None = None,
        pattern: str = "",
    ) -> None:
        self._status = tuple(status)
        self._header, self._header_value = header, header_value
        self._path, self._value = JsonPath(json_path) if json_path else None, json_value
        self._pattern = Expression(pattern) if pattern else None

    def allows(self, status: int) -> bool:
        """Whether a status is one of the expected."""
        return not self._status or status in self._status

    def judge(self, answer: HttpAnswer) -> tuple[list[Unmet], dict[str, Fact]]:
        """All that is unmet, and the value at the path as a fact; raises TooSlow.

        The rest of an answer with another status is not looked at: it is not the answer that was meant.
        """
        facts: dict[str, Fact] = {}
        if not self.allows(answer.status):
            text = one_line(answer.text(), 80)
            wanted = " or ".join(map(str, self._status))
            found = f"{answer.status}: {text}" if text else f"{answer.status}"
            return [Unmet(f"answers {answer.status}, not {wanted}", wanted, found)], facts
        return [*self._of_header(answer), *self._of_json(answer, facts), *self._of_body(answer)], facts

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
        if expected is not None and not is_same(found, expected):
            words = f"{path} is {shown(found)}, expected {shown(expected)}"
            yield Unmet(words, f"{path} {shown(expected)}", shown(found))

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
            yield "status " + " or ".join(map(str, self._status))
        if self._header:
            yield f"header {self._header}" + (f" = {self._header_value}" if self._header_value else "")
        if self._path is not None:
            value = "" if self._value is None else f" = {shown(self._value)}"
            yield f"{self._path}{value} in the JSON"
        if self._pattern is not None:
            yield f"body matches {one_line(self._pattern.written, QUOTE)}"


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
