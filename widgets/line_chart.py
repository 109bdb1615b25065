"""A chart of several series over time: legend, round axes, a cursor with values, gaps where nothing was measured."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago
from widgets.chart_axes import Scale, number_words, scale_for, time_ticks
from widgets.chart_canvas import SIGNS, Canvas, Cells
from widgets.pieces import Piece, plain, span
from widgets.width import fit, fit_right, width_of

COLOURS = 8
LOOKS = (*(f"series-{number}" for number in range(COLOURS)), "heading", "muted", "cursor", "warn")
LEGEND_LINES = 3
NAME = 40
LEAST_LABEL = 5
NO_DATA = "no data in this span"


class Series(Struct, frozen=True):
    """One line of a chart.

    `points` are Unix seconds and values in order of time, None where nothing was measured; two points further apart than
    one and a half `step` (seconds, 0: any distance) have a gap between them.
    """

    name: str
    points: Sequence[tuple[float, float | None]]
    step: float = 0

    def at(self, moment: float) -> float | None:
        """The value that was measured nearest to a moment, None where there was none within a step."""
        points = self.points
        after = bisect_left(points, moment, key=lambda point: point[0])
        near = points[max(0, after - 1) : after + 1]
        if not near:
            return None
        at, value = min(near, key=lambda point: abs(point[0] - moment))
        return value if not self.step or abs(at - moment) <= self.step else None


class LineChart(Widget, can_focus=True):
    """Shows series from `start` to `end`; what does not differ is not painted again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    LineChart { height: 1fr; }
    LineChart > .chart--series-0 { color: $text-primary; }
    LineChart > .chart--series-1 { color: $text-success; }
    LineChart > .chart--series-2 { color: $text-warning; }
    LineChart > .chart--series-3 { color: $text-error; }
    LineChart > .chart--series-4 { color: $text-accent; }
    LineChart > .chart--series-5 { color: $text-secondary; }
    LineChart > .chart--series-6 { color: $foreground; }
    LineChart > .chart--series-7 { color: $text-muted; }
    LineChart > .chart--heading { text-style: bold; }
    LineChart > .chart--muted { color: $text-muted; }
    LineChart > .chart--warn { color: $text-warning; }
    LineChart > .chart--cursor { color: $text-primary; text-style: bold; }
    """

    def __init__(
        self,
        cells: Cells = Cells.BRAILLE,
        write: Callable[[float], str] = number_words,
        id: str | None = None,
        label: int = LEAST_LABEL,
        tells_last: bool = False,
        more: str = "",
    ) -> None:
        super().__init__(id=id)
        self._tells_last = tells_last
        self._more = f" more: {more}" if more else " more"
        self._title = ""
        self._exact = write
        self._label = label
        self._cells = cells
        self._write = write
        self._series: tuple[Series, ...] = ()
        self._given: Sequence[Series] | None = None
        self._start, self._end = 0.0, 1.0
        self._threshold: float | None = None
        self._trouble = ""
        self.is_log = False
        self.cursor: float | None = None
        self._lines: list[tuple[Piece, ...]] = []
        self._made_for = (0, 0)
        self._columns = 1

    def show(
        self,
        series: Sequence[Series],
        start: float,
        end: float,
        threshold: float | None = None,
        trouble: str = "",
        write: Callable[[float], str] | None = None,
        title: str = "",
        exact: Callable[[float], str] | None = None,
    ) -> None:
        """Show these series between two moments (Unix seconds); `trouble` stands in the middle where nothing can be drawn,
        `write` writes the values from here on, `exact` those in the legend, before which stands the title."""
        shown = (tuple(series), start, max(end, start + 1e-3), threshold, trouble, title)
        if series is self._given and shown[1:] == (
            self._start, self._end, self._threshold, self._trouble, self._title
        ):  # fmt: skip
            return
        self._given = series
        self._write = write or self._write
        self._exact = exact or self._write
        self._series, self._start, self._end, self._threshold, self._trouble, self._title = shown
        self._renew()

    def set_log(self, is_log: bool) -> None:
        """Use a logarithmic axis, or a linear one."""
        self.is_log = is_log
        self._renew()

    def move_cursor(self, by: int) -> None:
        """Move the cursor by so many columns; the first key puts it on the newest values."""
        step = (self._end - self._start) / max(1, self._columns - 1)
        at = self._end if self.cursor is None else self.cursor + by * step
        self.set_cursor(min(self._end, max(self._start, at)))

    def set_cursor(self, moment: float | None) -> None:
        """Put the cursor on a moment (Unix seconds), or take it away."""
        self.cursor = moment
        self._renew()

    @property
    def text(self) -> str:
        """The chart as plain lines."""
        return "\n".join(plain(line).rstrip() for line in self._lines)

    def on_resize(self, _: events.Resize) -> None:
        self._renew()

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        if self._made_for != self.size:
            self._make()
        base = self.rich_style
        line = self._lines[y] if y < len(self._lines) else ()
        segments = [
            Segment(text, base + self.get_component_rich_style(f"chart--{look}") if look else base)
            for look, text in line
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    # Drawing

    def _renew(self) -> None:
        before = self._lines
        if not self.size.width or not self.size.height:
            return
        self._make()
        for y, line in enumerate(self._lines):
            if y >= len(before):
                self.refresh(Region(0, y, self.size.width, 1))
                continue
            start, end = span(before[y], line, self.size.width)
            if end > start:
                self.refresh(Region(start, y, end - start, 1))

    def _make(self) -> None:
        width, height = self._made_for = (self.size.width, self.size.height)
        legend = self._legend(width)
        rows = max(1, height - 2 - len(legend))
        start, end = self._start, self._end
        values = [
            value
            for one in self._series
            for at, value in one.points
            if value is not None and start <= at <= end and math.isfinite(value)
        ]
        if any(value > 0 for value in values) if self.is_log else values:
            self._lines = self._plot(values, width, rows)
        else:
            self._lines = self._without_axes(width, rows, "nothing above 0" if values else NO_DATA)
        self._lines += legend
        if self._cells is Cells.ASCII:
            ascii_signs = str.maketrans("┤│└─┴…", "||+-+~")
            self._lines = [
                tuple((look, text.translate(ascii_signs)) for look, text in line) for line in self._lines
            ]

    def _plot(self, values: list[float], width: int, rows: int) -> list[tuple[Piece, ...]]:
        """The series between their axes."""
        most = max(2, min(8, rows // 3 + 1))
        if self._threshold is not None:
            values = [*values, self._threshold]
        scale = scale_for(values, self.is_log, most)
        ticks = scale.ticks(most)
        label = max(self._label, *(width_of(self._write(tick)) for tick in ticks))
        self._columns = columns = max(1, width - label - 2)
        canvas = Canvas.empty(columns, rows, self._cells)
        for number, one in enumerate(self._series):
            canvas.line(number, self._runs(one, scale, canvas))
        labels = {self._row_of(scale, tick, rows): self._write(tick) for tick in ticks}
        return [
            *(
                (
                    ("muted", f"{fit_right(labels.get(row, ''), label)} {'┤' if row in labels else '│'}"),
                    *self._row(canvas, row, scale),
                )
                for row in range(rows)
            ),
            *self._time_axis(label, columns),
        ]

    def _without_axes(self, width: int, rows: int, words: str) -> list[tuple[Piece, ...]]:
        """Why there is nothing to draw, in the middle of as many lines as the chart has with its axis of time."""
        self._columns = max(1, width - self._label - 2)
        lines: list[tuple[Piece, ...]] = [()] * (rows + 2)
        if self._series or self._trouble:
            text = fit(f"  {one_line(self._trouble or words, 200)}", width)
            lines[rows // 2] = (("warn" if self._trouble else "muted", text),)
        return lines

    def _row_of(self, scale: Scale, value: float, rows: int) -> int:
        part = scale.part(value)
        return rows - 1 - round((part if part is not None else 0) * (rows - 1))

    def _runs(self, series: Series, scale: Scale, canvas: Canvas) -> list[tuple[int, int] | None]:
        """For each column of dots the first and last line of the series there; a line goes on between two points."""
        start, end, part_of = self._start, self._end, scale.part
        columns, bottom = canvas.columns, canvas.lines - 1
        found: list[tuple[int, int] | None] = [None] * columns
        to_column = (columns - 1) / (end - start)
        furthest = 1.5 * series.step if series.step else math.inf
        last_column, last_line, last_at = -1, 0, -math.inf
        for at, value in series.points:
            part = None if value is None or not start <= at <= end else part_of(value)
            if part is None or not -1 <= part <= 2:
                last_column = -1
                continue
            column = int((at - start) * to_column + 0.5)
            line = min(bottom, max(0, int((1 - part) * bottom + 0.5)))
            if last_column >= 0 and at - last_at <= furthest:
                for between in range(last_column + 1, column):
                    middle = last_line + (line - last_line) * (between - last_column) // (
                        column - last_column
                    )
                    found[between] = (middle, middle)
            here = found[column]
            found[column] = (line, line) if here is None else (min(here[0], line), max(here[1], line))
            last_column, last_line, last_at = column, line, at
        return found

    def _row(self, canvas: Canvas, row: int, scale: Scale) -> list[Piece]:
        cursor = self._cursor_column(canvas.width)
        is_threshold = (
            self._threshold is not None and self._row_of(scale, self._threshold, canvas.height) == row
        )
        pieces: list[Piece] = []
        look, text = "", ""
        for x in range(canvas.width):
            at = row * canvas.width + x
            if sign := canvas.sign(at):
                new = f"series-{canvas.owner[at] % COLOURS}"
            elif x == cursor:
                new, sign = "cursor", "│"
            elif is_threshold:
                new, sign = "warn", "-"
            else:
                new, sign = "", " "
            if new != look and text:
                pieces.append((look, text))
                text = ""
            look = new
            text += sign
        return [*pieces, (look, text)]

    def _cursor_column(self, columns: int) -> int:
        if self.cursor is None:
            return -1
        return round((self.cursor - self._start) / (self._end - self._start) * (columns - 1))

    def _time_axis(self, label: int, columns: int) -> list[tuple[Piece, ...]]:
        axis, words = ["─"] * columns, [" "] * (columns + label + 2)
        free = 0
        for at, text in time_ticks(self._start, self._end, max(1, columns // 12)):
            x = round((at - self._start) / (self._end - self._start) * (columns - 1))
            begin = max(0, label + 2 + x - len(text) // 2)
            if begin >= free and begin + len(text) <= len(words):
                axis[x] = "┴"
                words[begin : begin + len(text)] = text
                free = begin + len(text) + 1
        return [
            (("muted", f"{' ' * label} └{''.join(axis)}"),),
            (("muted", "".join(words)),),
        ]

    def _told(self, series: Series) -> str:
        """The value of a series under the cursor, else its last one with its age where it is not of now."""
        if self.cursor is not None:
            value = series.at(self.cursor)
            return f" {self._exact(value) if value is not None else 'no data'}"
        if not self._tells_last:
            return ""
        last = next(((at, value) for at, value in reversed(series.points) if value is not None), None)
        if last is None:
            return " no data"
        age = self._end - last[0]
        old = f" {ago(age)} ago" if series.step and age > 2 * series.step else ""
        return f" {self._exact(last[1])}{old}"

    def _legend(self, width: int) -> list[tuple[Piece, ...]]:
        """A sign and a name for each series, with the values under the cursor; what has no room is counted."""
        lines: list[list[Piece]] = [[]]
        begin = f" {one_line(self._title, NAME)} " if self._title else ""
        if self.cursor is not None:
            begin += f" {datetime.fromtimestamp(self.cursor).astimezone():%d %b %H:%M:%S} "
        if begin:
            lines[0].append(("heading", begin))
        used = width_of(begin)
        for number, one in enumerate(self._series):
            name = f"{one_line(one.name, NAME)}{self._told(one)}"
            sign = SIGNS[number % len(SIGNS)] if self._cells is Cells.ASCII else "■"
            cells = width_of(name) + 4
            if used + cells > width - 10 and used:
                if len(lines) == LEGEND_LINES:
                    lines[-1].append(("muted", f" +{len(self._series) - number}{self._more}"))
                    break
                lines.append([])
                used = 0
            lines[-1] += [(f"series-{number % COLOURS}", f" {sign} "), ("", f"{name} ")]
            used += cells
        return [tuple(line) for line in lines]
