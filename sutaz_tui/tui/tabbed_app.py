"""An app of tabs, a config each, of which one is in view."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.screen import Screen

from sutaz_tui.tui.opened import Opened
from sutaz_tui.tui.tab import Tab
from sutaz_tui.tui.terminal.app import TerminalApp

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.tui.app import SutazApp
    from sutaz_tui.tui.failed_tab import FailedTab

TAB_ACTIONS = ("env.next", "env.previous")


class TabbedApp(TerminalApp):
    """Holds the tabs and brings one of them into view, each in a mode of Textual with screens of its own.

    What keys call and the app itself has not is the tab's in view: its names are found by the app's, `app.board` too.
    """

    DEFAULT_MODE: ClassVar[str] = "first"
    tabs: "list[Tab | FailedTab]"
    in_view: int

    def open_tabs(self, every: Sequence[Opened], in_view: int, stack: "Demo | None") -> None:
        """Make a tab of each."""
        self.in_view, self.tabs = in_view, []
        app = cast("SutazApp", self)
        for number, one in enumerate(every):
            mode = f"tab-{number}" if number != in_view else self.DEFAULT_MODE
            if one.config is not None:
                self.tabs.append((one.tab or Tab)(app, mode, one, one.config, stack))
            else:
                from sutaz_tui.tui.failed_tab import FailedTab

                self.tabs.append(FailedTab(app, mode, one))

    def __getattr__(self, name: str) -> Any:
        tabs = self.__dict__.get("tabs")
        if not tabs or name.startswith("_"):
            raise AttributeError(name)
        return getattr(tabs[self.in_view], name)

    @property
    def tab(self) -> "Tab | FailedTab":
        """The one in view."""
        return self.tabs[self.in_view]

    @property
    def titles(self) -> list[str]:
        """The names of the configs that are open."""
        return [tab.title for tab in self.tabs]

    @property
    def also(self) -> frozenset[str]:
        """The actions that only some boards have, of those that this one has."""
        of_tabs = TAB_ACTIONS if len(self.tabs) > 1 else ()
        held = self.tab.held if isinstance(self.tab, Tab) else 0
        return frozenset((*of_tabs, *(("ask.begin",) if held else ())))

    def stack_of(self, mode: str) -> list[Screen[Any]]:
        """The screens of a mode, the lowest first; none where it was never in view, or while the app ends."""
        return list(self._screen_stacks.get(mode, ()))

    def tell_tabs(self) -> None:
        """Show how all stand, where there are several."""
        if len(self.tabs) > 1 and self.stack_of(self.tab.mode):
            marks = [tab.mark for tab in self.tabs]
            self.tab.board.tell_tabs(marks, self.in_view)
            if (here := self.tab.here) is not self.tab.board and here.is_mounted:
                # Of one that is not there yet it is told when it is.
                here.tell_tabs(marks, self.in_view)

    def _dress(self) -> None:
        """The theme and the keys are those of the config in view."""
        self.set_keymap(self.tab.keymap_checked)
        self.theme = self.terminal.theme(self.tab.theme)

    async def show_tab(self, number: int) -> None:
        """Bring a tab into view; the screens of the one before stay as they are."""
        if number == self.in_view:
            return
        self.tab.go_out_of_view()
        self.in_view = number
        self.tab.recall()
        await self.switch_mode(self.tab.mode)
        self._dress()
        self.tab.come_into_view()
        self.tell_tabs()

    async def show_titled(self, title: str) -> None:
        """Bring the tab of this name into view."""
        await self.show_tab(self.titles.index(title))

    async def action_env(self, by: int) -> None:
        """The next config that is open, or the one before, round the end."""
        if len(self.tabs) > 1:
            await self.show_tab((self.in_view + by) % len(self.tabs))
        else:
            self.tab.say("one config is open: sutaz-tui board NAME NAME opens several")
