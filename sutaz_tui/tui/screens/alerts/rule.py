"""What the selected alert measures: its expression now beside its threshold, and its curve over the last hour."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical

from sutaz_tui.clock import Clock
from sutaz_tui.engine.live_query import LiveQuery
from sutaz_tui.model import Alert
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago
from sutaz_tui.wiring.alert_rules import Watched
from sutaz_tui.wiring.charts import Window
from widgets.chart_axes import number_words
from widgets.chart_canvas import Cells
from widgets.line_chart import LineChart, Series
from widgets.text_view import Line, TextView

EVERY = 15.0
HOUR = 3600.0
LEAST = 18
"""Lines of the screen from which on there is room for the curve."""
SHARE = 3
NAMED = 3

Ask = Callable[[Alert, Window, float], Awaitable[Watched]]


class RulePart(Vertical):
    """Asks for the rule of one alert while it is looked at, and shows it."""

    DEFAULT_CSS = (
        "RulePart { height: 0; } RulePart > TextView { height: 0; } RulePart > LineChart { height: 1fr; }"
    )

    def __init__(self, ask: Ask, clock: Clock, shown_at: Callable[[], datetime], cells: Cells) -> None:
        super().__init__()
        self._ask, self._shown_at = ask, shown_at
        self._alert: Alert | None = None
        self._of: Alert | None = None
        self._window: Window | None = None
        self._words = TextView()
        self._chart = LineChart(cells, tells_last=True)
        self.query_now: LiveQuery[Watched | None] = LiveQuery(self._bring, EVERY, clock, self._draw)

    def compose(self) -> ComposeResult:
        yield self._words
        yield self._chart

    def on_unmount(self) -> None:
        self.query_now.stop()

    def on_resize(self) -> None:
        self._draw()

    def show_of(self, alert: Alert | None) -> None:
        """Show the rule of this alert from now on, None for none."""
        before, self._alert = self._alert, alert
        if alert is None:
            self.query_now.stop()
        elif before is None or (before.name, before.severity) != (alert.name, alert.severity):
            self.query_now.ask_now()
        if alert is not None:
            self.query_now.start()
        self._draw()

    async def _bring(self, timeout: float) -> Watched | None:
        alert = self._alert
        if alert is None:
            return None
        window = Window.of(self._shown_at().timestamp(), HOUR)
        found = await self._ask(alert, window, timeout)
        self._of, self._window = alert, window
        return found

    @property
    def text(self) -> str:
        """What is shown, as plain lines."""
        return "\n".join(part.text for part in (self._words, self._chart) if part.display)

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        lines = self._lines()
        self._words.show(lines)
        self._words.styles.height = len(lines)
        watched = self._watched
        room = self.screen.size.height // SHARE if self.screen.size.height >= LEAST else 0
        has_curve = watched is not None and bool(watched.lines) and room > 0
        self._chart.display = has_curve
        self.styles.height = len(lines) + (room if has_curve else 0)
        if has_curve and watched is not None and self._window is not None:
            step = self._window.step
            series = [Series(line.name, line.points, step) for line in (*watched.lines, *watched.limits)]
            self._chart.show(
                series,
                self._window.start,
                self._window.end,
                watched.compared.number,
                write=number_words,
                exact=_exact,
            )

    @property
    def _watched(self) -> Watched | None:
        """What came of the alert that is selected."""
        answer, of, alert = self.query_now.answer, self._of, self._alert
        same = of is not None and alert is not None and (of.name, of.severity) == (alert.name, alert.severity)
        return answer if same else None

    def _lines(self) -> list[Line]:
        if self._alert is None:
            return []
        if self.query_now.trouble:
            return [(f" its rule cannot be asked for: {one_line(self.query_now.trouble, 200)}", "degraded")]
        watched = self._watched
        if watched is None:
            return [(f" {one_line(self._alert.name, 60)}: asking", "muted")]
        if not watched.expression:
            return [(f" {one_line(self._alert.name, 60)}: {watched.note}", "muted")]
        holds = f" for {ago(watched.holds)}" if watched.holds else ""
        lines: list[Line] = [(f" {one_line(watched.expression, 300)}{holds}", "heading")]
        lines.append((f" {self._now(watched)}", "degraded" if watched.note else ""))
        return lines

    def _now(self, watched: Watched) -> str:
        """`now 96.2 > 90`, of several series the first ones by name."""
        if watched.note:
            return watched.note
        what = watched.compared
        if not watched.now:
            return "now no data for its labels"
        is_one = len(watched.now) == 1
        found = [
            _exact(value) if is_one else f"{one_line(name, 40)} {_exact(value)}"
            for name, value in watched.now[:NAMED]
        ]
        more = len(watched.now) - len(found)
        told = f" and {more:,} more" if more else ""
        limit = f" {what.sign} {one_line(what.limit, 80)}" if what.sign else ", and any value fires"
        return f"now {', '.join(found)}{told}{limit}   {ago(self.query_now.age() or 0)} ago"


def _exact(value: float) -> str:
    if math.isnan(value):
        return "no number"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.5g}"
