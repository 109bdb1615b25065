"""A log's histogram: a row of columns each for all lines, warnings and errors, over one axis of time."""

from collections.abc import Sequence

from widgets.chart_axes import number_words, time_ticks
from widgets.log_view import LogRow
from widgets.sparkline import BLOCKS
from widgets.width import cut, width_of

LEAD = 12
"""Cells before the columns: the name of a row and its highest value."""

ROWS = (("all", ""), ("warn", "level-warn"), ("error", "level-error"))


def room(width: int) -> int:
    """How many columns a histogram of this width has."""
    return max(1, width - LEAD - 1)


def histogram_rows(
    counts: Sequence[Sequence[int]],
    starts: Sequence[float],
    width: int,
    cursor: int | None = None,
    marks: Sequence[int] = (),
    unread: int = 0,
) -> list[LogRow]:
    """Rows of `counts` (all, warnings, errors), one column a count, each row by its own highest value; then the axis.

    `starts` are when the columns begin, Unix seconds, with the end behind them. `marks` are columns in which something
    changed, `cursor` is the one that is looked at; the first `unread` are not counted yet.
    """
    columns = min(len(starts) - 1, room(width))
    rows = [
        _row(name, role, values[-columns:], cursor, unread)
        for (name, role), values in zip(ROWS, counts, strict=True)
    ]
    if marks:
        line = "".join("^" if place in marks else " " for place in range(columns))
        rows.append((("  changes   ", "muted"), (line, "mark")))
    rows.append(_axis(starts[-columns - 1 :], columns))
    return rows


def _row(name: str, role: str, values: Sequence[int], cursor: int | None, unread: int) -> LogRow:
    top = max(values, default=0)
    lead = f"  {name:<5}{number_words(top):>4} "
    pieces: list[tuple[str, str]] = [(lead, "muted")]
    text = "".join("." if place < unread else _column(value, top) for place, value in enumerate(values))
    if cursor is None or not 0 <= cursor < len(text):
        return (*pieces, (text, role))
    here = text[cursor] if text[cursor] != " " else "."
    return (*pieces, (text[:cursor], role), (here, "selected"), (text[cursor + 1 :], role))


def _column(value: int, top: int) -> str:
    if not value:
        return " "
    return BLOCKS[max(1, round(value / top * (len(BLOCKS) - 1)))]


def _axis(starts: Sequence[float], columns: int) -> LogRow:
    """Times below the columns in which they stand."""
    line = ""
    span = starts[-1] - starts[0]
    for at, words in time_ticks(starts[0], starts[-1], max(2, columns // 12)):
        place = LEAD + int((at - starts[0]) / span * columns) if span > 0 else LEAD
        if width_of(line) < place and place + width_of(words) <= LEAD + columns:
            line = line.ljust(place) + words
    return ((cut(line, LEAD + columns), "muted"),)
