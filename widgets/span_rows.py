"""Rows of columns over one axis of time, each on a scale of its own, with one cursor through all of them."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sutaz_tui.text.sanitise import one_line
from widgets.chart_axes import time_ticks
from widgets.pieces import Piece, plain, span
from widgets.sparkline import ASCII, BLOCKS
from widgets.width import fit, fit_right

LABEL = 8
TOP = 8
LEAD = LABEL + TOP + 4
TALLEST = 6
"""Lines of a row at the most; the first may have twice as many."""
LOOKS = ("heading", "muted", "bar", "rise", "cursor", "mark")


class SpanRow(Struct, frozen=True):
    """One row: values by columns of time, None where nothing was measured; from `rise` on they are marked.

    `write` writes the end of its scale, `note` stands where it has none.
    """

    name: str
    values: Sequence[float | None]
    write: Callable[[float], str]
    rise: int | None = None
    note: str = ""


class SpanMark(Struct, frozen=True):
    """What happened at a column, in words."""

    column: int
    words: str


class SpanRows(Widget, can_focus=True):
    """Shows rows from `start` to `end` (Unix seconds); the first one is twice as high as the others."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"span--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    SpanRows { height: 1fr; }
    SpanRows > .span--heading { text-style: bold; }
    SpanRows > .span--muted { color: $text-muted; }
    SpanRows > .span--bar { color: $text-muted; }
    SpanRows > .span--rise { color: $text-warning; }
    SpanRows > .span--cursor { color: $foreground; text-style: bold; }
    SpanRows > .span--mark { color: $text-accent; }
    """

    def __init__(self, signs: str = BLOCKS) -> None:
        super().__init__()
        self._signs = signs
        self._rows: tuple[SpanRow, ...] = ()
        self._marks: tuple[SpanMark, ...] = ()
        self._start, self._end = 0.0, 1.0
        self._count = 1
        self.cursor: float | None = None
        self._lines: list[tuple[Piece, ...]] = []
        self._made_for = (0, 0)

    def show(
        self, rows: Sequence[SpanRow], marks: Sequence[SpanMark], start: float, end: float, columns: int
    ) -> None:
        """Show these rows between two moments that fall into so many columns."""
        self._rows, self._marks = tuple(rows), tuple(marks)
        self._start, self._end, self._count = start, max(end, start + 1e-3), max(1, columns)
        if self.cursor is not None and not start <= self.cursor < end:
            self.cursor = None
        self._renew()

    @property
    def column(self) -> int | None:
        """The column under the cursor, None without one."""
        if self.cursor is None:
            return None
        return min(self._count - 1, max(0, int((self.cursor - self._start) / self._step)))

    @property
    def _step(self) -> float:
        return (self._end - self._start) / self._count

    def move_cursor(self, by: int) -> None:
        """Move the cursor by so many columns; the first key puts it on the newest."""
        here = self.column
        at = self._count - 1 if here is None else min(self._count - 1, max(0, here + by))
        self.set_cursor(self._start + at * self._step)

    def set_cursor(self, moment: float | None) -> None:
        """Put the cursor on a moment, or take it away."""
        self.cursor = moment
        self._renew()

    def move(self, by: int) -> None:
        """All rows are in view."""

    half_page = go_to_row = move

    @property
    def text(self) -> str:
        """What is shown, as plain lines."""
        return "\n".join(plain(line).rstrip() for line in self._lines)

    def on_resize(self, _: events.Resize) -> None:
        self._renew()

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        if self._made_for != self.size:
            self._make()
        base = self.rich_style
        line = self._lines[y] if y < len(self._lines) else ()
        segments = [
            Segment(text, base + self.get_component_rich_style(f"span--{look}") if look else base)
            for look, text in line
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _renew(self) -> None:
        before = self._lines
        if not self.size.width or not self.size.height:
            return
        self._make()
        for y, line in enumerate(self._lines):
            start, end = span(before[y], line, self.size.width) if y < len(before) else (0, self.size.width)
            if end > start:
                self.refresh(Region(start, y, end - start, 1))
        for y in range(len(self._lines), len(before)):
            self.refresh(Region(0, y, self.size.width, 1))

    def _make(self) -> None:
        width, height = self._made_for = (self.size.width, self.size.height)
        cells = max(1, width - LEAD)
        words = 1 if self._marks else 0
        room = max(1, height - 3 - words)
        drawn = sum(any(value is not None for value in row.values) for row in self._rows)
        room = max(1, room - (len(self._rows) - drawn))
        each = max(1, min(TALLEST, room // (drawn + 1)))
        first = max(1, min(max(3, 2 * each), room - each * (drawn - 1)))
        self._lines = []
        for number, row in enumerate(self._rows):
            self._lines += self._row(row, cells, first if number == 0 else each)
        self._lines.append(self._changes(cells))
        self._lines += self._axis(cells)
        if words:
            self._lines.append(self._words(width))

    def _cell(self, column: int, cells: int) -> int:
        """The cell in which a column begins."""
        return column * cells // self._count

    def _in_cells(self, row: SpanRow, cells: int) -> tuple[list[float | None], int]:
        """The highest value of each cell, and the cell from which on it is marked (`cells` for none)."""
        found: list[float | None] = []
        for cell in range(cells):
            begin = cell * self._count // cells
            end = max(begin + 1, (cell + 1) * self._count // cells)
            known = [value for value in row.values[begin:end] if value is not None]
            found.append(max(known) if known else None)
        return found, cells if row.rise is None else self._cell(row.rise, cells)

    def _row(self, row: SpanRow, cells: int, height: int) -> list[tuple[Piece, ...]]:
        name = fit(one_line(row.name, 40), LABEL)
        if not any(value is not None for value in row.values):
            note = f" {one_line(row.note or 'no data', 200)}"
            return [(("heading", f" {name}"), ("muted", f"{' ' * TOP} │{fit(note, cells)}"))]
        values, rise = self._in_cells(row, cells)
        known = [value for value in values if value is not None]
        # A steady curve stands low.
        top, here = max(max(known), 3 * median(known)), self._here(cells)
        steps = len(self._signs) - 1
        lines: list[tuple[Piece, ...]] = []
        for line in range(height):
            floor = (height - 1 - line) * steps
            pieces: list[Piece] = [
                ("heading", f" {name}" if line == 0 else " " * (LABEL + 1)),
                ("muted", f"{fit_right(row.write(top) if line == 0 else '', TOP)} │"),
            ]
            for cell, value in enumerate(values):
                look = "cursor" if cell == here else "rise" if cell >= rise else "bar"
                pieces.append((look, self._sign(value, top, floor, steps, height, cell == here)))
            lines.append(_joined(pieces))
        return lines

    def _sign(
        self, value: float | None, top: float, floor: int, steps: int, height: int, is_here: bool
    ) -> str:
        if value is None:
            return "|" if is_here and self._signs == ASCII else "│" if is_here else "." if floor == 0 else " "
        filled = round(value / top * steps * height) if top > 0 else 0
        if value > 0:
            filled = max(1, filled)
        sign = self._signs[min(steps, max(0, filled - floor))]
        return ("|" if self._signs == ASCII else "│") if is_here and sign == " " else sign

    def _here(self, cells: int) -> int:
        return -1 if self.column is None else self._cell(self.column, cells)

    def _changes(self, cells: int) -> tuple[Piece, ...]:
        places = {self._cell(mark.column, cells) for mark in self._marks}
        here = self._here(cells)
        line = "".join("^" if cell in places else "│" if cell == here else " " for cell in range(cells))
        return (("heading", f" {fit('changes', LABEL)}"), ("muted", f"{' ' * TOP} │"), ("mark", line))

    def _axis(self, cells: int) -> list[tuple[Piece, ...]]:
        axis, words, free = ["─"] * cells, [" "] * (cells + LEAD), 0
        for at, text in time_ticks(self._start, self._end, max(1, cells // 12)):
            x = int((at - self._start) / (self._end - self._start) * cells)
            begin = max(0, LEAD - 1 + x - len(text) // 2)
            if x < cells and begin >= free and begin + len(text) <= len(words):
                axis[x] = "┴"
                words[begin : begin + len(text)] = text
                free = begin + len(text) + 1
        lead = " " * (LABEL + TOP + 2)
        return [(("muted", f"{lead}└{''.join(axis)}"),), (("muted", "".join(words)),)]

    def _words(self, width: int) -> tuple[Piece, ...]:
        """What changed, the newest first, as far as there is room."""
        told = "   ".join(one_line(mark.words, 80) for mark in reversed(self._marks))
        return (("mark", f" ^ {fit(told, max(1, width - 4))}"),)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces, those of one look beside each other as one."""
    found: list[Piece] = []
    for look, text in pieces:
        if found and found[-1][0] == look:
            found[-1] = (look, found[-1][1] + text)
        else:
            found.append((look, text))
    return tuple(found)
