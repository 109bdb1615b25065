"""Text cut and padded by the cells that a terminal gives it, which are not its characters."""

from rich.cells import cell_len, set_cell_size


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the right."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - 1) + "…"


def fit_right(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the left."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    return " " * (width - length) + text if length <= width else fit(text, width)
