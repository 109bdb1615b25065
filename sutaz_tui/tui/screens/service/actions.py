"""What opens a service's screen: a part of the app."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.config import warn_of
from sutaz_tui.engine.live_query import LiveQuery
from sutaz_tui.tui.screens.log.actions import LogActions
from sutaz_tui.views.base import Rows, View
from sutaz_tui.views.registry import BY_ID
from sutaz_tui.wiring.views import live

if TYPE_CHECKING:
    # At run time it would bring SQLite before the first frame.
    from sutaz_tui.state.history.curves import Figure

    # Nobody needs it before the first frame.
    from sutaz_tui.tui.screens.service.screen import ServiceScreen


class ServiceActions(LogActions):
    """Opens services, and views of them."""

    def action_open(self) -> None:
        """Open the selected service whole."""
        self.open_service(self.selected)

    def open_service(self, service_id: str) -> None:
        """Open a service whole."""
        self.push_screen(self._service_screen(service_id))

    def action_view(self, view_id: str) -> None:
        """Open a view of the selected service, or of the first that has it."""
        view = BY_ID[view_id]
        ids = [service.id for service in self.engine.services if service.kind == view.kind]
        if ids:
            chosen = self.selected if self.selected in ids else ids[0]
            self.to_board()
            self.push_screen(self._service_screen(chosen, view))
        else:
            self.say(f"no service of kind {view.kind} in this config: there is nothing to show")

    def _service_screen(self, service_id: str, view: View | None = None) -> "ServiceScreen":
        from sutaz_tui.tui.screens.service.curves import Curves
        from sutaz_tui.tui.screens.service.screen import ServiceScreen
        from widgets.chart_canvas import Cells

        def ask(view: View, service_id: str, changed: Callable[[], None]) -> LiveQuery[Rows]:
            return live(view, self.config, service_id, self.clients, self.engine.clock, changed)

        warns = {service.id: warn_of(service) for service in self.config.services}
        cells = Cells.BRAILLE if self.terminal.has_blocks else Cells.ASCII
        board = self.board
        return ServiceScreen(
            service_id,
            self.engine.services,
            board.state,
            board.needed_by,
            lambda: self.shown_at,
            ask,
            Curves(self.read_curves, warns.get, cells),
            self.go_to,
            view,
        )

    def read_curves(self, service_id: str, begin: datetime, end: datetime) -> "tuple[Figure, ...]":
        """The figures of a service between two moments; an OSError in words where they cannot be read."""
        raise NotImplementedError

    async def go_to(self, at: datetime) -> None:
        """Show how all was at a moment."""
        raise NotImplementedError
