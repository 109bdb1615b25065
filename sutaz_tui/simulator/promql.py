"""As much of PromQL as a monitor and the shipped dashboards ask: read once, typed, evaluated at any number of moments."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sutaz_tui.simulator.promql_functions import (
    AGGREGATIONS,
    RANGE,
    RANGE_FUNCTIONS,
    RANKED,
    SCALAR,
    STRING,
    VECTOR,
    WANTED,
    aggregated,
    applied,
)
from sutaz_tui.simulator.promql_values import (
    COMPARISONS,
    Expression,
    Labels,
    Matcher,
    PromQlError,
    Samples,
    Value,
    as_vector,
    combine,
    distinct,
)

BINDING = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(COMPARISONS, 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
    "^": 7,
}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?(?![\w.]))"
    r'|(?P<string>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`)'
    r"|(?P<name>[a-zA-Z_:][\w:]*)|(?P<range>\[[^\[\]]*\])|(?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^(){},=<>@])"
    r"|(?P<duration>\d+\w+))"
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")


@dataclass(slots=True)
class Parser:
    """Recursive descent; `at` is epoch seconds."""

    text: str
    samples: Samples
    at: float = 0.0
    place: int = field(default=0, init=False)

    def evaluate(self) -> Value:
        """The value of the whole query at that moment; raises PromQlError."""
        return self.parse(SCALAR, VECTOR).value(self.at)

    def parse(self, *kinds: str) -> Expression:
        """The whole query, of one of these types; raises PromQlError."""
        if not self.text.strip():
            raise self._error("no expression found in input", 0)
        found = self._binary(0)
        if self._peek() is not None:
            raise self._unexpected("")
        if kinds and found.kind not in kinds:
            words = (
                f'invalid expression type "{found.kind}" for range query, must be Scalar or instant Vector'
            )
            raise PromQlError(words)
        return found

    # Tokens

    def _match(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.place)

    def _start(self) -> int:
        return self.place + len(self.text[self.place :]) - len(self.text[self.place :].lstrip())

    def _peek(self) -> str | None:
        found = self._match()
        if found is None:
            return self.text[self.place :].strip()[:1] or None
        return found[0].strip()

    def _next(self) -> str:
        found = self._match()
        if found is None:
            rest = self.text[self.place :].strip()
            if not rest:
                raise self._error("unexpected end of input")
            quoted = rest[0] in "\"'`"
            raise self._error(
                "unterminated quoted string" if quoted else f"unexpected character: {rest[0]!r}",
                self._start(),
            )
        self.place = found.end()
        return found[0].strip()

    def _expect(self, sign: str, inside: str, expected: str) -> None:
        if self._peek() != sign:
            raise self._unexpected(inside, expected)
        self._next()

    def _unexpected(self, inside: str, expected: str = "") -> PromQlError:
        found = self._match()
        start, word = self._start(), self._peek()
        if word == ")" and not inside:
            return self._error("unexpected right parenthesis ')'", start + 1)
        if word is None:
            what = "unexpected end of input"
        elif found is None:
            self._next()  # which says what is wrong with it
            raise AssertionError(word)
        else:
            kind = str(found.lastgroup)
            what = {"name": f'unexpected identifier "{word}"', "string": f"unexpected string {word}"}.get(
                kind, f'unexpected {"number " if kind == "number" else ""}"{word}"'
            )
        where = f" {inside}" if inside else ""
        return self._error(f"{what}{where}" + (f", expected {expected}" if expected else ""), start)

    def _error(self, words: str, place: int | None = None) -> PromQlError:
        return PromQlError(f"1:{(self.place if place is None else place) + 1}: parse error: {words}")

    # Expressions

    def _binary(self, least: int) -> Expression:
        left = self._unary()
        while (sign := self._peek()) is not None and BINDING.get(sign, 0) > least:
            place = self._start()
            self._next()
            as_bool = self._peek() == "bool"
            if as_bool:
                self._next()
            only: tuple[str, ...] | None = None
            but: tuple[str, ...] = ()
            if (word := self._peek()) in ("on", "ignoring"):
                self._next()
                names = tuple(self._names())
                only, but = (names, ()) if word == "on" else (None, names)
                if self._peek() in ("group_left", "group_right"):
                    raise self._error("many-to-one matching is not simulated")
            # A power binds to the right.
            right = self._binary(BINDING[sign] - (sign == "^"))
            left = self._combined(sign, place, left, right, as_bool, only, but)
        return left

    def _combined(
        self,
        sign: str,
        place: int,
        left: Expression,
        right: Expression,
        as_bool: bool,
        only: tuple[str, ...] | None,
        but: tuple[str, ...],
    ) -> Expression:
        for side in (left, right):
            if side.kind not in (SCALAR, VECTOR):
                raise self._error(
                    "binary expression must contain only scalar and instant vector types", side.place
                )
        if sign in ("and", "or", "unless") and SCALAR in (left.kind, right.kind):
            raise self._error(f'set operator "{sign}" not allowed in binary scalar expression', left.place)
        are_scalars = left.kind == right.kind == SCALAR
        if are_scalars and sign in COMPARISONS and not as_bool:
            raise self._error("comparisons between scalars must use BOOL modifier", place)
        one, other = left.value, right.value
        kind = SCALAR if are_scalars else VECTOR
        return Expression(kind, left.place, lambda at: combine(sign, one(at), other(at), as_bool, only, but))

    def _unary(self) -> Expression:
        if self._peek() in ("-", "+"):
            start, sign = self._start(), self._next()
            inner = self._binary(BINDING["*"])
            if inner.kind not in (SCALAR, VECTOR):
                words = f"unary expression only allowed on expressions of type scalar or instant vector, got {inner.kind!r}"
                raise self._error(words, start)
            if sign == "+":
                return inner
            return Expression(inner.kind, start, lambda at: combine("*", inner.value(at), -1.0, False))
        return self._primary()

    def _primary(self) -> Expression:
        found, start = self._match(), self._start()
        if self._peek() == "(":
            self._next()
            inner = self._binary(0)
            if self._peek() is None:
                raise self._error("unclosed left parenthesis")
            self._expect(")", "", "")
            return inner
        if found is not None and found["number"]:
            number = float(self._next())
            return Expression(SCALAR, start, lambda _: number)
        if found is not None and found["string"]:
            self._next()
            return Expression(STRING, start, lambda _: math.nan)
        if self._peek() == "{":
            return self._selector("", start)
        if found is None or not found["name"]:
            raise self._unexpected("")
        name = self._next()
        if name in (*AGGREGATIONS, *RANKED) and self._peek() in ("(", "by", "without"):
            return self._aggregation(name, start)
        if self._peek() == "(":
            return self._function(name, start)
        if name.lower() in ("inf", "nan"):
            number = float(name)
            return Expression(SCALAR, start, lambda _: number)
        return self._selector(name, start)

    def _aggregation(self, name: str, start: int) -> Expression:
        how, names = self._grouping()
        self._expect("(", "in aggregation", '"("')
        rank = self._binary(0) if name in RANKED else None
        if rank is not None:
            self._typed(rank, SCALAR, "aggregation expression")
            self._expect(",", "in aggregation", '","')
        inner = self._binary(0)
        if inner.kind != VECTOR:
            words = f"expected type instant vector in aggregation expression, got {inner.kind}"
            raise self._error(words, inner.place)
        if self._peek() is None:
            raise self._error("unclosed left parenthesis")
        self._expect(")", "in aggregation", '")"')
        if not how:
            how, names = self._grouping()

        kept = tuple(names)
        of = rank.value if rank is not None else None

        def value(at: float) -> Value:
            limit = of(at) if of is not None else 0.0
            assert isinstance(limit, float)
            return aggregated(name, how, kept, as_vector(inner.value(at)), limit)

        return Expression(VECTOR, start, value)

    def _grouping(self) -> tuple[str, list[str]]:
        if self._peek() in ("by", "without"):
            return self._next(), self._names()
        return "", []

    def _names(self) -> list[str]:
        self._expect("(", "in grouping opts", '"("')
        names: list[str] = []
        while self._peek() != ")":
            found = self._match()
            if found is None or not found["name"]:
                raise self._unexpected("in grouping opts", "label")
            names.append(self._next())
            if self._peek() not in (",", ")"):
                raise self._unexpected("in grouping opts", '"," or ")"')
            if self._peek() == ",":
                self._next()
        self._next()
        return names

    def _function(self, name: str, start: int) -> Expression:
        if name not in WANTED:
            raise self._error(f'unknown function with name "{name}"', start)
        self._expect("(", "", "")
        given: list[Expression] = []
        while self._peek() != ")":
            given.append(self._binary(0))
            if self._peek() == ",":
                self._next()
            elif self._peek() is None:
                raise self._error("unclosed left parenthesis")
            elif self._peek() != ")":
                raise self._unexpected("")
        self._next()
        return self._called(name, start, given)

    def _called(self, name: str, start: int, given: list[Expression]) -> Expression:
        what = f'call to function "{name}"'
        wanted = WANTED[name]
        least = len(wanted)
        if name == "round" and len(given) == 2:
            wanted = (VECTOR, SCALAR)
        if len(given) != len(wanted):
            words = f"expected {least} argument(s) in {what}, got {len(given)}"
            raise self._error(words, start)
        for each, kind in zip(given, wanted, strict=True):
            self._typed(each, kind, what)
        if name == "time":
            return Expression(SCALAR, start, lambda at: at)
        if name in RANGE_FUNCTIONS:
            one, samples = given[0], self.samples
            matches = one.matches
            assert matches is not None
            keeps_name = name == "last_over_time"

            def ranged(at: float) -> Value:
                found = samples.over(name, matches, at - one.offset, one.seconds)
                return found if keeps_name else distinct(found)

            return Expression(VECTOR, start, ranged)
        values = [each.value for each in given]
        kind = SCALAR if name == "scalar" else VECTOR
        return Expression(kind, start, lambda at: applied(name, [value(at) for value in values]))

    def _typed(self, given: Expression, kind: str, what: str) -> None:
        if given.kind != kind:
            raise self._error(f"expected type {kind} in {what}, got {given.kind}", given.place)

    # Selectors

    def _selector(self, name: str, start: int) -> Expression:
        matches = self._matchers(name, start)
        seconds = self._range()
        offset = 0.0
        if self._peek() == "offset":
            self._next()
            found = self._match()
            if found is None or not found["duration"]:
                raise self._unexpected("in offset", "duration")
            offset = self._duration(self._next(), self.place)
        samples = self.samples
        if seconds:
            return Expression(RANGE, start, lambda _: math.nan, matches, seconds, offset)
        return Expression(VECTOR, start, lambda at: samples.select(matches, at - offset), matches)

    def _range(self) -> float:
        found = self._match()
        if found is None or not found["range"]:
            return 0.0
        start, words = self._start(), self._next()[1:-1].strip()
        if ":" in words:
            raise self._error("subqueries are not simulated", start)
        return self._duration(words, start + 1)

    def _duration(self, words: str, place: int) -> float:
        if not _DURATION.fullmatch(words):
            raise self._error(f'bad duration syntax: "{words}"', place)
        return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)(ms|[smhdwy])", words))

    def _matchers(self, name: str, start: int) -> Matcher:
        tests: list[Callable[[Labels], bool]] = []
        written = [name]
        are_empty = not name
        if name:
            tests.append(lambda labels: labels.get("__name__") == name)
        if self._peek() == "{":
            self._next()
            while self._peek() != "}":
                if self._peek() is None:
                    raise self._error("unexpected end of input inside braces")
                before = self.place
                test, is_empty = self._matcher()
                tests.append(test)
                written.append(self.text[before : self.place].strip())
                are_empty = are_empty and is_empty
                if self._peek() not in (",", "}", None):
                    raise self._unexpected("in label matching", '"," or "}"')
                if self._peek() == ",":
                    self._next()
            self._next()
        if are_empty:
            raise self._error("vector selector must contain at least one non-empty matcher", start)
        return Matcher("\0".join(written), tuple(tests))

    def _matcher(self) -> tuple[Callable[[Labels], bool], bool]:
        """A test of labels, and whether what has no such label passes it."""
        found = self._match()
        if found is None or not found["name"]:
            raise self._unexpected("in label matching", 'identifier or "}"')
        key = self._next()
        if self._peek() not in ("=", "!=", "=~", "!~"):
            raise self._unexpected("in label matching", "label matching operator")
        sign, found = self._next(), self._match()
        if found is None or not found["string"]:
            raise self._unexpected("in label matching", "string")
        start, quoted = self._start(), self._next()
        value = quoted[1:-1] if quoted[0] == "`" else re.sub(r"\\(.)", r"\1", quoted[1:-1])
        if sign in ("=~", "!~"):
            try:
                pattern = re.compile(value)
            except re.error as error:
                raise self._error(f"error parsing regexp: {error.msg}: `{value}`", start) from None
            return (
                lambda labels: (pattern.fullmatch(labels.get(key, "")) is not None) == (sign == "=~"),
                (pattern.fullmatch("") is not None) == (sign == "=~"),
            )
        return lambda labels: (labels.get(key, "") == value) == (sign == "="), (not value) == (sign == "=")
