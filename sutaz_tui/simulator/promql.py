"""As much of PromQL as a monitor and the shipped dashboards ask, evaluated over scraped samples."""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Labels = dict[str, str]
Vector = list[tuple[Labels, float]]
Value = Vector | float

AGGREGATIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "count": lambda values: float(len(values)),
    "min": min,
    "max": max,
    "avg": lambda values: sum(values) / len(values),
    "group": lambda _: 1.0,
}
RANGE_FUNCTIONS = ("rate", "irate", "increase", "delta", "avg_over_time", "max_over_time", "min_over_time")
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.nan if a == 0 else math.copysign(math.inf, a),
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
    "^": operator.pow,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
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
}
ELEMENTWISE: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round,
    "sqrt": math.sqrt,
}
_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]))|(?P<string>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')'
    r"|(?P<name>[a-zA-Z_:][\w:]*)|(?P<range>\[\s*\w+\s*(?::\s*\w*\s*)?\])|(?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^(){},=<>])"
    r"|(?P<duration>\d+\w+))"
)


class PromQlError(ValueError):
    """A query that Prometheus refuses, in its words."""


class Samples(Protocol):
    """Where the values come from."""

    def select(self, matches: Callable[[Labels], bool], at: float) -> Vector:
        """The series whose labels (with `__name__`) match, at a time."""

    def over(self, function: str, matches: Callable[[Labels], bool], at: float, seconds: float) -> Vector:
        """What a function of a range gives for each series."""


@dataclass(slots=True)
class Parser:
    """Recursive descent that evaluates as it reads; `at` is epoch seconds."""

    text: str
    samples: Samples
    at: float
    place: int = 0

    def evaluate(self) -> Value:
        """The value of the whole query; raises PromQlError."""
        if not self.text.strip():
            raise PromQlError("unknown position: parse error: no expression found in input")
        value = self._binary(0)
        if self._peek() is not None:
            raise self._error(f"unexpected {self._peek()!r}")
        return value

    def _match(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.place)

    def _peek(self) -> str | None:
        found = self._match()
        if found is None:
            rest = self.text[self.place :].strip()
            return rest[:1] or None
        return found[0].strip()

    def _next(self) -> str:
        found = self._match()
        if found is None:
            raise self._error(
                "unexpected end of input" if not self.text[self.place :].strip() else "unexpected character"
            )
        self.place = found.end()
        return found[0].strip()

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._error(f"unexpected {self._peek() or 'end of input'}, expected {sign!r}")
        self._next()

    def _error(self, words: str) -> PromQlError:
        return PromQlError(f"1:{self.place + 1}: parse error: {words}")

    def _binary(self, least: int) -> Value:
        left = self._unary()
        while (sign := self._peek()) is not None and BINDING.get(sign, 0) > least:
            self._next()
            as_bool = self._peek() == "bool"
            if as_bool:
                self._next()
            if self._peek() in ("on", "ignoring"):
                self._next()
                self._names()
            left = combine(sign, left, self._binary(BINDING[sign]), as_bool)
        return left

    def _unary(self) -> Value:
        if self._peek() in ("-", "+"):
            sign = self._next()
            value = self._unary()
            return value if sign == "+" else combine("*", value, -1.0, False)
        return self._primary()

    def _primary(self) -> Value:
        found = self._match()
        if self._peek() == "(":
            self._next()
            value = self._binary(0)
            self._expect(")")
            return value
        if found is not None and found["number"]:
            return float(self._next())
        if self._peek() == "{":
            return self._selector("")
        if found is None or not found["name"]:
            raise self._error(f"unexpected {self._peek() or 'end of input'}")
        name = self._next()
        if name in AGGREGATIONS and self._peek() in ("(", "by", "without"):
            return self._aggregation(name)
        if self._peek() == "(":
            return self._function(name)
        return self._selector(name)

    def _aggregation(self, name: str) -> Value:
        how, names = self._grouping()
        self._expect("(")
        value = self._binary(0)
        self._expect(")")
        if not how:
            how, names = self._grouping()
        groups: dict[tuple[tuple[str, str], ...], list[float]] = {}
        for labels, number in as_vector(value):
            kept = {key: labels[key] for key in names if key in labels}
            if how == "without":
                kept = {key: each for key, each in labels.items() if key not in names and key != "__name__"}
            groups.setdefault(tuple(sorted(kept.items())), []).append(number)
        return [(dict(key), AGGREGATIONS[name](values)) for key, values in groups.items()]

    def _grouping(self) -> tuple[str, list[str]]:
        if self._peek() in ("by", "without"):
            return self._next(), self._names()
        return "", []

    def _names(self) -> list[str]:
        self._expect("(")
        names = []
        while self._peek() != ")":
            names.append(self._next())
            if self._peek() == ",":
                self._next()
        self._expect(")")
        return names

    def _function(self, name: str) -> Value:
        self._expect("(")
        if name in RANGE_FUNCTIONS:
            metric = self._next() if self._peek() != "{" else ""
            matches = self._matchers(metric)
            value: Value = self.samples.over(name, matches, self.at, self._range())
        elif name == "time":
            value = self.at
        elif name == "histogram_quantile":
            share = self._binary(0)
            if not isinstance(share, float):
                raise self._error("expected type scalar in call to function 'histogram_quantile'")
            self._expect(",")
            value = quantiles(share, as_vector(self._binary(0)))
        elif name in ("absent", "vector", "scalar", *ELEMENTWISE):
            value = self._simple(name, self._binary(0))
            while self._peek() == ",":
                self._next()
                self._binary(0)
        else:
            raise self._error(f"unknown function with name {name!r}")
        self._expect(")")
        return value

    def _simple(self, name: str, inner: Value) -> Value:
        if name == "absent":
            return [] if as_vector(inner) else [({}, 1.0)]
        if name == "vector":
            return as_vector(inner)
        if name == "scalar":
            found = as_vector(inner)
            return found[0][1] if len(found) == 1 else math.nan
        change = ELEMENTWISE[name]
        if isinstance(inner, float):
            return float(change(inner))
        return [(without_name(labels), float(change(number))) for labels, number in inner]

    def _range(self) -> float:
        found = self._match()
        if found is None or not found["range"]:
            raise self._error("expected type range vector in call to function, got instant vector")
        words = self._next()[1:-1].split(":")[0].strip()
        units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
        parts = re.findall(r"(\d+)(ms|[smhdw])", words)
        if not parts:
            raise self._error(f"not a valid duration string: {words!r}")
        return float(sum(int(number) * units[unit] for number, unit in parts))

    def _selector(self, name: str) -> Vector:
        matches = self._matchers(name)
        if (found := self._match()) is not None and found["range"]:
            raise self._error("range vectors are only taken by functions")
        return self.samples.select(matches, self.at)

    def _matchers(self, name: str) -> Callable[[Labels], bool]:
        tests: list[Callable[[Labels], bool]] = []
        if name:
            tests.append(lambda labels: labels.get("__name__") == name)
        if self._peek() == "{":
            self._next()
            while self._peek() != "}":
                if self._peek() is None:
                    raise self._error("unexpected end of input inside braces")
                tests.append(self._matcher())
                if self._peek() == ",":
                    self._next()
            self._next()
        return lambda labels: all(test(labels) for test in tests)

    def _matcher(self) -> Callable[[Labels], bool]:
        key, sign = self._next(), self._next()
        quoted = self._next()
        if sign not in ("=", "!=", "=~", "!~") or quoted[:1] not in ('"', "'"):
            raise self._error("unexpected token inside braces, expected a label matcher")
        value = re.sub(r"\\(.)", r"\1", quoted[1:-1])
        if sign in ("=~", "!~"):
            pattern = re.compile(value)
            return lambda labels: (pattern.fullmatch(labels.get(key, "")) is not None) == (sign == "=~")
        return lambda labels: (labels.get(key, "") == value) == (sign == "=")


def as_vector(value: Value) -> Vector:
    return [({}, value)] if isinstance(value, float) else value


def quantiles(share: float, buckets: Vector) -> Vector:
    """Of each classic histogram the value below which this share of it lies, within a bucket by straight lines."""
    found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for labels, number in buckets:
        if "le" in labels:
            rest = {key: each for key, each in labels.items() if key != "le"}
            found.setdefault(_key(rest), []).append((float(labels["le"]), number))
    return [(dict(key), _quantile(share, sorted(bounds))) for key, bounds in found.items()]


def _quantile(share: float, bounds: list[tuple[float, float]]) -> float:
    total = bounds[-1][1]
    if len(bounds) < 2 or bounds[-1][0] != math.inf or not total:
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    rank = share * total
    at = next(number for number, (_, count) in enumerate(bounds) if count >= rank)
    if at == len(bounds) - 1:
        return bounds[-2][0]
    low, below = bounds[at - 1] if at else (0.0, 0.0)
    high, count = bounds[at]
    return high if high <= 0 or count == below else low + (high - low) * (rank - below) / (count - below)


def without_name(labels: Labels) -> Labels:
    return {key: value for key, value in labels.items() if key != "__name__"}


def combine(sign: str, left: Value, right: Value, as_bool: bool) -> Value:
    """A binary operator over scalars and vectors; vectors are matched by all their labels."""
    if sign in ("and", "or", "unless"):
        return _sets(sign, as_vector(left), as_vector(right))
    if isinstance(left, float) and isinstance(right, float):
        return float(COMPARISONS[sign](left, right)) if sign in COMPARISONS else ARITHMETIC[sign](left, right)
    if isinstance(right, float):
        pairs = [(labels, number, right, number) for labels, number in as_vector(left)]
    elif isinstance(left, float):
        pairs = [(labels, left, number, number) for labels, number in right]
    else:
        others = {_key(labels): number for labels, number in right}
        pairs = [
            (labels, number, others[_key(labels)], number)
            for labels, number in left
            if _key(labels) in others
        ]
    if sign in ARITHMETIC:
        return [(without_name(labels), ARITHMETIC[sign](one, other)) for labels, one, other, _ in pairs]
    if as_bool:
        return [
            (without_name(labels), float(COMPARISONS[sign](one, other))) for labels, one, other, _ in pairs
        ]
    return [(labels, kept) for labels, one, other, kept in pairs if COMPARISONS[sign](one, other)]


def _sets(sign: str, left: Vector, right: Vector) -> Vector:
    mine, theirs = {_key(labels) for labels, _ in left}, {_key(labels) for labels, _ in right}
    if sign == "or":
        return left + [pair for pair in right if _key(pair[0]) not in mine]
    return [pair for pair in left if (_key(pair[0]) in theirs) == (sign == "and")]


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(without_name(labels).items()))
