"""The alerts that fire: name, severity, since, labels, and who silenced or inhibited them."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.model import Alert, Snapshot
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.keymap import ALERTS
from sutaz_tui.tui.screens.alerts.rule import RulePart
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.lists import ListScreen
from sutaz_tui.views.alerts import ALERTS as VIEW
from sutaz_tui.views.alerts import alert_rows, silence_line
from widgets.foot import Foot
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

FOOT = " j/k move   Enter unfold   < > sort   & filter   / find   r poll   y copy amtool   q back   ? help"


class AlertsScreen(ListScreen):
    """Shows the alerts of a snapshot; `urls` are those of the Alertmanagers by id, `ask` asks who tells of alerts.

    `rule` shows what the selected one measures.
    """

    focus_name = ALERTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ALERTS)

    def __init__(
        self, snapshot: Snapshot, urls: Mapping[str, str], ask: Callable[[], None], rule: RulePart
    ) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._urls = urls
        self._ask = ask
        self._alerts: dict[str, Alert] = {}
        self._about = ""
        self.list = TableView(VIEW.columns)
        self.rule = rule
        self.heading = TextView(id="view-head")
        self.told = TextView(id="view-told")
        self.foot = Foot(FOOT)

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.list
        yield self.rule
        yield self.told
        yield self.foot

    def on_mount(self) -> None:
        self.show(self._snapshot)
        self.focus_keys()

    def on_screen_suspend(self) -> None:
        # Nobody looks while something stands over it.
        self.rule.query_now.stop()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._follow()

    def on_table_view_selected(self, _: TableView.Selected) -> None:
        # It may come late, when something stands over it already.
        if self.is_active:
            self._follow()

    def _follow(self) -> None:
        """Show the rule of what is selected."""
        row = self.list.selected
        self.rule.show_of(self._alerts.get(row.key) if row is not None else None)

    @property
    def pane(self) -> TableView:
        """The table."""
        return self.list

    # What it shows

    def show(self, snapshot: Snapshot) -> None:
        """Show the alerts of a snapshot."""
        self._snapshot = snapshot
        rows = alert_rows(snapshot)
        self._alerts = {row.key: alert for row, alert in zip(rows.rows, snapshot.alerts, strict=True)}
        self._about = rows.about
        self.list.show(rows.rows, rows.total)
        told: list[Line] = [(f" {one_line(rows.missing, 300)}", "degraded")] if rows.missing else []
        self.told.show(told)
        self.told.styles.height = len(told)
        if self.is_active:
            self._follow()
        self.arranged()

    def tick(self, snapshot: Snapshot) -> None:
        """Let ages grow."""
        self.show(snapshot)

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        self.heading.show(self._heading())
        self.heading.styles.height = 1

    def _heading(self) -> list[Line]:
        filtered = f"& {one_line(self.filtered_by, 30)}" if self.filtered_by else ""
        parts = ["ALERTS", self.list.counted if filtered else "", one_line(self._about, 200), filtered]
        return [(" " + "   ".join(filter(None, parts)), "heading")]

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        return ("\n".join([*(text for text, _ in self._heading()), self.list.text, self.rule.text]),)

    @property
    def copied_line(self) -> str:
        """The line that silences the selected alert, where an Alertmanager tells it, else the row."""
        row = self.list.selected
        alert = self._alerts.get(row.key) if row is not None else None
        url = next((self._urls[id] for id in alert.by if id in self._urls), "") if alert is not None else ""
        return silence_line(alert, url) if alert is not None and url else self.list.copied_line

    # What keys ask for

    def ask_now(self) -> bool:
        """Ask those who tell of alerts at once."""
        self._ask()
        self.rule.query_now.ask_now()
        return True

    def key_pressed(self) -> None:
        """Somebody looks."""
        self.rule.query_now.key_pressed()

    def action_unfold(self) -> None:
        """Show all there is to say of the selected alert, or fold it again."""
        self.list.unfold()
