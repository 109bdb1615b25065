"""What a tab uses of the app that it stands in: the terminal, which all tabs share, and the screens of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import AwaitMount

from sutaz_tui.state.writer import Writer
from sutaz_tui.tui.terminal.capabilities import Terminal

if TYPE_CHECKING:
    from sutaz_tui.tui.app import SutazApp

T = TypeVar("T")


class InApp:
    """A tab's way to the app; its screens are those of Textual's mode `mode`, which stay as they are while another is in view."""

    theme = ""

    def __init__(self, app: "SutazApp", mode: str) -> None:
        self.app = app
        self.mode = mode

    @property
    def is_in_view(self) -> bool:
        """Whether it is what the reader sees."""
        return self.app.tab is self

    @property
    def is_running(self) -> bool:
        """Whether the app has begun and does not end yet."""
        return self.app.is_running

    @property
    def terminal(self) -> Terminal:
        """What the terminal can do."""
        return self.app.terminal

    @property
    def writer(self) -> Writer:
        """What writes for all tabs."""
        return self.app.writer

    @property
    def size(self) -> Size:
        """Of the terminal."""
        return self.app.size

    @property
    def is_typing(self) -> bool:
        """Whether what is typed goes into a field."""
        return self.app.is_typing

    @property
    def themes(self) -> Iterable[str]:
        """The themes there are."""
        return self.app.available_themes

    def choose_theme(self, name: str) -> None:
        """Draw in a theme while this tab is in view."""
        self.theme = name
        if self.is_in_view:
            self.app.theme = self.terminal.theme(name)

    # Its screens

    @property
    def screen_stack(self) -> list[Screen[Any]]:
        """Its own screens, the board first; none while the app ends, or before it was in view."""
        return self.app.stack_of(self.mode)

    def push_screen(
        self, screen: Screen[T], callback: Callable[[T | None], None] | None = None
    ) -> AwaitMount | asyncio.Future[Any]:
        """Open a screen above the others."""
        return self.app.push_screen(screen, callback, mode=self.mode)

    def pop_screen(self) -> None:
        """Leave the uppermost screen; of a tab that is not in view it stays."""
        if self.is_in_view:
            self.app.pop_screen()

    def switch_screen(self, screen: Screen[Any]) -> AwaitComplete | None:
        """Put a screen in place of the uppermost one of the tab in view."""
        return self.app.switch_screen(screen) if self.is_in_view else None

    # What happens beside

    def keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do this beside everything else; an error in it ends the app."""
        return self.app.keep(work)

    def set_timer(self, seconds: float, act: Callable[[], Any]) -> Timer:
        """Do something later."""
        return self.app.set_timer(seconds, act)

    def call_after_refresh(self, act: Callable[..., Any], *arguments: Any) -> None:
        """Do something behind the next frame."""
        self.app.call_after_refresh(act, *arguments)

    async def run_action(self, call: str, owner: DOMNode | None = None) -> None:
        """Do what a key's row calls."""
        await self.app.run_action(call, owner)

    def send(self, sequence: str) -> None:
        """Write an escape sequence to the terminal."""
        self.app.send(sequence)

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Give the terminal to what writes and reads there itself, while all else goes on."""
        with self.app.suspend():
            # Who stops the program stops the polls; this does not.
            self.app.resumed()
            yield
