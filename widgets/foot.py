"""The last line: the keys of what has the focus, or for a moment what just happened."""

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from sutaz_tui.text import one_line

SAID_FOR = 4.0


class Foot(Static):
    """One line at the bottom; `say` shows words for some seconds in place of the keys."""

    DEFAULT_CSS = """
    Foot { dock: bottom; height: 1; color: $text-muted; }
    Foot.said { color: $text; text-style: bold; }
    """

    def __init__(self, keys: str) -> None:
        super().__init__(Content(keys), markup=False)
        self._keys = keys
        self._timer: Timer | None = None

    def say(self, words: str, seconds: float = SAID_FOR) -> None:
        """Show words for so many seconds."""
        if self._timer is not None:
            self._timer.stop()
        self.add_class("said")
        self.update(Content(" " + one_line(words, 400)))
        self._timer = self.set_timer(seconds, self.hush)

    def hush(self) -> None:
        """Show the keys again."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.remove_class("said")
        self.update(Content(self._keys))

    def set_keys(self, keys: str) -> None:
        """Show other keys from now on."""
        self._keys = keys
        if self._timer is None:
            self.update(Content(keys))
