"""Text cut and padded by the cells that a terminal gives it, which are not its characters."""

from collections.abc import Iterator

from rich.cells import cell_len, chop_cells, set_cell_size


def width_of(text: str) -> int:
    """The cells that a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the right."""
    if width <= 0:
        return ""
    length = width_of(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - 1) + "…"


def fit_right(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the left."""
    if width <= 0:
        return ""
    length = width_of(text)
    return " " * (width - length) + text if length <= width else fit(text, width)


def wrapped(text: str, width: int, indent: str) -> Iterator[str]:
    """The text on lines of so many cells, broken at a blank where there is one; those after the first indented."""
    lead = ""
    while width_of(lead + text) > width:
        part = chop_cells(lead + text, width)[0]
        rest = (lead + text)[len(part) :]
        blank = part.rfind(" ")
        # A break that leaves less than half a line is worse than a broken word; a shell line may be broken anywhere.
        if blank > max(len(lead), len(part) // 2) and not rest.startswith(" "):
            rest, part = part[blank + 1 :] + rest, part[:blank]
        yield part
        lead, text = indent, rest.lstrip(" ")
    yield lead + text
