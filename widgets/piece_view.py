"""Lines of pieces, each with a look of its own: only cells that differ are repainted."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.pieces import Piece, plain, printable, span

LOOKS = ("heading", "muted", "degraded", "down", "unknown")


class PieceView(Widget):
    """The categories of checks below the map, and what stands beside it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pieces--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    PieceView > .pieces--heading { text-style: bold; }
    PieceView > .pieces--muted { color: $text-muted; }
    PieceView > .pieces--degraded { color: $text-warning; }
    PieceView > .pieces--down { color: $text-error; text-style: bold; }
    PieceView > .pieces--unknown { color: $text-accent; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[tuple[Piece, ...], ...] = ()

    @property
    def text(self) -> str:
        """All that is shown, as text."""
        return "\n".join(plain(line).rstrip() for line in self._lines)

    def show(self, lines: Sequence[Sequence[Piece]]) -> None:
        """Show these lines."""
        before, self._lines = self._lines, tuple(map(printable, lines))
        for y, (old, new) in enumerate(zip_longest(before, self._lines, fillvalue=())):
            start, end = span(old, new, self.size.width)
            if end > start:
                self.refresh(Region(start, y, end - start, 1))

    def render_line(self, y: int) -> Strip:
        """One of the lines."""
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"pieces--{look}") if look else base)
            for look, text in (self._lines[y] if y < len(self._lines) else ())
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)
