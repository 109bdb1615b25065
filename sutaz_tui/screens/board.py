"""The board: all services under their groups, the head above them."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from sutaz_tui.config import Config, as_service
from sutaz_tui.engine.causes import headline
from sutaz_tui.model import Snapshot
from widgets.head import Head
from widgets.service_map import ServiceMap

FOOT = " j/k move   r ask now   ctrl+r ask all   ? help   q quit"


class BoardScreen(Screen[None]):
    """Head, table, foot."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("g,home", "move(-100000)", show=False),
        Binding("G,end", "move(100000)", show=False),
        Binding("r", "app.ask_selected", "ask this one now"),
        Binding("ctrl+r", "app.ask_all", "ask all now"),
        Binding("question_mark", "app.help", "help"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, config: Config, host: str, badges: tuple[str, ...]) -> None:
        super().__init__()
        titles = {group.id: group.title or group.id for group in config.groups}
        self.head = Head(config.env, host, badges)
        self.map = ServiceMap([as_service(service, config) for service in config.services], titles)

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.map
        yield Static(FOOT, id="foot", markup=False)

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot everywhere."""
        self.head.show(snapshot, headline(snapshot.causes[0], snapshot.at) if snapshot.causes else "")
        self.map.show(snapshot)

    def action_move(self, by: int) -> None:
        """Move the selection by so many services."""
        self.map.move(by)
