"""What opens a service's screen: a part of a tab."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.config import warn_of
from sutaz_tui.tui.screens.log.actions import LogActions
from sutaz_tui.views.base import Tried, View
from sutaz_tui.views.registry import BY_ID
from sutaz_tui.views.tried import ended
from sutaz_tui.wiring.views import LiveView, live
from widgets.sparkline import ASCII, BLOCKS

if TYPE_CHECKING:
    # At run time it would bring SQLite before the first frame.
    from sutaz_tui.state.history.curves import Figure, Points

    # Nobody needs it before the first frame.
    from sutaz_tui.tui.screens.service.screen import Opened, ServiceScreen


class ServiceActions(LogActions):
    """Opens services, and views of them."""

    def action_open(self) -> None:
        """Open the selected service whole."""
        self.open_service(self.selected)

    def open_service(self, service_id: str, opened: str = "", row: str = "") -> None:
        """Open a service whole, or a view of it (by its id, or CURVES) at the row that is called `row`."""
        view: Opened = "curves" if opened == "curves" else BY_ID.get(opened)
        self.push_screen(self._service_screen(service_id, view, row))

    def action_view(self, view_id: str) -> None:
        """Open a view of the selected service, or of the first that has it."""
        self.open_view(view_id)

    def open_view(self, view_id: str, row: str = "", is_linked: bool = False) -> None:
        """Open a view at the row that is called `row`; one that another row leads to stands over where that was."""
        view, kinds = BY_ID[view_id], {service.id: service.kind for service in self.engine.services}
        ids = [id for id, kind in kinds.items() if view.is_of(kind)]
        # Of several kinds that have it its own comes first.
        ids.sort(key=lambda service_id: kinds[service_id] != view.kind)
        if not ids:
            self.say(f"no service of kind {view.kind} in this config: there is nothing to show")
            return
        chosen = self.selected if self.selected in ids else ids[0]
        if not is_linked:
            self.to_board()
        self.push_screen(self._service_screen(chosen, view, row))

    async def follow(self, link: str) -> None:
        """Go where a row leads: to a service, or to what a command names."""
        word, _, row = link.removeprefix(":").partition(" ")
        if link.startswith(":") and word in BY_ID:
            self.open_view(word, row, is_linked=True)
        else:
            self.open_service(link)

    def _figures(self, service_id: str, begin: datetime, end: datetime) -> "dict[str, Points]":
        """What a service's numbers were between two moments, by name."""
        return {figure.name: figure.lines[0][1] for figure in self.read_curves(service_id, begin, end)}

    def _service_screen(self, service_id: str, view: "Opened" = None, row: str = "") -> "ServiceScreen":
        from sutaz_tui.tui.screens.service.curves import Curves
        from sutaz_tui.tui.screens.service.screen import ServiceScreen
        from widgets.chart_canvas import Cells

        runs = self.checks.runs

        def tries() -> list[Tried]:
            return ended(list(runs.results.values()))

        def ask(view: View, service_id: str, changed: Callable[[], None]) -> LiveView:
            clock = self.engine.clock
            return live(view, self.config, service_id, self.clients, clock, changed, self._figures, tries)

        warns = {service.id: warn_of(service) for service in self.config.services}
        cells = Cells.BRAILLE if self.terminal.has_blocks else Cells.ASCII
        board = self.board
        screen = ServiceScreen(
            service_id,
            self.engine.services,
            board.state,
            board.needed_by,
            lambda: self.shown_at,
            ask,
            Curves(self.read_curves, warns.get, cells),
            self.go_to,
            self.follow,
            view,
            row,
            BLOCKS if self.terminal.has_blocks else ASCII,
        )
        if self.past is not None:
            # Before it asks anything about now.
            screen.take(self.past)
        return screen

    def read_curves(self, service_id: str, begin: datetime, end: datetime) -> "tuple[Figure, ...]":
        """The figures of a service between two moments; an OSError in words where they cannot be read."""
        raise NotImplementedError

    async def go_to(self, at: datetime) -> None:
        """Show how all was at a moment."""
        raise NotImplementedError
