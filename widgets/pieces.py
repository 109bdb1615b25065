"""Lines made of pieces of text, each with the name of its look, and what differs between two of them."""

from collections.abc import Iterable, Sequence

from sutaz_tui.text.cells import cells_of

# A look is the name of a component class of the widget that draws it, "" for plain text.
Piece = tuple[str, str]
EVERYTHING = 10_000


def plain(pieces: Iterable[Piece]) -> str:
    """The text alone."""
    return "".join(text for _, text in pieces)


def span(before: Sequence[Piece], after: Sequence[Piece]) -> tuple[int, int]:
    """The first and one past the last terminal cell in which two lines differ; (0, 0) when they do not."""
    old = [(look, char) for look, text in before for char in text]
    new = [(look, char) for look, text in after for char in text]
    if old == new:
        return 0, 0
    if len(old) != len(new) or not all(_is_narrow(text) for _, text in (*before, *after)):
        # The places of cells are not those of characters.
        return 0, EVERYTHING
    differing = [at for at, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    return differing[0], differing[-1] + 1


def _is_narrow(text: str) -> bool:
    return text.isascii() or all(cells_of(char) == 1 for char in text)
