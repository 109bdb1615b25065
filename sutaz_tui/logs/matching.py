"""What a reader looks for: patterns and filters, bounded in time."""

import re
import time

from msgspec import Struct

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Level
from sutaz_tui.text.patterns import LONGEST, Expression, TooSlow, WrongPattern, too_long

LINE_TIME = 0.02
"""Seconds that one line may take."""

START_TIME, TIME_PER_LINE, LONG_LINE = 0.08, 20e-6, 200
"""Seconds of this thread that all lines so far may take together: 0.08 s, for which keys wait at most, and 20 us for each
line and for each 200 characters of a longer one, four times what usual patterns need. What other programs of a busy
machine take meanwhile is no fault of the pattern."""

_TOO_SLOW = (
    "the pattern takes too long on these lines: make it simpler, or look for a plain word of the line first"
)


class Pattern:
    """One pattern: plain text, or `/re/` for a regular expression; `!` first inverts.

    Case matters only when it holds a capital. Raw text is matched, whose spans are not those of shown text. Raises
    WrongPattern.
    """

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.is_inverse = typed.startswith("!")
        wanted = typed[1:] if self.is_inverse else typed
        self.is_regex = len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/")
        self._spent = self._tried = 0.0
        self._expression: Expression | None = None
        if self.is_regex:
            wanted = wanted[1:-1]
            self._expression = Expression(wanted, typed.index("/") + 2, folds=True)
        elif not wanted:
            raise WrongPattern("there is nothing to look for: type a word, or /…/ for a regular expression")
        elif len(wanted) > LONGEST:
            raise WrongPattern(too_long(wanted))
        self._has_capital = wanted != wanted.lower()
        self._wanted = wanted

    def finds(self, text: str) -> bool:
        """Whether it is in a text, whatever `is_inverse` says; raises TooSlow."""
        if self._expression is None:
            return self._wanted in (text if self._has_capital else text.lower())
        began = time.thread_time()
        try:
            found = self._expression.finds(text, LINE_TIME)
        except TooSlow:
            raise TooSlow(_TOO_SLOW) from None
        self._tried += 1 + len(text) / LONG_LINE
        self._spent += time.thread_time() - began
        if self._spent > START_TIME + TIME_PER_LINE * self._tried:
            raise TooSlow(_TOO_SLOW)
        return found

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it is in a text, for marking it there; empty finds are none. Raises TooSlow."""
        if self._expression is not None:
            try:
                found = self._expression.spans(text, LINE_TIME)
            except TooSlow:
                raise TooSlow(_TOO_SLOW) from None
        else:
            flags = 0 if self._has_capital else re.IGNORECASE
            found = [match.span() for match in re.finditer(re.escape(self._wanted), text, flags)]
        return [(start, end) for start, end in found if end > start]


def matches(entry: Entry, pattern: Pattern) -> bool:
    """Whether any of its lines holds the pattern (with `!`: none of them does); never for a gap; raises TooSlow."""
    if entry.line is None:
        return False
    if entry.more is None:
        return pattern.finds(entry.line.text) is not pattern.is_inverse
    return any(pattern.finds(line.text) for line in entry.all()) is not pattern.is_inverse


class Filter(Struct, frozen=True):
    """What is let through: entries that every pattern matches, at least as grave as `least`; gaps always.

    Lines of unknown level go with INFO.
    """

    patterns: tuple[Pattern, ...] = ()
    least: Level = Level.UNKNOWN
    shows_health: bool = False

    @property
    def looks_inside(self) -> bool:
        """Whether an entry can come or go when lines are added to it."""
        return bool(self.patterns)

    def lets(self, entry: Entry) -> bool:
        """Whether an entry is shown; raises TooSlow."""
        if entry.is_health and not self.shows_health:
            return False
        if entry.line is None:
            return True
        if self.least and (entry.level or Level.INFO) < self.least:
            return False
        return all(matches(entry, pattern) for pattern in self.patterns)
