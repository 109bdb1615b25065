"""Several charts over one span of time with one cursor, below and beside each other; the keys scroll through them."""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import Grid

from sutaz_tui.text.sanitise import one_line
from widgets.chart_axes import number_words
from widgets.chart_canvas import Cells
from widgets.line_chart import LineChart, Series

HEIGHT = 8
"""Lines that a chart needs to be read."""
MOST = 12
BESIDE = 140
"""Cells from which on two stand beside each other, where that is wanted."""
LABEL = 9
"""Cells of the labels at the left, the same for all: one moment stands in one column."""


class Chart(Struct, frozen=True):
    """What one of them shows; `write` writes its values, `exact` those in the legend, `threshold` is a line across it.

    `title` stands before its legend, `trouble` where it has no values.
    """

    series: tuple[Series, ...]
    write: Callable[[float], str] = number_words
    threshold: float | None = None
    title: str = ""
    trouble: str = ""
    exact: Callable[[float], str] | None = None


class LineCharts(Grid, can_focus=True):
    """Shows as many of the charts as there is room for; `is_wide` ones stand two beside each other where they can.

    `tells_last`: without a cursor the legend has the last values. `more`: the key that shows what a legend has no room for.
    """

    DEFAULT_CSS = """
    LineCharts { height: 1fr; grid-size: 1; }
    LineCharts.-wide { grid-size: 2; }
    LineCharts > LineChart { height: 1fr; }
    """

    def __init__(
        self, cells: Cells = Cells.BRAILLE, is_wide: bool = False, tells_last: bool = False, more: str = ""
    ) -> None:
        super().__init__()
        self._is_wide = is_wide
        self._view = partial(LineChart, cells, label=LABEL, tells_last=tells_last, more=more)
        self._views = [self._view()]
        self._charts: tuple[Chart, ...] = ()
        self._start, self._end = 0.0, 1.0
        self._trouble = ""
        self._first = 0

    def compose(self) -> ComposeResult:
        yield from self._views

    def on_mount(self) -> None:
        self._place()

    def on_resize(self) -> None:
        self._place()

    def show(self, charts: Sequence[Chart], start: float, end: float, trouble: str = "") -> None:
        """Show these charts between two moments (Unix seconds); `trouble` stands where there is nothing."""
        self._charts, self._start, self._end, self._trouble = tuple(charts), start, end, trouble
        if self.cursor is not None and not start <= self.cursor <= end:
            self.set_cursor(None)
        self._place()

    @property
    def cursor(self) -> float | None:
        """The moment under the cursor (Unix seconds), None without one."""
        return self._views[0].cursor

    def move_cursor(self, by: int) -> None:
        """Move the cursor by so many columns; the first key puts it on the newest values."""
        self._views[0].move_cursor(by)
        self.set_cursor(self._views[0].cursor)

    def set_cursor(self, moment: float | None) -> None:
        """Put the cursor on a moment, or take it away."""
        for view in self._views:
            view.set_cursor(moment)

    @property
    def seen(self) -> str:
        """Which charts there is room for: "1-2 of 5"; "" where all of them are shown."""
        room = self._room()
        if len(self._charts) <= room:
            return ""
        return f"{self._first + 1}-{min(len(self._charts), self._first + room)} of {len(self._charts)}"

    def move(self, by: int) -> None:
        """Scroll by so many charts."""
        self._first += by
        self._place()

    def half_page(self, by: int) -> None:
        """Scroll by all that is shown."""
        self.move(by * self._room())

    def go_to_row(self, number: int) -> None:
        """Scroll so that the chart of this number is the first."""
        self.move(number - 1 - self._first)

    @property
    def text(self) -> str:
        """What is shown, as plain lines."""
        return "\n".join(view.text for view in self._views if view.display)

    @property
    def values(self) -> str:
        """The values of all charts under the cursor, those that are not shown too; "" without one."""
        if self.cursor is None:
            return ""
        told = []
        for chart in self._charts:
            for series in chart.series:
                value = series.at(self.cursor)
                write = chart.exact or chart.write
                name = one_line(f"{chart.title} {series.name}".strip(), 80)
                told.append(f"{name} {write(value) if value is not None else 'no data'}")
        return ", ".join(told)

    @property
    def _across(self) -> int:
        return 2 if self._is_wide and self.size.width >= BESIDE and len(self._charts) > 1 else 1

    def _room(self) -> int:
        return max(1, min(MOST, self._across * (self.size.height // HEIGHT)))

    def _place(self) -> None:
        room = self._room()
        self._first = max(0, min(self._first, len(self._charts) - room))
        self.set_class(self._across == 2, "-wide")
        shown = self._charts[self._first : self._first + room]
        if self.is_mounted and (missing := len(shown) - len(self._views)) > 0:
            more = [self._view() for _ in range(missing)]
            for view in more:
                view.set_cursor(self.cursor)
            self._views += more
            self.mount(*more)
        for number, view in enumerate(self._views):
            view.display = number < max(1, len(shown))
            chart = shown[number] if number < len(shown) else Chart(())
            trouble = chart.trouble or self._trouble
            view.show(
                chart.series,
                self._start,
                self._end,
                chart.threshold,
                trouble,
                chart.write,
                chart.title,
                chart.exact,
            )
