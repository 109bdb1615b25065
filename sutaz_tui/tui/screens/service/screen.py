"""One service whole: why it is so, its last answers, what changed, what others say, who needs it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.model import ServiceState, Snapshot
from sutaz_tui.tui.keymap import SERVICE
from sutaz_tui.tui.screens.base import BaseScreen, bindings
from widgets.foot import Foot
from widgets.service_words import copy_line, whole_lines
from widgets.text_view import TextView

FOOT = " j/k scroll   r ask now   l log   y copy the line   Tab next service   q back   ? help"


class ServiceScreen(BaseScreen):
    """Shows one service; `state_of` gives how a service is now, `needed_by` who needs it."""

    focus_name = SERVICE
    BINDINGS: ClassVar[list[BindingType]] = bindings(SERVICE)

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
        self.focus_keys()
        self._show(self._now())

    def focus_keys(self) -> None:
        """Give the keys to the text."""
        self.set_focus(self.view)

    def action_next(self, by: int) -> None:
        """Show another service, in the config's order."""
        self.service_id = self._ids[(self._ids.index(self.service_id) + by) % len(self._ids)]
        self.view.scroll_home(animate=False)
        self._show(self._now())

    def show(self, snapshot: Snapshot) -> None:
        """Show how the service is now."""
        self._show(snapshot.at)

    def _show(self, now: datetime) -> None:
        state = self._state_of(self.service_id)
        if state is not None:
            self.view.show(whole_lines(state, self._titles, self._needed_by(self.service_id), now))

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        return (self.view.text,)

    @property
    def copied_line(self) -> str:
        """The line that repeats the question."""
        state = self._state_of(self.service_id)
        return copy_line(state) if state is not None else ""

    def action_move(self, by: int) -> None:
        """Scroll by so many lines."""
        self.view.scroll_by(by)

    def action_go_to_row(self, number: int) -> None:
        """Scroll so that the line of this number stands at the top."""
        self.view.scroll_by(number - 1 - self.view.scroll_offset.y)

    def action_half_page(self, by: int) -> None:
        """Scroll by half a page."""
        self.view.scroll_by(by * max(1, self.view.size.height // 2))
