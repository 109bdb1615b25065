"""The functions and aggregations of PromQL that are simulated: of what they are made, and what they give."""

import math
from collections.abc import Callable

from sutaz_tui.simulator.promql_values import (
    Value,
    Vector,
    as_vector,
    distinct,
    quantiles,
    without_name,
)

SCALAR, VECTOR, RANGE, STRING = "scalar", "instant vector", "range vector", "string"
AGGREGATIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "count": lambda values: float(len(values)),
    "min": min,
    "max": max,
    "avg": lambda values: sum(values) / len(values),
    "group": lambda _: 1.0,
}
RANKED = ("topk", "bottomk", "quantile")
RANGE_FUNCTIONS = (
    *("rate", "irate", "increase", "delta", "deriv", "changes"),
    *(
        "avg_over_time",
        "max_over_time",
        "min_over_time",
        "sum_over_time",
        "count_over_time",
        "last_over_time",
    ),
)
ELEMENTWISE: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round,
    "sqrt": math.sqrt,
    "sort": float,
    "sort_desc": float,
}
WANTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RANGE_FUNCTIONS, (RANGE,)),
    **dict.fromkeys((*ELEMENTWISE, "absent", "scalar"), (VECTOR,)),
    **dict.fromkeys(("clamp_min", "clamp_max"), (VECTOR, SCALAR)),
    "time": (),
    "vector": (SCALAR,),
    "histogram_quantile": (SCALAR, VECTOR),
}
"""The types of what each function is given."""


def aggregated(name: str, how: str, names: tuple[str, ...], found: Vector, limit: float) -> Vector:
    """What an aggregation gives, `by` labels or `without` them; `limit` is the number of topk and its like."""
    groups: dict[tuple[tuple[str, str], ...], Vector] = {}
    for labels, number in found:
        kept = {key: labels[key] for key in names if key in labels}
        if how == "without":
            kept = {key: each for key, each in labels.items() if key not in names and key != "__name__"}
        groups.setdefault(tuple(sorted(kept.items())), []).append((labels, number))
    if name in RANKED:
        return [one for key, group in groups.items() for one in _ranked(name, limit, key, group)]
    change = AGGREGATIONS[name]
    return [(dict(key), float(change([number for _, number in group]))) for key, group in groups.items()]


def _ranked(name: str, number: float, key: tuple[tuple[str, str], ...], group: Vector) -> Vector:
    if name == "quantile":
        values = sorted(value for _, value in group)
        rank = number * (len(values) - 1)
        low = min(len(values) - 1, max(0, math.floor(rank)))
        high = min(len(values) - 1, low + 1)
        return [(dict(key), values[low] + (values[high] - values[low]) * (rank - low))]
    ordered = sorted(group, key=lambda one: one[1], reverse=name == "topk")
    return ordered[: max(0, int(number))]


def applied(name: str, given: list[Value]) -> Value:
    """What a function of instant vectors and scalars gives."""
    if name == "histogram_quantile":
        share, buckets = given
        assert isinstance(share, float)
        return quantiles(share, as_vector(buckets))
    found = as_vector(given[0])
    if name == "absent":
        return [] if found else [({}, 1.0)]
    if name == "vector":
        return found
    if name == "scalar":
        return found[0][1] if len(found) == 1 else math.nan
    if name in ("clamp_min", "clamp_max"):
        limit, pick = given[1], max if name == "clamp_min" else min
        assert isinstance(limit, float)
        return distinct([(without_name(labels), pick(number, limit)) for labels, number in found])
    if name.startswith("sort"):
        return sorted(found, key=lambda one: one[1], reverse=name == "sort_desc")
    change = ELEMENTWISE[name]
    return distinct([(without_name(labels), float(change(number))) for labels, number in found])
