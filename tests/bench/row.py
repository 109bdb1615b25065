"""One line of the report, and how its figure is worked out of several runs."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `figure` None: it could not be measured, `against` then says why. `bound` None: for information."""

    name: str
    figure: float | None
    unit: str
    bound: float | None
    against: str

    @property
    def verdict(self) -> str:
        """How the figure stands to its bound."""
        if self.figure is None:
            return "not measured"
        if self.bound is None:
            return ""
        return "ok" if self.figure <= self.bound else "MISSED"

    def cells(self) -> tuple[str, str, str, str, str]:
        """The row in words, in the order of `HEADING`."""
        figure = "-" if self.figure is None else _number(self.figure, self.unit)
        bound = "" if self.bound is None else "<= " + _number(self.bound, self.unit)
        return self.name, figure, bound, self.verdict, self.against


HEADING = ("name", "figure", "bound", "verdict", "measured against")


def table(rows: list[Row]) -> str:
    """The rows under their heading, in columns."""
    lines = [HEADING, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADING) - 1)]
    return "\n".join(
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)), line[-1]])
        for line in lines
    )


def interleaved(runs: int, cases: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each case; every run measures all cases one after the other, so that noise hits them alike."""
    figures: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(runs):
        for name, measure in cases.items():
            figures[name].append(measure())
    return {name: statistics.median(values) for name, values in figures.items()}


def _number(value: float, unit: str) -> str:
    words = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{words} {unit}"
