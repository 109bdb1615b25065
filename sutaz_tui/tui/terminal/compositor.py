"""A compositor that writes only the cells of a changed region, and each look only once.

Textual's own (8.2.8, `ChopsUpdate.render_segments`) writes each changed line from the left edge of its widget, which
for a clock at the right end of a line is the whole line; and Rich names the colours anew for every piece of text.
"""

import re

from rich.cells import cached_cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.widget import Widget

FORGET_EVERY = 60.0
"""Seconds after which nothing more is kept of what was drawn: to make it anew takes a moment."""
RESET = "\x1b[0m"
_LOOKS = re.compile("(\x1b\\[[0-9;]*m)")
_MOVES = re.compile("(?:\x1b\\[[0-9]+;[0-9]+H)+")


def forget_closed() -> None:
    """Let go of what closed screens drew: Textual's memory of two colours holds the drawn lines of 1,024 widgets with them."""
    StylesCache.get_inner_outer.cache_clear()


def forget_drawn() -> None:
    """Let go of pieces of text and places that were drawn, of which Rich and Textual would keep 25,000."""
    for drawn in (Segment._split_cells, cached_cell_len, Region.intersection, Region.overlaps):
        drawn.cache_clear()


class TightUpdate(ChopsUpdate):
    """Moves to each changed span and writes it, nothing before and nothing behind it."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences and text to write."""
        written: list[str] = []
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                start, stop = max(x, first), min(end, last)
                if strip is not None and start < stop:
                    written.append(Control.move_to(start, y).segment.text)
                    written.append(strip.crop(start - x, stop - x).render(console))
        return without_repeats("".join(written))


class SpanCompositor(Compositor):
    """Textual's compositor with tight updates."""

    def update_widgets(self, widgets: set[Widget]) -> None:
        """Take the regions that these have to repaint.

        What draws by lines never asks which of its regions are dirty, so Textual (8.2.8) would gather them for good.
        """
        super().update_widgets(widgets)
        for widget in widgets:
            if type(widget).render_line is not Widget.render_line:
                widget._dirty_regions.clear()

    def render_partial_update(self) -> ChopsUpdate | None:
        """The changed spans, None when there are none."""
        update = super().render_partial_update()
        return update and TightUpdate(update.chops, update.spans, update.chop_ends)


def without_repeats(written: str) -> str:
    """The same picture without ending a look that goes on, across moves of the cursor too."""
    kept: list[str] = []
    look, has_ended = "", False
    for part in _LOOKS.split(written):
        if part == RESET:
            has_ended = True
        elif _LOOKS.fullmatch(part):
            if has_ended and part != look:
                kept.append(RESET)
            if not has_ended or part != look:
                kept.append(part)
            look, has_ended = part, False
        elif part:
            if has_ended and not _MOVES.fullmatch(part):
                kept.append(RESET)
                look, has_ended = "", False
            kept.append(part)
    if has_ended:
        kept.append(RESET)
    return "".join(kept)
