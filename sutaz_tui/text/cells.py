"""How many cells of a terminal a text takes, which are not its characters.

For text that `sutaz_tui.text.sanitise` has made safe: nothing in it joins with its neighbour or chooses another look, so each
character has a width of its own. Widths are those by which Rich lays out the screen (see tests/test_cells.py).
"""

from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category, east_asian_width

ELLIPSIS = "…"
# Wide since Unicode 16: trigrams, hexagrams, Tai Xuan Jing and counting rods; older tables call them narrow.
_WIDE = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D376))
# Vowels and finals of Hangul, skin tones: drawn into the character before them.
_INSIDE = ((0x1160, 0x11FF), (0xD7B0, 0xD7FF), (0x1F3FB, 0x1F3FF))


@lru_cache(8192)
def cells_of(char: str) -> int:
    """The cells of one character: 0, 1 or 2."""
    code = ord(char)
    if category(char)[0] == "M" or any(first <= code <= last for first, last in _INSIDE):
        return 0
    is_wide = east_asian_width(char) in "WF" or any(first <= code <= last for first, last in _WIDE)
    return 2 if is_wide else 1


def width_of(text: str) -> int:
    """The cells that a text takes."""
    return len(text) if text.isascii() else sum(map(cells_of, text))


def cut(text: str, width: int) -> str:
    """The most of a text's beginning that has room in so many cells."""
    if text.isascii():
        return text[: max(0, width)]
    for at, char in enumerate(text):
        width -= cells_of(char)
        if width < 0:
            return text[:at]
    return text


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the right."""
    # What is far longer than the room is not measured whole.
    length = width_of(text) if len(text) <= 8 * width else width + 1
    if length <= width:
        return text + " " * (width - length)
    kept = cut(text, width - 1)
    return (kept + ELLIPSIS + " " * (width - 1 - width_of(kept))) if width > 0 else ""


def fit_ends(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … in its middle or padded on the right: what differs may be its end."""
    if (len(text) <= width and width_of(text) <= width) or width < 5:
        return fit(text, width)
    first = width // 2
    end = cut(text[::-1], width - first - 1)[::-1]
    kept = cut(text, first)
    return fit(f"{kept}{ELLIPSIS}{end}", width)


def wrapped(text: str, width: int, indent: str = "") -> Iterator[str]:
    """The text on lines of at most so many cells, broken at a blank where there is one; those after the first indented.

    Takes time by the text's length. `width` is at least 2 more than the indent.
    """
    lead, start = "", 0
    while True:
        room = width - len(lead)
        # A character of the text takes a cell, or is one of few marks on one that does.
        piece = text[start : start + 8 * room]
        part = cut(piece, room) or piece[:1]
        if start + len(part) >= len(text):
            yield lead + part
            return
        blank = part.rfind(" ")
        # A break that leaves less than half a line is worse than a broken word.
        if blank > len(part) // 2 and text[start + len(part)] != " ":
            part = part[:blank]
        yield lead + part
        start += len(part)
        while start < len(text) - 1 and text[start] == " ":
            start += 1
        lead = indent


def fit_right(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the left."""
    if width <= 0:
        return ""
    length = width_of(text)
    return " " * (width - length) + text if length <= width else fit(text, width)
