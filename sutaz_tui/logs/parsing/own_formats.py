"""Formats of log lines that the config names: they are tried before the known ones.

What they match is read by their named groups: `time`, `level`, `logger`, `message`; any other is a field. In force for
the whole process: who reads lines, wherever, reads them by the same formats.
"""

from collections.abc import Iterable, Mapping

from sutaz_tui.text.patterns import Expression, TooSlow

LINE_TIME = 0.005
"""Seconds that one line may take; a format that takes longer is out of force from there on."""
REMEMBERED = 512
"""Lines whose groups are kept: a line is asked for its level, its time and its fields."""

_formats: list[Expression] = []
_known: dict[str, Mapping[str, str] | None] = {}


def use(patterns: Iterable[str]) -> None:
    """Put these regular expressions in force, and no others; raises WrongPattern."""
    _formats[:] = [Expression(pattern) for pattern in patterns]
    _known.clear()


def has_formats() -> bool:
    """Whether any are in force."""
    return bool(_formats)


def groups_of(text: str) -> Mapping[str, str] | None:
    """The named groups of the first format that matches a line from its beginning, None where none does."""
    if not _formats:
        return None
    if text in _known:
        return _known[text]
    found = None
    for format in list(_formats):
        try:
            found = format.groups(text, LINE_TIME)
        except TooSlow:
            _formats.remove(format)
        if found is not None:
            break
    if len(_known) >= REMEMBERED:
        _known.clear()
    _known[text] = found
    return found
