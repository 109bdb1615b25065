"""What is looked for in a whole log, as its source understands it and as lines are held against it."""

import json

from msgspec import Struct

from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.parsing.access import is_health
from sutaz_tui.logs.parsing.level_hints import HINTS, NAMES
from sutaz_tui.logs.parsing.levels import level_of

_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


class Sought(Struct, frozen=True):
    """Lines that every pattern matches and that are of a level: `exactly` that, else at least `least`."""

    patterns: tuple[Pattern, ...] = ()
    least: Level = Level.UNKNOWN
    exactly: bool = False
    with_health: bool = False

    def finds(self, line: LogLine) -> bool:
        """Whether a line is one of them; raises TooSlow."""
        if not self.with_health and "/" in line.text and is_health(line.text):
            return False
        if any(pattern.finds(line.text) is pattern.is_inverse for pattern in self.patterns):
            return False
        if not self.least:
            return True
        level = level_of(line.text, line.labels)
        return level is self.least if self.exactly else (level or Level.INFO) >= self.least

    @property
    def stages(self) -> tuple[str, ...]:
        """LogQL stages of which each line that is sought passes at least one; ("",) where Loki cannot tell them."""
        words = " ".join(stage for pattern in self.patterns if (stage := line_filter(pattern)))
        if self.least < Level.WARN:
            return (words,)
        named = "|".join(NAMES[level] for level in Level if self._is_of(level))
        hints = "|".join(HINTS[level] for level in Level if self._is_of(level))
        labels = f'| detected_level=~"(?i){named}" or level=~"(?i){named}"'
        return f"{words} |~ {_quoted(f'(?im){hints}')}".strip(), f"{words} {labels}".strip()

    def _is_of(self, level: Level) -> bool:
        return level is self.least if self.exactly else level >= self.least

    @property
    def is_told_by_stages(self) -> bool:
        """Whether every line that passes is one, so that the first one will do."""
        return not self.least and all(not each.is_regex and line_filter(each) for each in self.patterns)


def line_filter(pattern: Pattern) -> str:
    """The line filter that lets through all that a pattern does, and little else; "" where Loki has none.

    Loki's expressions are RE2: one that it refuses is for the asker to leave out.
    """
    wanted, is_inverse = pattern.wanted, pattern.is_inverse
    if not wanted.isprintable():
        return ""
    if pattern.is_regex:
        # Of lines to leave out it must not find more than the pattern itself does, and case folds by other rules.
        return "" if is_inverse else f"|~ {_quoted(f'(?im){wanted}')}"
    if pattern.has_capital:
        return f"{'!=' if is_inverse else '|='} {_quoted(wanted)}"
    if is_inverse and not wanted.isascii():
        return ""
    return f"{'!~' if is_inverse else '|~'} {_quoted(f'(?i){_escaped(wanted)}')}"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in text)


def _quoted(text: str) -> str:
    """A string as LogQL reads it, which is Go's."""
    return json.dumps(text, ensure_ascii=False)
