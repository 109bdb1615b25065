"""What opens charts: a part of the app."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import TableRow
from sutaz_tui.tui.screens.alerts.actions import AlertActions
from sutaz_tui.views.base import Rows
from sutaz_tui.wiring.charts import ChartDesk, NotHere, Plan
from sutaz_tui.wiring.slow import Happened
from widgets.prompt import Prompt
from widgets.sparkline import ASCII, BLOCKS

if TYPE_CHECKING:
    # Nobody needs them before the first frame.
    from textual.suggester import Suggester

    from sutaz_tui.sources.prometheus import Sample


ASKED_FOR = 5.0
"""Seconds that names to complete with may take."""


class ChartActions(AlertActions):
    """Opens charts of a service, of the config, and of queries."""

    @property
    def desk(self) -> ChartDesk:
        """What makes charts of the config."""
        return ChartDesk(self.config, self.clients)

    def action_metrics(self) -> None:
        """The charts of the selected service."""
        self._draw(lambda: self.desk.metrics(self.selected))

    def action_slow(self) -> None:
        """Why the selected service is slow."""
        from sutaz_tui.tui.screens.charts.slow import SlowScreen
        from sutaz_tui.tui.screens.charts.spanned import Places
        from sutaz_tui.wiring.slow import SlowDesk

        id = self.selected
        titles = {service.id: service.title for service in self.engine.services}
        desk = SlowDesk(self.config, self.desk, lambda: self.log_feeds, self.read_curves, self.read_changes)
        places = Places(self.engine.clock, lambda: self.shown_at, self.go_to)
        signs = BLOCKS if self.terminal.has_blocks else ASCII
        self.push_screen(SlowScreen(id, titles[id], titles, desk.rows, desk.happened, places, signs))

    def read_changes(self, begin: datetime, end: datetime) -> Sequence[Happened]:
        """What changed between two moments: what this run saw, where nothing is remembered."""
        del begin, end
        changes = (self.past or self.engine.snapshot()).changes
        return [Happened(one.at, one.service_id, one.words) for one in changes]

    def draw(self, what: str, text: str) -> None:
        """A set of charts of the config, by its name, or a query of `what` language; without one it is typed now."""
        if what == "charts":
            self._draw(lambda: self.desk.named(text, self.selected))
        elif not text:
            self.edit_query(what, "")
        else:
            self._draw(lambda: (self.desk.promql if what == "promql" else self.desk.logql)(text))

    def edit_query(self, language: str, query: str) -> None:
        """Let a query be typed."""

        def entered(text: str) -> None:
            if text.strip():
                self.draw(language, text.strip())

        words = "PromQL; Tab completes" if language == "promql" else "a metric query of LogQL"
        prompt = Prompt(
            words, entered, value=query, completion=self.completion("") if language == "promql" else None
        )
        self.here.open_prompt(prompt)

    def completion(self, before: str, other: "Suggester | None" = None) -> "Suggester":
        """What completes a query in a field, behind `before`."""
        from sutaz_tui.tui.screens.charts.completing import PromqlCompletion

        desk = self.desk

        async def names(what: str, metric: str, label: str) -> Sequence[str]:
            try:
                return await desk.names(what, metric, label, ASKED_FOR)
            except NotHere:
                return ()

        return PromqlCompletion(names, before, other)

    def _draw(self, make: Callable[[], Plan]) -> None:
        from sutaz_tui.tui.screens.charts.screen import ChartsScreen
        from sutaz_tui.tui.screens.charts.spanned import Places
        from widgets.chart_canvas import Cells

        try:
            plan = make()
        except NotHere as error:
            self.say(str(error), 8)
            return
        desk = self.desk
        if isinstance(self.here, ChartsScreen):
            self.pop_screen()
        cells = Cells.BRAILLE if self.terminal.has_blocks else Cells.ASCII
        self.push_screen(
            ChartsScreen(
                plan,
                desk.ask,
                partial(_instant, desk),
                Places(self.engine.clock, lambda: self.shown_at, self.go_to),
                self.edit_query,
                cells,
            )
        )


async def _instant(desk: ChartDesk, query: str, timeout: float) -> Rows:
    """The values of a query now, highest first."""
    api = await desk.api()
    found = await api.query(query, timeout)
    now = datetime.now(UTC).timestamp()
    samples = sorted(found.samples, key=lambda sample: -sample.value if sample.value == sample.value else 0.0)
    return Rows(
        tuple(_row(sample, now) for sample in samples[:LISTED]),
        len(samples),
        missing="; ".join(found.warnings),
    )


LISTED = 2000


def _row(sample: "Sample", now: float) -> TableRow:
    labels = dict(sample.labels)
    name = labels.pop("__name__", "")
    pairs = ", ".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    series = f"{name}{{{pairs}}}" if pairs else name or "{}"
    whole = sample.value == int(sample.value) if abs(sample.value) < 1e15 else False
    value = int(sample.value) if whole else float(f"{sample.value:.6g}")
    detail = tuple(one_line(f'{label}="{text}"', 300) for label, text in sorted(labels.items()))
    return TableRow(
        series, {"series": series, "value": value, "age": max(0.0, now - sample.at)}, detail=detail
    )
