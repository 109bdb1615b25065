"""Values of PromQL, and what its operators and histogram_quantile() make of them."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Labels = dict[str, str]
Vector = list[tuple[Labels, float]]
Value = Vector | float


class PromQlError(ValueError):
    """A query that Prometheus refuses, in its words; `parameter` is the one at fault, "" for what fails as it is run."""

    def __init__(self, words: str, parameter: str = "query") -> None:
        super().__init__(words, parameter)
        self.words = words
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which series a selector lets through; `text` is how it was written, the same for the same series."""

    text: str
    tests: tuple[Callable[[Labels], bool], ...]

    def __call__(self, labels: Labels) -> bool:
        return all(test(labels) for test in self.tests)


class Samples(Protocol):
    """Where the values come from."""

    def select(self, matches: Matcher, at: float) -> Vector:
        """The series whose labels (with `__name__`) match, at a time."""

    def over(self, function: str, matches: Matcher, at: float, seconds: float) -> Vector:
        """What a function of a range gives for each series."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A part of a query: of which type it is, where it begins, and its value at a moment; a range has its selector."""

    kind: str
    place: int
    value: Callable[[float], Value]
    matches: Matcher | None = None
    seconds: float = 0.0
    offset: float = 0.0


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


def distinct(found: Vector) -> Vector:
    """These series, of which no two have the same labels."""
    if len({_all(labels) for labels, _ in found}) != len(found):
        raise PromQlError("vector cannot contain metrics with the same labelset", "")
    return found


def combine(
    sign: str,
    left: Value,
    right: Value,
    as_bool: bool,
    only: tuple[str, ...] | None = None,
    but: tuple[str, ...] = (),
) -> Value:
    """A binary operator over scalars and vectors; vectors are matched by all their labels, `only` some, or all `but` some."""

    def key(labels: Labels) -> tuple[tuple[str, str], ...]:
        if only is not None:
            return tuple((name, labels[name]) for name in only if labels.get(name))
        return _key(labels) if not but else tuple(pair for pair in _key(labels) if pair[0] not in but)

    if sign in ("and", "or", "unless"):
        mine, theirs = [{key(labels) for labels, _ in as_vector(side)} for side in (left, right)]
        if sign == "or":
            return as_vector(left) + [pair for pair in as_vector(right) if key(pair[0]) not in mine]
        return [pair for pair in as_vector(left) if (key(pair[0]) in theirs) == (sign == "and")]
    if isinstance(left, float) and isinstance(right, float):
        return float(COMPARISONS[sign](left, right)) if sign in COMPARISONS else ARITHMETIC[sign](left, right)
    if isinstance(right, float):
        pairs = [(labels, number, right, number) for labels, number in as_vector(left)]
    elif isinstance(left, float):
        pairs = [(labels, left, number, number) for labels, number in right]
    else:
        pairs = _matched(left, right, key)
    if sign in COMPARISONS and not as_bool:
        return [(labels, kept) for labels, one, other, kept in pairs if COMPARISONS[sign](one, other)]
    made = [
        (
            without_name(labels) if only is None and not but else dict(key(labels)),
            float(COMPARISONS[sign](one, other)) if sign in COMPARISONS else ARITHMETIC[sign](one, other),
        )
        for labels, one, other, _ in pairs
    ]
    return distinct(made)


def _matched(
    left: Vector, right: Vector, key: Callable[[Labels], tuple[tuple[str, str], ...]]
) -> list[tuple[Labels, float, float, float]]:
    others: dict[tuple[tuple[str, str], ...], float] = {}
    for labels, number in right:
        if key(labels) in others:
            words = "found duplicate series for the match group on the right hand-side of the operation"
            raise PromQlError(
                f"{words}: many-to-many matching not allowed: matching labels must be unique on one side", ""
            )
        others[key(labels)] = number
    pairs = [
        (labels, number, others[key(labels)], number) for labels, number in left if key(labels) in others
    ]
    if len({key(labels) for labels, *_ in pairs}) != len(pairs):
        words = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
        raise PromQlError(words, "")
    return pairs


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(without_name(labels).items()))


def _all(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
