"""One key at a time: what a key does decides who takes the next, and a slow line hands over many at once.

Textual gives a key to whoever has the focus when it arrives, and acts on it later: of `/backend` in one packet every
letter would go to the board.
"""

import asyncio
from collections import deque
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.widgets import Input

MOST = 1000
"""Keys that wait at most; what comes behind them is dropped."""
LONGEST = 0.5
"""Seconds after which the next key has its turn, whatever the one before still does."""
LOOK = 0.01


class KeyTurns:
    """Lets a key or a paste wait until what came before it has been acted on."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Key | Paste] = deque()
        self._acting: Key | Paste | None = None
        self._next: Key | Paste | None = None
        self._field: Input | None = None

    def takes(self, event: Key | Paste) -> bool:
        """Whether it is this one's turn; else it comes again by itself."""
        if self._acting is not None or self._next not in (None, event):
            if len(self._waiting) < MOST:
                self._waiting.append(event)
            return False
        self._acting, self._next = event, None
        self._field = self._app.focused if isinstance(self._app.focused, Input) else None
        asyncio.get_running_loop().call_later(LONGEST, self._release, event)
        return True

    def handed_on(self, event: Key | Paste) -> None:
        """It was given to whoever has the focus: follow it up to the app, where what it is bound to is done."""
        self._follow(event, self._app.focused or self._app.screen)

    def _follow(self, event: Key | Paste, node: DOMNode) -> None:
        # Behind the event in the same queue: when this runs, the event has gone on to the parent, or was taken.
        is_last = node is self._app or not node.call_later(self._follow, event, node.parent or self._app)
        if is_last and not self._app.call_later(self._ended, event):
            self._ended(event)

    def _ended(self, event: Key | Paste) -> None:
        closes = isinstance(event, Key) and event.key in ("enter", "escape")
        if closes and self._field is not None and self._field is self._app.focused:
            # The line goes to the app by messages of its own.
            asyncio.get_running_loop().call_later(LOOK, self._ended, event)
        else:
            self._release(event)

    def _release(self, event: Key | Paste) -> None:
        if self._acting is not event:
            return
        self._acting = None
        if self._waiting:
            self._next = self._waiting.popleft()
            self._app.post_message(self._next)
