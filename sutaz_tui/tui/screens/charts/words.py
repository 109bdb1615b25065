"""How values of a chart are written: short beside its axis, exact in its legend."""

import math
from collections.abc import Callable

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import duration
from sutaz_tui.wiring.charts import Drawn
from widgets.chart_axes import number_words
from widgets.line_chart import NO_DATA, Series
from widgets.line_charts import Chart

Write = Callable[[float], str]


def short(unit: str) -> Write:
    """What writes a value beside an axis."""
    return {"s": _duration, "%": _percent, "B": _bytes}.get(unit, number_words)


def exact(unit: str) -> Write:
    """What writes a value with all the digits that matter."""

    def write(value: float) -> str:
        if not math.isfinite(value):
            return "+Inf" if value > 0 else "-Inf"
        if unit == "s":
            return f"{value * 1000:,.4g} ms" if abs(value) < 1 else f"{value:,.4g} s"
        if unit == "B":
            return _bytes(value)
        whole = value == int(value) and abs(value) < 1e15
        number = f"{value:,.0f}" if whole else f"{value:,.4g}"
        return f"{number} %" if unit == "%" else f"{number}{unit}"

    return write


def chart_of(drawn: Drawn, step: int, below: str = "") -> Chart:
    """A chart as the widget takes it; `below` stands in it where its trouble is told in full below."""
    more = f"  +{drawn.more:,} series not drawn" if drawn.more else ""
    return Chart(
        tuple(Series(line.name, line.points, step) for line in drawn.lines),
        short(drawn.unit),
        drawn.threshold,
        f"{drawn.title}{more}",
        (drawn.trouble and below) or drawn.trouble or NO_DATA,
        exact(drawn.unit),
    )


def has_values(drawn: Drawn) -> bool:
    """Whether there is anything to draw."""
    return any(value is not None for line in drawn.lines for _, value in line.points)


def pointed(query: str, column: int, words: str) -> list[str]:
    """A query with what is wrong with it below its place, where the server told it; else the words alone."""
    if not 1 <= column <= len(query) + 1 or len(query) > 400:
        return [one_line(words, 300)]
    first = max(0, column - 60)
    shown = one_line(query[first : first + 110], 110)
    return [shown, f"{' ' * min(len(shown), column - 1 - first)}^ {one_line(words, 300)}"]


def _duration(value: float) -> str:
    return "0" if value == 0 else duration(value) if value >= 0.001 else f"{number_words(value * 1e6)} us"


def _percent(value: float) -> str:
    return f"{number_words(value)} %"


def _bytes(value: float) -> str:
    words = number_words(value)
    return f"{words[:-1]} {words[-1]}B" if words[-1:].isalpha() else f"{words} B"
