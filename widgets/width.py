"""Text cut and padded by the cells that a terminal gives it, which are not its characters."""

from sutaz_tui.text.cells import cut, fit, width_of, wrapped

__all__ = ["cut", "fit", "fit_right", "width_of", "wrapped"]


def fit_right(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … or padded on the left."""
    if width <= 0:
        return ""
    length = width_of(text)
    return " " * (width - length) + text if length <= width else fit(text, width)
