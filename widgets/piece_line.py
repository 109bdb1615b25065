"""One line of pieces, each with its own look; only cells that differ are repainted."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.pieces import Piece, printable, span

LOOKS = ("heading", "muted", "degraded", "down", "unknown", "badge")


class PieceLine(Widget):
    """Shows what `pieces_at` gives for its width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"piece--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    PieceLine { height: 1; }
    PieceLine > .piece--heading { text-style: bold; }
    PieceLine > .piece--muted { color: $text-muted; }
    PieceLine > .piece--degraded { color: $text-warning; text-style: bold; }
    PieceLine > .piece--down { color: $text-error; text-style: bold; }
    PieceLine > .piece--unknown { color: $text-accent; }
    PieceLine > .piece--badge { color: $text-warning; text-style: reverse; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._line: tuple[Piece, ...] = ()
        self._width = 0

    def pieces_at(self, width: int) -> Sequence[Piece]:
        """The line at a width."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The line as text."""
        return "".join(text for _, text in self._line)

    def renew(self) -> None:
        """Show what there is to show, where it differs."""
        before = self._line
        self._make()
        start, end = span(before, self._line, self._width)
        if end > start:
            self.refresh(Region(start, 0, end - start, 1))

    def on_resize(self) -> None:
        self.renew()

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        if self._width != self.size.width:
            # The first frame comes before the message that says how wide it is.
            self._make()
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"piece--{look}") if look in LOOKS else base)
            for look, text in self._line
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _make(self) -> None:
        self._width = self.size.width
        self._line = printable(self.pieces_at(self._width))
