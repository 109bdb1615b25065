"""A list of check results on the line API: one is selected, only lines that differ are repainted."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.width import fit

# Id, the outcome's word, its look, the rest of the line.
Row = tuple[str, str, str, str]
WORD = 8


class ResultList(ScrollView, can_focus=True):
    """Shows rows; the selection moves only when the reader moves it, or when the screen asks for it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "results--red",
        "results--error",
        "results--muted",
        "results--selected",
    }
    DEFAULT_CSS = """
    ResultList { scrollbar-size: 0 0; }
    ResultList > .results--red { color: $text-error; text-style: bold; }
    ResultList > .results--error { color: $text-warning; }
    ResultList > .results--muted { color: $text-muted; }
    ResultList > .results--selected { color: $text-primary; text-style: reverse; }
    """

    class Selected(Message):
        """Another row is selected."""

        def __init__(self, row_id: str) -> None:
            super().__init__()
            self.row_id = row_id

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._selected = 0

    @property
    def selected(self) -> str:
        """The id of the selected row, "" when there is none."""
        return self._rows[self._selected][0] if self._rows else ""

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, keeping the selection on its id."""
        chosen = self.selected
        before, self._rows = self._rows, list(rows)
        ids = [row[0] for row in self._rows]
        self._selected = ids.index(chosen) if chosen in ids else 0
        if len(before) != len(self._rows):
            self.virtual_size = Size(self.size.width, len(self._rows))
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            if old != new:
                self._repaint(index)

    def select(self, row_id: str) -> None:
        """Select a row by its id."""
        ids = [row[0] for row in self._rows]
        if row_id in ids:
            self._choose(ids.index(row_id))

    def move(self, by: int) -> None:
        """Move the selection by so many rows."""
        if self._rows:
            self._choose(max(0, min(len(self._rows) - 1, self._selected + by)))

    def go_to_row(self, number: int) -> None:
        """Select the row of this number, 1 being the first; the last where there are fewer."""
        if self._rows:
            self._choose(max(0, min(len(self._rows), number) - 1))

    def _choose(self, index: int) -> None:
        before, self._selected = self._selected, index
        if before != index:
            self._repaint(before)
            self._repaint(index)
            self.scroll_to_region(Region(0, index, 1, 1), animate=False, immediate=True)
        self.post_message(self.Selected(self.selected))

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if index < len(self._rows):
            self._choose(index)

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        base = self.rich_style
        index = y + self.scroll_offset.y
        width = self.size.width
        if index >= len(self._rows):
            return Strip.blank(width, base)
        _, word, look, text = self._rows[index]
        is_selected = index == self._selected
        style = base + self.get_component_rich_style(f"results--{look}") if look else base
        rest = base + self.get_component_rich_style("results--selected") if is_selected else base
        return Strip(
            [
                Segment(">" if is_selected else " ", base),
                Segment(fit(word, WORD), style),
                Segment(fit(text, max(0, width - WORD - 1)), rest),
            ],
            width,
        )

    def _repaint(self, index: int) -> None:
        y = index - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))
