"""The curves of one service: what its minutes tell over a span of time, up to the moment that is shown."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from sutaz_tui.text.units import duration
from widgets.chart_axes import number_words
from widgets.chart_canvas import Cells
from widgets.line_chart import Series
from widgets.line_charts import Chart, LineCharts

if TYPE_CHECKING:
    # At run time it would bring SQLite before the first frame.
    from sutaz_tui.state.history.curves import Figure

Read = Callable[[str, datetime, datetime], "tuple[Figure, ...]"]
"""The figures of a service between two moments; an OSError in words where they cannot be read."""


class Span(Struct, frozen=True):
    """A length of time, and how it is called."""

    name: str
    length: timedelta


SPANS = (
    Span("15m", timedelta(minutes=15)),
    Span("1h", timedelta(hours=1)),
    Span("6h", timedelta(hours=6)),
    Span("24h", timedelta(hours=24)),
    Span("7d", timedelta(days=7)),
    Span("30d", timedelta(days=30)),
)
FIRST = 1
NOTHING = "no whole minute of this time is remembered"


class Curves(LineCharts):
    """Reads and shows them; `warn_of` tells from how many seconds on a service is slow, None for never."""

    def __init__(self, read: Read, warn_of: Callable[[str], float | None], cells: Cells) -> None:
        super().__init__(cells)
        self._read = read
        self._warn_of = warn_of
        self._span = FIRST
        self.shown_for: tuple[str, int] | None = None

    @property
    def span(self) -> Span:
        """The time that is shown."""
        return SPANS[self._span]

    def set_span(self, by: int) -> bool:
        """Take a longer time, or a shorter one; False where that is all there is."""
        before, self._span = self._span, max(0, min(len(SPANS) - 1, self._span + by))
        self.shown_for = None
        return before != self._span

    def is_due(self, service_id: str, at: datetime) -> bool:
        """Whether what is shown is of another service, or another minute."""
        return self.shown_for != (service_id, int(at.timestamp()) // 60)

    async def show_at(self, service_id: str, at: datetime) -> None:
        """Show the curves of a service up to a moment."""
        self.shown_for = (service_id, int(at.timestamp()) // 60)
        begin = at - self.span.length
        try:
            figures, trouble = await asyncio.to_thread(self._read, service_id, begin, at), NOTHING
        except OSError as error:
            figures, trouble = (), error.strerror or "it cannot be read"
        charts = [self._chart(service_id, figure) for figure in figures]
        self.show(charts, begin.timestamp(), at.timestamp(), trouble)

    def _chart(self, service_id: str, figure: "Figure") -> Chart:
        named = figure.unit == "s"
        series = tuple(
            Series(f"{figure.name} {name}" if named else name, points) for name, points in figure.lines
        )
        warn = self._warn_of(service_id) if named else None
        worst = max((value for _, points in figure.lines for _, value in points if value), default=0.0)
        # Far below it a curve would lie flat on the ground.
        return Chart(
            series, duration if named else number_words, warn if warn and worst >= warn / 4 else None
        )

    @property
    def moment(self) -> datetime | None:
        """The moment under the cursor, None without one."""
        return datetime.fromtimestamp(self.cursor, UTC) if self.cursor is not None else None

    @property
    def heading(self) -> str:
        """The time that is shown, which of the charts, and the moment under the cursor."""
        at = self.moment
        under = f"at {at.astimezone():%d %b %H:%M}" if at is not None else ""
        return "   ".join(filter(None, (f"last {self.span.name}", self.seen, under)))
