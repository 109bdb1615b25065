"""Charts over one span of time with one cursor, asked for while they are looked at; of a query also its values now."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.engine.live_query import LiveQuery
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column
from sutaz_tui.text.units import ago
from sutaz_tui.tui.keymap import CHARTS
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.charts.spanned import EVERY, Places, SpannedScreen
from sutaz_tui.tui.screens.charts.words import chart_of, has_values, pointed
from sutaz_tui.views.base import Rows
from sutaz_tui.wiring.charts import Drawn, Plan, Window
from widgets.chart_canvas import Cells
from widgets.foot import Foot
from widgets.line_charts import Chart, LineCharts
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

FOOT = " + - span   ← → cursor   shift+← → earlier, later   Enter go there   j/k further   y copy   r poll   q back   ? help"
QUERY_FOOT = " Tab table   Enter edit   + - span   ← → cursor   shift+← → earlier, later   y copy   r poll   q back   ? help"
TABLE_FOOT = " Tab chart   Enter unfold   j/k move   < > sort   & filter   y copy   r poll   q back   ? help"
ONE, SEVERAL = 300, 150
"""Values of a line where one chart has the width, and where two share it."""
COLUMNS = (
    Column("series", "SERIES", share=1),
    Column("value", "VALUE", is_number=True),
    Column("age", "AGE", is_number=True, write=ago, priority=1),
)

Ask = Callable[[Plan, Window, float], AsyncIterator[Drawn]]
Instant = Callable[[str, float], Awaitable[Rows]]


class ChartsScreen(SpannedScreen):
    """Shows the charts of a plan; `ask` brings them, `instant` the values now of a query of PromQL.

    `edit` lets the query be typed anew.
    """

    focus_name = CHARTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(CHARTS)

    def __init__(
        self,
        plan: Plan,
        ask: Ask,
        instant: Instant,
        places: Places,
        edit: Callable[[str, str], None],
        cells: Cells,
    ) -> None:
        super().__init__(places)
        self.plan = plan
        self._ask, self._edit = ask, edit
        self._drawn: list[Drawn] = []
        self._made: list[tuple[Drawn, Chart]] = []
        self._window: Window | None = None
        tab = "Tab" if plan.language == "promql" else ""
        self.charts = LineCharts(cells, is_wide=True, tells_last=True, more=tab)
        self.list = TableView(COLUMNS)
        self.heading = TextView(id="view-head")
        self.told = TextView(id="view-told")
        self.foot = Foot(QUERY_FOOT if plan.query else FOOT)
        self._values: LiveQuery[object] = LiveQuery(
            lambda timeout: instant(plan.query, timeout), EVERY, places.clock, self.refresh_all
        )
        self._has_table = False

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.charts
        yield self.list
        yield self.told
        yield self.foot

    def on_mount(self) -> None:
        self.list.display = False
        self.focus_keys()
        self.refresh_all()
        self.asked.start()

    def on_unmount(self) -> None:
        super().on_unmount()
        self._values.stop()

    @property
    def asked(self) -> LiveQuery[object]:
        """The question of what is looked at."""
        return self._values if self._has_table else self.query_now

    @property
    def curves(self) -> LineCharts:
        """The charts."""
        return self.charts

    @property
    def service_id(self) -> str:
        """The id of the service that the charts are of, "" for none."""
        return self.plan.service_id

    @property
    def pane(self) -> TableView | LineCharts:
        """The charts, or the table."""
        return self.list if self._has_table else self.charts

    async def bring(self, timeout: float) -> object:
        """Ask for all charts, each shown as it comes."""
        window = self.window()
        found: list[Drawn] = []
        before = self._drawn
        async for drawn in self._ask(self.plan, window, timeout):
            found.append(drawn)
            # What came before stays until what follows it is here.
            self._drawn, self._window = [*found, *before[len(found) :]], window
            self.refresh_all()
        self._drawn, self._window = found, window
        return True

    def window(self) -> Window:
        """The time that is to be shown now, with fewer values where several charts share the width."""
        return Window.of(self._until, self._length, ONE if len(self.plan.charts) == 1 else SEVERAL)

    # What it shows

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        self.refresh_all()

    def refresh_all(self) -> None:
        """Show what came."""
        if self._window is not None:
            drawn = [one for one in self._drawn if has_values(one) or one.trouble] or self._drawn
            below = "the query is at fault: see below" if self.plan.query else ""
            # What came already stays the same chart, and is not drawn again.
            before = {id(one): chart for one, chart in self._made}
            self._made = [
                (one, before.get(id(one)) or chart_of(one, self._window.step, below)) for one in drawn
            ]
            charts = [chart for _, chart in self._made]
            self.charts.show(charts, self._window.start, self._window.end)
        if (rows := self._rows) is not None:
            self.list.show(rows.rows, rows.total)
        self.heading.show(self._heading())
        self.heading.styles.height = 1
        self.told.show(told := self._told())
        self.told.styles.height = len(told)

    @property
    def _rows(self) -> Rows | None:
        rows = self._values.answer
        return rows if isinstance(rows, Rows) else None

    def _heading(self) -> list[Line]:
        query = one_line(self.plan.query, 200)
        if self._has_table:
            parts = [self.list.counted, "values now", self.fresh_words, query]
        else:
            step = f"a value each {ago(self._window.step)}" if self._window is not None else ""
            parts = [self.span_words, self.charts.seen, self.cursor_words, self.fresh_words, step, query]
        return [(" " + "   ".join(filter(None, (one_line(self.plan.heading, 60), *parts))), "heading")]

    def _told(self) -> list[Line]:
        lines: list[str] = []
        for one in self._drawn:
            if one.trouble and self.plan.query:
                lines += pointed(self.plan.query, one.column, one.trouble)
        empty = [one.title for one in self._drawn if not has_values(one) and not one.trouble]
        if empty and len(empty) < len(self._drawn):
            lines.append(f"no data: {', '.join(one_line(title, 40) for title in empty)}")
        lines += [one_line(words, 300) for words in self.trouble_words]
        if self._has_table and self._rows is not None and self._rows.missing:
            lines.append(one_line(self._rows.missing, 300))
        if self.query_now.answer is not None and not self._drawn:
            lines.append("nothing to ask for: no container and no address by which Prometheus could know it")
        return [(f" {line}", "degraded") for line in lines]

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        return ("\n".join([*(text for text, _ in (*self._heading(), *self._told())), self.pane.text]),)

    @property
    def copied_line(self) -> str:
        """The row, the values under the cursor, or the queries."""
        if self._has_table:
            return self.list.copied_line
        if (at := self.cursor_at) is not None:
            moment = f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
            return f"{one_line(self.plan.heading, 60)} at {moment}: {self.charts.values}"
        return self.plan.query or "; ".join(
            query for chart in self.plan.charts for query in chart.lines.values()
        )

    # What keys ask for

    def action_cursor(self, by: int) -> None:
        """Move the cursor, where there is one."""
        if self._has_table:
            self.say("the cursor is in the chart: Tab")
        else:
            super().action_cursor(by)

    def action_view(self) -> None:
        """Of a query of PromQL the values now as a table, or its chart."""
        if self.plan.language != "promql":
            self.say("only a query of PromQL has a table")
            return
        self.asked.stop()
        self._has_table = not self._has_table
        self.charts.set_cursor(None)
        self.list.display, self.charts.display = self._has_table, not self._has_table
        self.foot.set_keys(TABLE_FOOT if self._has_table else QUERY_FOOT)
        self.focus_keys()
        self.asked.start()
        self.refresh_all()

    async def action_enter(self) -> None:
        """Show all as it was at the cursor; without one the query is typed anew; of a table the row is unfolded."""
        if self._has_table:
            if not self.list.unfold():
                self.say("nothing more to show")
        elif self.cursor_at is None and self.plan.query:
            self._edit(self.plan.language, self.plan.query)
        else:
            await super().action_enter()
