"""Regular expressions of a config or a person: every one runs in an engine that takes a time limit.

A pattern can take for ever on a text of 40 characters, and the texts come from outside; the standard library's `re`
cannot be stopped, not even by a signal.
"""

import re
from typing import Any

from sutaz_tui.errors import SutazError
from sutaz_tui.text.repeats import copies

LONGEST = 1000
"""Characters of a pattern; a longer one was pasted by mistake."""

MOST_COPIES = 10_000
"""Parts of a pattern after its counted repeats are written out, as they are when it is compiled."""

BODY_TIME = 0.05
"""Seconds of CPU that the body of an answer may take: keys wait for it. Usual patterns take 2 ms on 64 KiB."""


_TOO_SLOW = "the pattern took too long; make it simpler"


class TooSlow(SutazError):
    """A pattern takes too long; the words say what to do."""


class WrongPattern(SutazError):
    """A pattern that cannot be used; `column` counts from 1 in what was typed, 0 where no place is at fault."""

    def __init__(self, words: str, column: int = 0) -> None:
        super().__init__(words)
        self.column = column


class Expression:
    """One regular expression; `column` is where its first character stands in what was typed. Raises WrongPattern.

    Case matters, unless `folds` is set and it holds no capital.
    """

    def __init__(self, written: str, column: int = 1, *, folds: bool = False) -> None:
        self.written = written
        self._compiled = _compiled(written, column, folds)

    def finds(self, text: str, limit: float = BODY_TIME) -> bool:
        """Whether it is in a text, within `limit` seconds of CPU; raises TooSlow."""
        try:
            return self._compiled.search(text, timeout=limit) is not None
        except TimeoutError:
            raise TooSlow(_TOO_SLOW) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Its named groups."""
        return tuple(self._compiled.groupindex)

    def groups(self, text: str, limit: float) -> dict[str, str] | None:
        """Its named groups where it matches from the beginning of a text, None where it does not; raises TooSlow."""
        try:
            found = self._compiled.match(text, timeout=limit)
        except TimeoutError:
            raise TooSlow(_TOO_SLOW) from None
        return None if found is None else {name: part for name, part in found.groupdict().items() if part}

    def spans(self, text: str, limit: float) -> list[tuple[int, int]]:
        """Where it is in a text, within `limit` seconds of CPU; raises TooSlow."""
        try:
            return [match.span() for match in self._compiled.finditer(text, timeout=limit)]
        except TimeoutError:
            raise TooSlow(_TOO_SLOW) from None


def too_long(wanted: str) -> str:
    """What is said of a pattern of more than LONGEST characters."""
    return (
        f"the pattern has {len(wanted):,} characters, and {LONGEST:,} is the most: look for a shorter piece"
    )


def _compiled(wanted: str, column: int, folds: bool) -> Any:
    import regex  # 15 ms, and most configs and readers have no pattern

    if len(wanted) > LONGEST:
        raise WrongPattern(too_long(wanted))
    if copies(wanted) > MOST_COPIES:
        raise WrongPattern(
            "the regular expression repeats its parts too often: use smaller numbers in {…}", column
        )
    without_escapes = re.sub(r"\\[pP]\{[^}]*\}|\\.", "", wanted)
    is_folded = folds and without_escapes == without_escapes.lower()
    try:
        return regex.compile(wanted, regex.V0 | (regex.IGNORECASE if is_folded else 0))
    except regex.error as error:
        where = column + (error.pos or 0)
        raise WrongPattern(f"the regular expression is wrong at column {where}: {error.msg}", where) from None
    except ValueError:
        raise WrongPattern("the regular expression asks for flags that do not go together", column) from None
    except (RecursionError, OverflowError):
        raise WrongPattern("the regular expression is nested too deeply: make it simpler", column) from None
