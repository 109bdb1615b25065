"""What opens the alerts: a part of a tab."""

from sutaz_tui.config import kind_of
from sutaz_tui.tui.screens.service.actions import ServiceActions
from sutaz_tui.views.alerts import KINDS


class AlertActions(ServiceActions):
    """Opens the list of alerts."""

    def action_alerts(self) -> None:
        """The alerts that fire."""
        from sutaz_tui.tui.screens.alerts.rule import RulePart
        from sutaz_tui.tui.screens.alerts.screen import AlertsScreen
        from sutaz_tui.wiring.alert_rules import AlertDesk
        from sutaz_tui.wiring.charts import ChartDesk
        from widgets.chart_canvas import Cells

        urls = {
            service.id: service.address
            for service in self.config.services
            if kind_of(service) == "alertmanager"
        }
        if not isinstance(self.here, AlertsScreen):
            desk = AlertDesk(self.config, ChartDesk(self.config, self.clients))
            cells = Cells.BRAILLE if self.terminal.has_blocks else Cells.ASCII
            rule = RulePart(desk.watched, self.engine.clock, lambda: self.shown_at, cells)
            self.push_screen(AlertsScreen(self.engine.snapshot(), urls, self._ask_for_alerts, rule))

    def _ask_for_alerts(self) -> None:
        for service in self.engine.services:
            if service.kind in KINDS:
                self.engine.ask_now(service.id)
