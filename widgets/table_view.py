"""A table on the line API: columns as data, rows by key; only the spans that differ are repainted."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sutaz_tui.text.sanitise import count, one_line
from sutaz_tui.text.table import GAP, LONGEST, Arrangement, Column, Line, TableRow, fitted, text_of
from widgets.pieces import Piece, plain, span
from widgets.sparkline import BLOCKS, sparkline
from widgets.width import fit, fit_right, width_of

LOOKS = ("heading", "muted", "degraded", "down", "unknown", "selected", "cursor")
MEASURED = 500
"""Rows by which columns are sized, beside those on the screen."""
Wanted = Callable[[str], bool]


class TableView(Widget, can_focus=True):
    """Shows rows below one heading line; the cursor stays on its row, and on its line of the screen, when rows move."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    TableView { height: 1fr; }
    TableView > .table--heading { text-style: bold; }
    TableView > .table--muted { color: $text-muted; }
    TableView > .table--degraded { color: $text-warning; }
    TableView > .table--down { color: $text-error; text-style: bold; }
    TableView > .table--unknown { color: $text-accent; }
    TableView > .table--selected { color: $text-primary; text-style: reverse; }
    TableView > .table--cursor { color: $text-primary; text-style: bold; }
    """

    class Selected(Message):
        """The reader moved to another row."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, columns: Sequence[Column], id: str | None = None, signs: str = BLOCKS) -> None:
        super().__init__(id=id)
        self._signs = signs
        self.columns = tuple(columns)
        self.arrangement = Arrangement()
        self._given: tuple[TableRow, ...] = ()
        self._total: int | None = None
        self._rows: list[TableRow] = []
        self._at = 0
        self._unfolded = ""
        self._top = 0
        self._natural: dict[str, int] = {column.id: width_of(column.heading) + 1 for column in self.columns}
        self._fitted: list[tuple[Column, int]] = []
        self._unseen = {column.id for column in self.columns if column.is_rare}
        self._width = 0
        self._needle: Wanted | None = None
        self._painted: dict[int, tuple[Piece, ...]] = {}

    # What is shown

    def show(self, rows: Sequence[TableRow], total: int | None = None) -> None:
        """Show these rows, of `total` that there are where they are not all."""
        self._given, self._total = tuple(rows), total
        self._arrange()

    @property
    def rows(self) -> list[TableRow]:
        """The rows as they are arranged."""
        return self._rows

    @property
    def selected(self) -> TableRow | None:
        """The row under the cursor, None in an empty table."""
        return self._rows[self._at] if self._rows else None

    @property
    def seen(self) -> list[str]:
        """The keys of the rows on the screen."""
        return [row.key for row in self._rows[self._top : self._top + max(1, self.size.height - 1)]]

    @property
    def is_unfolded(self) -> bool:
        """Whether the detail of a row stands below it."""
        return bool(self._unfolded)

    @property
    def counted(self) -> str:
        """How many rows stand here: "13", or "120 of 10,000" where not all of them do."""
        total = self._total if self._total is not None else len(self._given)
        shown = len(self._rows)
        return count(shown) if shown == total else f"{count(shown)} of {count(total)}"

    @property
    def text(self) -> str:
        """The whole table as plain lines, every column as wide as it needs."""
        return "\n".join(text_of(self.columns, self._rows))

    @property
    def copied_line(self) -> str:
        """What the row under the cursor gives to copy, else its values with their names; "" in an empty table."""
        if (row := self.selected) is None:
            return ""
        return row.copied or "  ".join(
            f"{column.heading.lower()} {text}" for column in self.columns if (text := column.text(row))
        )

    # What keys do

    def move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        if self._rows:
            self._choose(max(0, min(len(self._rows) - 1, self._at + by)))

    def half_page(self, by: int) -> None:
        """Move the cursor by half a screen."""
        self.move(by * max(1, (self.size.height - 1) // 2))

    def go_to_row(self, number: int) -> None:
        """Put the cursor on the row of this number, 1 being the first; the last where there are fewer."""
        if self._rows:
            self._choose(max(0, min(len(self._rows), number) - 1))

    def select(self, key: str) -> bool:
        """Put the cursor on a row; False when it is not shown."""
        at = next((at for at, row in enumerate(self._rows) if row.key == key), None)
        if at is not None:
            self._choose(at)
        return at is not None

    def select_called(self, name: str) -> bool:
        """Put the cursor on the first row that is called so; False when there is none."""
        return any(self.select(row.key) for row in self._rows if row.is_called(name))

    def unfold(self) -> bool:
        """Show the detail of the row under the cursor below it, or fold it again; False when it has none."""
        row = self.selected
        if row is None or not row.detail:
            return False
        self._unfolded = "" if self._unfolded == row.key else row.key
        self._keep_in_view()
        self._repaint()
        return True

    def sort(self, by: int) -> str:
        """Sort by the next column to the right or left; what to say."""
        self.arrangement.step(by, len(self.columns))
        self._arrange()
        return self.arrangement.words(self.columns)

    def invert(self) -> str:
        """Turn the order round; what to say."""
        self.arrangement.is_inverted = not self.arrangement.is_inverted
        self._arrange()
        return self.arrangement.words(self.columns)

    def filter(self, wanted: Wanted | None) -> None:
        """Show only rows whose text is wanted, None for all."""
        self.arrangement.wanted = wanted
        self._arrange()

    @property
    def place(self) -> tuple[str, Wanted | None]:
        """The key of the row under the cursor ("" for none), and what was looked for."""
        return self.selected.key if self.selected is not None else "", self._needle

    def return_to(self, key: str, needle: Wanted | None) -> None:
        """Put the cursor on that row again."""
        self._needle = needle
        self.select(key)

    def find(self, wanted: Wanted) -> bool:
        """Put the cursor on the next row that is wanted, from here on; False when there is none."""
        self._needle = wanted
        return self.find_again(0)

    @property
    def has_needle(self) -> bool:
        """Whether something was looked for."""
        return self._needle is not None

    def find_again(self, by: int) -> bool:
        """Put the cursor on the next or previous row that was looked for, or the one so many further on, round the end;
        0: this one or the next. False when there is none."""
        count, one = len(self._rows), -1 if by < 0 else 1
        order = (
            dict.fromkeys((self._at + one * n) % count for n in range(by != 0, count + 1)) if count else {}
        )
        wanted = self._needle or (lambda _: False)
        found = [at for at in order if wanted(self._rows[at].said(self.columns))]
        if found:
            self._choose(found[max(0, abs(by) - 1) % len(found)])
        return bool(found)

    def on_click(self, event: events.Click) -> None:
        at = self._line_at(event.y)
        if at is not None:
            self._choose(at[0])

    def on_mouse_scroll_down(self, _: events.MouseScrollDown) -> None:
        self.move(3)

    def on_mouse_scroll_up(self, _: events.MouseScrollUp) -> None:
        self.move(-3)

    def on_resize(self, _: events.Resize) -> None:
        self._keep_in_view()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        if self._width != self.size.width:
            self._measure()
        line = self._line(y)
        self._painted[y] = line
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"table--{look}") if look else base)
            for look, text in line
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _arrange(self) -> None:
        """Arrange the rows anew; the cursor stays on its row, and where it is gone on its place."""
        chosen = self.selected
        before = self._screen_line()
        self._rows = self.arrangement.arranged(self._given, self.columns)
        keys = {row.key: at for at, row in enumerate(self._rows)}
        stays = chosen is not None and chosen.key in keys
        self._at = keys[chosen.key] if chosen and stays else min(self._at, max(0, len(self._rows) - 1))
        if stays:
            self._top = max(0, self._at - before)
        if self._unfolded not in keys:
            self._unfolded = ""
        self._measure()
        self._keep_in_view()
        self._repaint()
        if not stays and self._rows and chosen is not None:
            self.post_message(self.Selected(self._rows[self._at].key))

    def _screen_line(self) -> int:
        return self._at - self._top

    def _measure(self) -> None:
        """Size the columns by what is shown; they only grow, so that nothing moves sideways with each answer."""
        self._width = self.size.width
        near = self._rows[self._top : self._top + max(1, self.size.height)]
        for column in self.columns:
            if not column.width:
                widest = max(
                    (width_of(column.text(row)) for row in (*self._rows[:MEASURED], *near)), default=0
                )
                self._natural[column.id] = max(self._natural[column.id], min(widest, LONGEST))
        self._unseen = {id for id in self._unseen if all(row.values.get(id) is None for row in self._rows)}
        shown = [column for column in self.columns if column.id not in self._unseen]
        self._fitted = fitted(shown, self._natural, max(1, self._width - 2))

    def _unfolded_lines(self) -> tuple[int, tuple[str, ...]]:
        """The row that is unfolded (-1 for none) and its detail."""
        if self._unfolded:
            # The cursor's row, most of the time.
            near = (
                [self._at]
                if self._rows and self._rows[self._at].key == self._unfolded
                else range(len(self._rows))
            )
            for at in near:
                if self._rows[at].key == self._unfolded:
                    return at, self._rows[at].detail
        return -1, ()

    def _line_at(self, y: int) -> tuple[int, int] | None:
        """Which row stands on a line of the screen, and which line of its detail (0: the row itself)."""
        number = self._top + y - 1
        unfolded, detail = self._unfolded_lines()
        if y < 1 or number < 0:
            return None
        if unfolded >= 0 and number > unfolded:
            if number <= unfolded + len(detail):
                return unfolded, number - unfolded
            number -= len(detail)
        return (number, 0) if number < len(self._rows) else None

    def _line(self, y: int) -> tuple[Piece, ...]:
        if y == 0:
            return (("", "  "), *self._heading(self._fitted))
        place = self._line_at(y)
        if place is None:
            return ()
        at, part = place
        row = self._rows[at]
        if part:
            return (("muted", fit(f"    {one_line(row.detail[part - 1], LONGEST)}", max(1, self._width))),)
        is_selected = at == self._at
        cursor: Piece = ("cursor", ">") if is_selected else ("", " ")
        return ((row.look, row.glyph or " "), cursor, *self._cells(row, self._fitted, is_selected))

    def _heading(self, widths: Sequence[tuple[Column, int]]) -> list[Piece]:
        sorted_by = self.arrangement.column
        pieces: list[Piece] = []
        for number, (column, width) in enumerate(widths):
            is_sorted = sorted_by is not None and self.columns[sorted_by] is column
            goes_down = column.is_number is not self.arrangement.is_inverted
            heading = column.heading + (("v" if goes_down else "^") if is_sorted else "")
            text = fit_right(heading, width) if column.is_number else fit(heading, width)
            pieces.append(("heading", text + (" " * GAP if number < len(widths) - 1 else "")))
        return pieces

    def _cells(
        self, row: TableRow, widths: Sequence[tuple[Column, int]], is_selected: bool = False
    ) -> list[Piece]:
        pieces: list[Piece] = []
        for number, (column, width) in enumerate(widths):
            text = self._drawn(column, row, width) if column.is_line else column.text(row)
            text = column.fit(text, width)
            look = "selected" if is_selected and number == 0 else row.look
            pieces.append((look, text))
            if number < len(widths) - 1:
                pieces.append(("", " " * GAP))
        return pieces

    def _drawn(self, column: Column, row: TableRow, width: int) -> str:
        line = row.values.get(column.id)
        if not isinstance(line, Line):
            return ""
        return fit_right(sparkline(line.values, width, line.full or None, self._signs, least=0.0), width)

    def _choose(self, at: int) -> None:
        if at == self._at:
            return
        self._at = at
        self._keep_in_view()
        self._repaint()
        self.post_message(self.Selected(self._rows[at].key))

    def _keep_in_view(self) -> None:
        """Scroll no further than needed for the cursor, and its detail where there is room, to be seen."""
        room = max(1, self.size.height - 1)
        unfolded, detail = self._unfolded_lines()
        first = self._at + (len(detail) if 0 <= unfolded < self._at else 0)
        last = first + (len(detail) if unfolded == self._at else 0)
        if last - self._top >= room:
            self._top = last - room + 1
        self._top = min(self._top, first)
        # No empty lines below the last row while rows stand above the first line.
        self._top = max(0, min(self._top, len(self._rows) + len(detail) - room))

    def _repaint(self) -> None:
        """Repaint the spans that differ from what stands on the screen."""
        for y in range(self.size.height):
            before, after = self._painted.get(y), self._line(y)
            if before is None:
                self.refresh(Region(0, y, self.size.width, 1))
                continue
            start, end = span(before, after, self.size.width)
            if plain(before) == "" or plain(after) == "":
                start, end = 0, self.size.width if before != after else 0
            if end > start:
                self.refresh(Region(start, y, end - start, 1))
