"""Lines made of pieces of text, each with the name of its look, and what differs between two of them."""

from collections.abc import Iterable, Sequence

from sutaz_tui.text.cells import cells_of, fit, width_of
from sutaz_tui.text.sanitise import sanitise

# A look is the name of a component class of the widget that draws it, "" for plain text.
Piece = tuple[str, str]


def printable(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces with nothing in their texts that could steer a terminal, whoever wrote them."""
    return tuple((look, sanitise(text)) for look, text in pieces)


def plain(pieces: Iterable[Piece]) -> str:
    """The text alone."""
    return "".join(text for _, text in pieces)


def cut_pieces(pieces: Iterable[Piece], width: int) -> tuple[Piece, ...]:
    """The pieces in at most `width` terminal cells; one that is cut ends in an ellipsis."""
    made: list[Piece] = []
    for look, text in pieces:
        made.append((look, text if width_of(text) <= width else fit(text, width)))
        width -= width_of(text)
        if width <= 0:
            break
    return tuple(made)


def span(before: Sequence[Piece], after: Sequence[Piece], width: int) -> tuple[int, int]:
    """The first and one past the last of `width` terminal cells in which two lines differ, equal where none does.

    Behind a line there is nothing, which every cell differs from.
    """
    old = [(look, char) for look, text in before for char in text]
    new = [(look, char) for look, text in after for char in text]
    if old == new:
        return 0, 0
    if not all(_is_narrow(text) for _, text in (*before, *after)):
        # The places of cells are not those of characters.
        return 0, width
    end = max(len(old), len(new))
    start = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    if len(old) == len(new):
        while old[end - 1] == new[end - 1]:
            end -= 1
    return min(start, width), min(end, width)


def _is_narrow(text: str) -> bool:
    return text.isascii() or all(cells_of(char) == 1 for char in text)
