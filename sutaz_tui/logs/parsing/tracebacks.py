"""Which lines belong to one Python traceback, as CPython prints it."""

import re
from collections.abc import Sequence
from enum import Enum

from sutaz_tui.logs.lines import LogLine

HEAD = "Traceback (most recent call last):"
"""How the first line ends; a logger's prefix or the drawing of an exception group may stand before it."""

SPAN = 2_000_000_000
"""Nanoseconds from its first line within which its others come: it is printed at once. What comes later stands alone,
so that a late line concerns its near neighbours only."""

MOST_LINES = 1000
"""Lines that one traceback or record holds; CPython itself stops a recursion's at fewer."""

_CHAINED_BY = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_TRAILED_BY = (
    "[SQL: ",
    "[parameters: ",
    "(Background on this error at: ",
)  # SQLAlchemy's, behind the message
_ERROR = re.compile(r"(?!(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|TRACE|FATAL)\b)[^\W\d][\w.<>]*(?::|\s*$)")
_DRAWING = " \t|+-"


class Phase(Enum):
    """How far a traceback is: among its frames, behind the line with the error, or announced once more; of a record of
    another runtime, of which it is."""

    FRAMES = 1
    ENDED = 2
    CHAINED = 3
    STACK = 4
    SOURCE = 5
    PANIC = 6
    RUST_MESSAGE = 7
    RUST = 8
    PHP = 9
    CATEGORY = 10
    NATIVE = 11


def next_phase(phase: Phase, text: str) -> Phase | None:
    """The phase after this line of the same stream, None when the line is no part of the traceback."""
    if not text or text.isspace():
        return phase
    if phase is Phase.CHAINED:
        return Phase.FRAMES if text.rstrip().endswith(HEAD) else None
    if text[0] in " \t":
        return phase
    if phase is Phase.FRAMES:
        return Phase.ENDED if _ERROR.match(text) else None
    if text.startswith(_CHAINED_BY):
        return Phase.CHAINED
    return Phase.ENDED if text.startswith(_TRAILED_BY) else None


def error_of(lines: Sequence[LogLine]) -> str:
    """The last line that names an error, as received: "ConnectionRefusedError: [Errno 111] …"; "" where none does.

    Of an exception group it is the first one, which says what the group is.
    """
    for line in reversed(lines):
        if line.text[:1] not in ("", " ", "\t") and _ERROR.match(line.text):
            return line.text
    for line in lines:
        bare = line.text.lstrip(_DRAWING)
        if _ERROR.match(bare) and not bare.endswith(HEAD):
            return bare
    return ""
