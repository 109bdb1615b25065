"""The last line: the keys of what has the focus, or for a moment what just happened."""

from collections.abc import Callable

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from sutaz_tui.text.sanitise import one_line
from widgets.width import fit, width_of

SAID_FOR = 4.0


class Foot(Static):
    """One line at the bottom; `say` shows words for some seconds in place of the keys, `hold` until they are let go.

    Keys stand two blanks apart; where there is no room for all, those before the last give way.
    """

    DEFAULT_CSS = """
    Foot { dock: bottom; height: 1; color: $text-muted; }
    Foot.said { color: $text; text-style: bold; }
    """

    def __init__(self, keys: str) -> None:
        super().__init__(markup=False)
        self._keys = keys
        self.is_offered: Callable[[str], bool] = lambda _: True
        """Whether a key, as it is written, does anything here: of what does not the line says nothing."""
        self._said = ""
        self._is_weighty = False
        self._held: tuple[str, ...] = ()
        self._timer: Timer | None = None

    def render(self) -> Content:
        """The line, as wide as the screen."""
        width = self.size.width
        if self._held:
            words = next((form for form in self._held if width_of(form) < width), self._held[-1])
            return Content(fit(f" {words}", width))
        return Content(fit(f" {self._said}" if self._said else self._fitting(width), width))

    def say(self, words: str, seconds: float = SAID_FOR) -> None:
        """Show words for so many seconds; what is said for longer than usual no hint replaces."""
        if self._timer is not None:
            self._timer.stop()
        self._said = one_line(words, 400)
        self._is_weighty = seconds > SAID_FOR
        self._look()
        self._timer = self.set_timer(seconds, self.hush)

    def hint(self, words: str) -> None:
        """Show words for a moment unless something weighty is said."""
        if not (self._said and self._is_weighty):
            self.say(words)

    def hush(self, words: str = "") -> None:
        """Show the keys again, or only where these words are said."""
        if not self._said or (words and words != self._said):
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._said = ""
        self._look()

    def hold(self, *forms: str) -> None:
        """Show words whatever is said meanwhile, the first of their forms that there is room for; none: no longer."""
        self._held = tuple(one_line(form, 400) for form in forms)
        if forms:
            # What was said before is past: it must not come back behind this.
            self.hush()
        self._look()

    def _look(self) -> None:
        self.set_class(bool(self._said or self._held), "said")
        self.refresh()

    def set_keys(self, keys: str) -> None:
        """Show other keys from here on."""
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _fitting(self, width: int) -> str:
        """As many keys as there is room for, the last always."""
        entries = [entry.strip() for entry in self._keys.split("  ") if entry.strip()]
        entries = [entry for entry in entries if self.is_offered(entry.partition(" ")[0])]
        while len(entries) > 1 and width_of("  ".join(entries)) + 2 > width:
            del entries[-2]
        return " " + "  ".join(entries)
