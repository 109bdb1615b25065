"""The log below the board: how many lines it takes, what gives way for it, and where the keys go."""

from typing import TYPE_CHECKING

from sutaz_tui.tui.screens.base import BaseScreen
from widgets.prompt import Prompt

if TYPE_CHECKING:
    # Nothing of a log is loaded before one is opened.
    from sutaz_tui.tui.screens.log.panel import LogPanel

# Fewer lines than these show no map: then each group is a word in one line, as long as the log has the keys.
MAP_LEAST = 10
LOG_LEAST = 4
LOG_HEIGHT = 12
LOG_FOOT = " k pause  G follow  e/E error  / find  & filter  Enter open  l board  y copy  q close  ? help"
SCREEN_FOOT = " k pause  G follow  e/E error  / find  & filter  Enter open  y copy  T time  q back  ? help"


class LogBelow(BaseScreen):
    """A screen that may have a log at its bottom."""

    log_height = LOG_HEIGHT
    is_height_chosen = False
    """Whether somebody said how many lines the log takes: else it also takes those that would stand empty."""
    log_has_keys = False
    is_log_zoomed = False
    is_zoomed = False

    def give_places(self) -> None:
        """Give every part its place."""
        raise NotImplementedError

    def focus_board(self) -> None:
        """Give the keys to what is above the log."""
        raise NotImplementedError

    def log_place(self, room: int, needed: int) -> tuple[int, bool]:
        """Of `room` lines those that the log takes, and whether a map that needs so many is shown above it."""
        if self.log_panel is None:
            return 0, True
        if self.is_log_zoomed and self.log_has_keys:
            return room, False
        if self.is_zoomed and not self.log_has_keys:
            return 0, True
        if room - self.log_height >= min(needed, MAP_LEAST):
            return self.log_height, True
        if self.log_has_keys:
            return room - 1, False
        return room - min(needed, room - LOG_LEAST), True

    @property
    def key_owner(self) -> "BaseScreen | LogPanel":
        """The log while it has the keys, else the screen."""
        return self.log_panel if self.log_panel is not None and self.log_has_keys else self

    async def step_log(self) -> bool:
        """Go out of the log, or into that of the selected service; False where that is to be opened."""
        if self.log_panel is None:
            return False
        if self.log_has_keys:
            self.leave_log()
            return True
        if self._is_log_of_selected:
            self.focus_log()
        return self._is_log_of_selected

    @property
    def _is_log_of_selected(self) -> bool:
        return self.log_panel is not None and self.log_panel.session.subject.services == (self.service_id,)

    def tell_opens(self, title: str) -> None:
        """Let the log's title name the selected service where the key would open its log instead."""
        if self.log_panel is not None:
            self.log_panel.tell_opens("" if self.log_has_keys or self._is_log_of_selected else title)

    async def put_log(self, panel: "LogPanel") -> bool:
        """Show a log, in place of the one before, and give it the keys."""
        before, self.log_panel = self.log_panel, panel
        self.log_has_keys = True
        self.give_places()
        mounting = self.mount(panel, before="Foot")
        # At once: the next key is meant for the log, whether it is drawn already or not.
        self.set_focus(panel)
        await mounting
        if before is not None:
            await before.remove()
        return True

    async def take_log(self) -> None:
        """Give its lines back to the board."""
        before, self.log_panel = self.log_panel, None
        self.is_log_zoomed = False
        self.leave_log()
        if before is not None:
            await before.remove()

    def focus_log(self) -> None:
        """Give the keys to the log."""
        if self.log_panel is not None:
            self.log_has_keys = True
            self.give_places()
            self.set_focus(self.log_panel)

    def leave_log(self) -> None:
        """Give the keys to the board; the log goes on."""
        self.log_has_keys = False
        self.give_places()
        self.focus_board()

    def action_log_taller(self, by: int) -> None:
        """Give the log more lines, or fewer."""
        shown = self.log_panel.size.height if self.log_panel is not None and self.log_panel.display else 0
        self.set_log_height((shown if not self.is_height_chosen and shown else self.log_height) + by)

    def set_log_height(self, lines: int) -> None:
        """Let the log take so many lines, as far as the screen has them, and say how many it takes."""
        self.log_height = max(LOG_LEAST, min(lines, max(LOG_LEAST, self.size.height - 4)))
        self.is_log_zoomed = False
        self.is_height_chosen = True
        self.give_places()
        self.say(f"the log takes {self.log_height} lines")

    def on_descendant_focus(self) -> None:
        # By a click too; and what the event tells of may be past.
        panel, focused = self.log_panel, self.focused
        if panel is None or focused is None or isinstance(focused, Prompt):
            return
        has_keys = panel in focused.ancestors_with_self
        if has_keys is not self.log_has_keys:
            self.log_has_keys = has_keys
            self.give_places()

    def focus_keys(self) -> None:
        """Give the keys to the log or the board."""
        if self.log_has_keys and self.log_panel is not None:
            self.set_focus(self.log_panel)
        else:
            self.focus_board()
