"""Text cut and padded by the cells that a terminal gives it, which are not its characters."""

from sutaz_tui.text.cells import cut, fit, fit_right, width_of, wrapped

__all__ = ["cut", "fit", "fit_right", "width_of", "wrapped"]
