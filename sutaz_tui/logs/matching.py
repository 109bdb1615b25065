"""What a reader looks for: patterns and filters, bounded in time."""

import re
import time
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Level, LogLine, Stream, stream_of
from sutaz_tui.logs.parsing.tracebacks import SPAN
from sutaz_tui.text.patterns import LONGEST, Expression, TooSlow, WrongPattern, too_long

LINE_TIME = 0.02
"""Seconds that one line may take."""

START_TIME, TIME_PER_LINE, LONG_LINE = 0.08, 20e-6, 200
"""Seconds of this thread that all lines so far may take together: 0.08 s, for which keys wait at most, and 20 us for each
line and for each 200 characters of a longer one, four times what usual patterns need. What other programs of a busy
machine take meanwhile is no fault of the pattern."""

REACH = 2 * SPAN
"""Nanoseconds before a line in which all stands that says how grave it is: what it goes on from, and that one's head."""

_TOO_SLOW = (
    "the pattern takes too long on these lines: make it simpler, or look for a plain word of the line first"
)


class Pattern:
    """One pattern: plain text, or `/re/` for a regular expression; `!` first inverts.

    Case matters only when it holds a capital. `wanted` is what was typed, without its signs. Raw text is matched,
    whose spans are not those of shown text. Raises WrongPattern.
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
        self.has_capital = wanted != wanted.lower()
        self.wanted = wanted

    def finds(self, text: str) -> bool:
        """Whether it is in a text, whatever `is_inverse` says; raises TooSlow."""
        if self._expression is None:
            return self.wanted in (text if self.has_capital else text.lower())
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
            flags = 0 if self.has_capital else re.IGNORECASE
            found = [match.span() for match in re.finditer(re.escape(self.wanted), text, flags)]
        return [(start, end) for start, end in found if end > start]


Before = Callable[[Entry], Iterable[Entry]]
"""The entries before an entry, the nearest first."""


class Filter(Struct, frozen=True):
    """What is let through: lines that every pattern matches, at least as grave as `least`; gaps always.

    The lines of a record are as grave as that, and share its fate: a pattern that is found in one of them is found in all.
    An indented line of no level goes with the line of its stream before
    it, when that came within SPAN; any other of no level goes with INFO.
    """

    patterns: tuple[Pattern, ...] = ()
    least: Level = Level.UNKNOWN
    shows_health: bool = False

    @property
    def looks_inside(self) -> bool:
        """Whether an entry can come or go when lines are added to it."""
        return bool(self.patterns or self.least)

    @property
    def reach(self) -> int:
        """Nanoseconds before a line in which stands what it may go on from."""
        return REACH if self.looks_inside else 0

    def through(self, entry: Entry, before: Before) -> Entry | None:
        """What is shown of an entry: itself, an entry of its lines that pass, or nothing; raises TooSlow."""
        if entry.is_health and not self.shows_health:
            return None
        if entry.line is None:
            return entry
        lines = entry.all()
        if self.least:
            lines = self._grave(entry, lines, before)
        if self.patterns and lines:
            block = entry.lines if entry.kind is Kind.TRACEBACK else entry.each
            if block > 1:
                records = (lines[at : at + block] for at in range(0, len(lines), block))
                lines = [line for record in records if self._finds_any(record) for line in record]
            else:
                lines = [line for line in lines if self.finds(line.text)]
        if len(lines) == entry.lines:
            return entry
        return entry.part(lines) if lines else None

    def hides_all(self, entries: Sequence[Entry]) -> bool:
        """Whether a plain text that it wants stands in none of these, seen by one look at all of their lines at once."""
        plain = [one for one in self.patterns if not one.is_regex and not one.is_inverse]
        if not plain or any(entry.line is None for entry in entries):
            return False
        together = "\n".join([line.text for entry in entries for line in entry.all()])
        return not all(pattern.finds(together) for pattern in plain)

    def finds(self, text: str) -> bool:
        """Whether every pattern matches a text; raises TooSlow."""
        return all(pattern.finds(text) is not pattern.is_inverse for pattern in self.patterns)

    def _finds_any(self, record: Sequence[LogLine]) -> bool:
        return all(
            any(pattern.finds(line.text) for line in record) is not pattern.is_inverse
            for pattern in self.patterns
        )

    def _grave(self, entry: Entry, lines: list[LogLine], before: Before) -> list[LogLine]:
        if not goes_on(entry):
            return lines if (entry.level or Level.INFO) >= self.least else []
        heads: dict[Stream, Entry | None] = {}
        kept = []
        for line in lines:
            stream = stream_of(line)
            if stream not in heads:
                heads[stream] = _head(line, before(entry))
            head = heads[stream]
            is_near = head is not None and head.last is not None and line.at <= head.last.at + SPAN
            level = head.level if head is not None and is_near else Level.UNKNOWN
            if (level or Level.INFO) >= self.least:
                kept.append(line)
        return kept


def goes_on(entry: Entry) -> bool:
    """Whether its lines go on from the line before them, as those of a stack that is no Python traceback."""
    line = entry.line
    return line is not None and line.text[:1] in (" ", "\t") and not entry.level


def _head(line: LogLine, before: Iterable[Entry]) -> Entry | None:
    """What an indented line of no level goes on from, unless that is farther back than REACH."""
    stream = stream_of(line)
    for entry in before:
        if entry.gap is not None and entry.gap.service == line.service:
            return None
        if entry.line is None or entry.is_health:
            continue
        if stream_of(entry.line) == stream and not goes_on(entry):
            return entry
        if entry.at < line.at - REACH:
            return None
    return None
