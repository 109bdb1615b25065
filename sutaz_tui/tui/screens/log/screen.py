"""A log on a screen of its own: one line on its service or check above it."""

from collections.abc import Callable, Iterable

from textual.app import ComposeResult

from sutaz_tui.model import Snapshot
from sutaz_tui.tui.keymap import LOG
from sutaz_tui.tui.screens.base import BaseScreen
from sutaz_tui.tui.screens.board.log_below import SCREEN_FOOT
from sutaz_tui.tui.screens.log.panel import LogPanel
from widgets.foot import Foot
from widgets.text_view import Line, TextView


class LogScreen(BaseScreen):
    """Shows a panel, which has the keys, and the line that `head` gives."""

    is_of_moment = False
    focus_name = LOG

    def __init__(self, panel: LogPanel, head: Callable[[], Line]) -> None:
        super().__init__()
        self.log_panel: LogPanel = panel
        self._head = head
        self.head = TextView(id="log-head")
        self.foot = Foot(SCREEN_FOOT)

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.log_panel
        yield self.foot

    def on_mount(self) -> None:
        self.focus_keys()
        self.head.show([self._head()])

    @property
    def key_owner(self) -> LogPanel:
        """The log."""
        return self.log_panel

    def show(self, snapshot: Snapshot) -> None:
        """Show how what the log is of is now."""
        del snapshot
        self.head.show([self._head()])

    def pieces(self) -> Iterable[str]:
        """The whole log."""
        return self.log_panel.pieces()

    @property
    def copied_line(self) -> str:
        """The selected line."""
        return self.log_panel.copied_line

    async def back(self) -> bool:
        """Take the filter and the level away."""
        return self.log_panel.widen()

    async def step_log(self) -> bool:
        """Close it."""
        self.dismiss()
        return True

    async def put_log(self, panel: LogPanel) -> bool:
        """Show another log in place of this one."""
        before, self.log_panel = self.log_panel, panel
        mounting = self.mount(panel, after=self.head)
        self.focus_keys()
        await mounting
        await before.remove()
        return True

    def focus_keys(self) -> None:
        """Give the keys to the log."""
        self.set_focus(self.log_panel)

    def action_zoom(self) -> None:
        """It has all lines already."""
        self.say("already full screen")

    def action_log_taller(self, by: int) -> None:
        """It has all lines already."""
        del by
        self.action_zoom()
