"""Vectors kept in memory and searched by brute force, for the three vector stores."""

import math
from dataclasses import dataclass, field
from typing import Any

Vector = list[float]


@dataclass(slots=True)
class Point:
    """One vector with what came beside it."""

    id: Any
    vector: Vector
    payload: Any = None
    document: str | None = None


@dataclass(slots=True)
class Collection:
    """A named set of points of one dimension; `metric` is `l2`, `cosine` or `dot`."""

    name: str
    dimension: int | None
    metric: str
    id: str = ""
    metadata: Any = None
    points: dict[Any, Point] = field(default_factory=dict)

    def nearest(self, vector: Vector, count: int) -> list[tuple[float, Point]]:
        """The closest points with their score: a distance for `l2`, a likeness for the others."""
        scored = [(score(self.metric, vector, point.vector), point) for point in self.points.values()]
        scored.sort(key=lambda pair: pair[0], reverse=self.metric != "l2")
        return scored[:count]


def score(metric: str, one: Vector, other: Vector) -> float:
    """Squared distance for `l2`, else the cosine or the product."""
    if metric == "l2":
        return sum((a - b) ** 2 for a, b in zip(one, other, strict=False))
    product = sum(a * b for a, b in zip(one, other, strict=False))
    if metric == "dot":
        return product
    size = math.sqrt(sum(a * a for a in one)) * math.sqrt(sum(b * b for b in other))
    return product / size if size else 0.0
