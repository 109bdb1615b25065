"""One service whole: why it is so, its last answers, what changed, what others say, who needs it."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from sutaz_tui.model import ServiceState
from sutaz_tui.tui.bindings import bindings
from sutaz_tui.tui.terminal.compositor import SpanCompositor
from widgets.foot import Foot
from widgets.service_words import copy_line, whole_lines
from widgets.text_view import TextView

FOOT = " j/k scroll   r ask now   l log   y copy the line   Tab next service   q back   ? help"


class ServiceScreen(Screen[None]):
    """Shows one service; `state_of` gives how a service is now, `needed_by` who needs it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("service")

    def __init__(
        self,
        service_id: str,
        ids: list[str],
        titles: dict[str, str],
        state_of: Callable[[str], ServiceState | None],
        needed_by: Callable[[str], tuple[str, ...]],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._compositor = SpanCompositor()
        self.service_id = service_id
        self._ids = ids
        self._titles = titles
        self._state_of = state_of
        self._needed_by = needed_by
        self._now = now
        self.view = TextView(wraps=True)
        self.foot = Foot(FOOT)

    def compose(self) -> ComposeResult:
        yield self.view
        yield self.foot

    def on_mount(self) -> None:
        self.view.focus()
        self.show(self._now())

    def action_next(self, by: int) -> None:
        """Show another service, in the config's order."""
        self.service_id = self._ids[(self._ids.index(self.service_id) + by) % len(self._ids)]
        self.view.scroll_home(animate=False)
        self.show(self._now())

    def show(self, now: datetime) -> None:
        """Show how the service is now."""
        state = self._state_of(self.service_id)
        if state is not None:
            self.view.show(whole_lines(state, self._titles, self._needed_by(self.service_id), now))

    @property
    def text(self) -> str:
        """What is shown, as plain lines."""
        return self.view.text

    @property
    def copied_line(self) -> str:
        """The line that repeats the question."""
        state = self._state_of(self.service_id)
        return copy_line(state) if state is not None else ""

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.view.scroll_by(by)

    def action_go_to_row(self, number: int) -> None:
        """Scroll so that the line of this number stands at the top."""
        self.view.scroll_by(number - 1 - self.view.scroll_offset.y)

    def action_half_page(self, by: int) -> None:
        """Scroll by half a page."""
        self.view.scroll_by(by * max(1, self.view.size.height // 2))
