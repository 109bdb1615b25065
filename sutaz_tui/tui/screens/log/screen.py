"""A log on a screen of its own: one line on its service or check above it."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.screen import Screen

from sutaz_tui.tui.screens.board.log_below import SCREEN_FOOT
from sutaz_tui.tui.screens.log.panel import LogPanel
from sutaz_tui.tui.terminal.compositor import SpanCompositor
from widgets.foot import Foot
from widgets.prompt import Prompt
from widgets.text_view import Line, TextView


class LogScreen(Screen[None]):
    """Shows a panel and the line that `head` gives."""

    def __init__(self, panel: LogPanel, head: Callable[[], Line]) -> None:
        super().__init__()
        self._compositor = SpanCompositor()
        self.log_panel: LogPanel | None = panel
        self._head = head
        self.head = TextView(id="log-head")
        self.foot = Foot(SCREEN_FOOT)

    def compose(self) -> ComposeResult:
        yield self.head
        if self.log_panel is not None:
            yield self.log_panel
        yield self.foot

    def on_mount(self) -> None:
        self.focus_log()
        self.show()

    def show(self) -> None:
        """Show how what the log is of is now."""
        self.head.show([self._head()])

    async def put_log(self, panel: LogPanel) -> None:
        """Show another log in place of this one."""
        before, self.log_panel = self.log_panel, panel
        mounting = self.mount(panel, after=self.head)
        self.focus_log()
        await mounting
        if before is not None:
            await before.remove()

    def focus_log(self) -> None:
        """Give the keys to the log."""
        if self.log_panel is not None:
            self.set_focus(self.log_panel)

    def open_prompt(self, prompt: Prompt) -> None:
        """Let the reader type a line at the foot."""
        self.mount(prompt)
        # At once: what is typed behind the key is meant for the field.
        self.set_focus(prompt)

    def close_prompts(self) -> None:
        """Give the keys back to the log."""
        self.focus_log()
        for prompt in self.query(Prompt):
            prompt.remove()
