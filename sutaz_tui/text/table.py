"""What a table is made of, on a screen or without one: columns as data, rows by key, how they are sorted, filtered, fitted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from sutaz_tui.text.cells import fit, fit_ends, fit_right, width_of
from sutaz_tui.text.sanitise import one_line

LONGEST = 400
"""Characters of a value that are written."""


def written(value: object) -> str:
    """A value as it stands in a cell: nothing for None, thousands apart in whole numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else one_line(str(value), LONGEST)


class Line(Struct, frozen=True):
    """Numbers to draw, the newest last; `full` is the most that they can usefully be, 0: drawn by what they are."""

    values: tuple[float, ...]
    name: str = ""
    full: float = 0.0
    write: Callable[[float], str] = written


class Column(Struct, frozen=True):
    """One column.

    `width` in cells, 0: as wide as what it shows, `most` at the most; `share` of the cells that are left over, 0: none.
    `priority`: the highest gives way first, 0 never does. `write` makes a cell's text of a value, `order` what two values
    are compared by (itself where None); a value that is None or absent comes last in either direction.
    In the column that `is_tree` rows are indented by their depth. One that `is_line` draws a `Line` small; it stands on
    screens alone.
    One that `is_rare` is left out as long as no row has it; one that `keeps_ends` is cut in the middle of its text.
    """

    id: str
    heading: str
    width: int = 0
    most: int = 40
    share: int = 0
    priority: int = 0
    is_number: bool = False
    write: Callable[[Any], str] = written
    order: Callable[[Any], Any] | None = None
    is_tree: bool = False
    is_line: bool = False
    is_rare: bool = False
    keeps_ends: bool = False

    def fit(self, text: str, width: int) -> str:
        """A text in so many cells of it."""
        if self.is_number:
            return fit_right(text, width)
        return fit_ends(text, width) if self.keeps_ends else fit(text, width)

    def text(self, row: "TableRow") -> str:
        """What stands in a row's cell."""
        value = None if self.is_line else row.values.get(self.id)
        text = "" if value is None else one_line(self.write(value), LONGEST)
        return f"{'  ' * (row.depth - 1)}└ {text}" if self.is_tree and row.depth else text


GLYPHS = {"down": "✗", "degraded": "!", "unknown": "?"}
"""What says the look of a row without colour."""
_GRAVEST_FIRST = ("down", "degraded", "unknown", "", "muted")


class TableRow(Struct, frozen=True):
    """One row: its key stays when its values change.

    `look` marks trouble: "down", "degraded", "unknown", "muted", "" for none; `glyph` says it without colour. `link` is
    where Enter goes: the id of a service, or a command as it is typed, such as `:consumers tasks`; "" for nowhere.
    `detail` are the lines that it unfolds; `copied` what y copies, "" for its values; `depth` how deep it stands below the
    row of depth 0 before it. `log` is whose log l opens, a service's id or `container SOURCE NAME`, "" for that of the
    service that is shown; `at` around which moment (Unix seconds), None for now. `also` is what it is called besides.
    """

    key: str
    values: Mapping[str, object]
    look: str = ""
    glyph: str = ""
    link: str = ""
    detail: tuple[str, ...] = ()
    copied: str = ""
    depth: int = 0
    log: str = ""
    at: float | None = None
    also: tuple[str, ...] = ()

    @property
    def gravity(self) -> int:
        """Its place where trouble stands first: 0 for what is down."""
        return _GRAVEST_FIRST.index(self.look)

    def is_called(self, name: str) -> bool:
        """Whether a name is the row's: its key, one of its values, or what it is called besides."""
        told = (str(value) for value in self.values.values() if isinstance(value, str | int))
        return name == self.key or name in self.also or name in told

    def said(self, columns: Sequence[Column]) -> str:
        """All that the row says, for filter and find."""
        return " ".join(text for column in columns if (text := column.text(self)))


GAP = 2
"""Cells between two columns."""
LEAST_SHARE = 8
"""Cells of a column that takes a share, at the least."""
READABLE_SHARE = 20
"""Cells of one that something can be read in: columns of higher priority numbers give way for them."""


def fitted(columns: Sequence[Column], natural: Mapping[str, int], width: int) -> list[tuple[Column, int]]:
    """The columns that have room in `width` cells, each with its own; `natural` says how wide what they show is."""

    def least(column: Column, share: int) -> int:
        if column.share:
            return min(max(share, width_of(column.heading)), max(natural[column.id], 1))
        return column.width or min(natural[column.id], column.most)

    def left(share: int) -> int:
        return width - sum(least(column, share) for column in kept) - GAP * (len(kept) - 1)

    def giving(above: int) -> Column | None:
        last = max(kept, key=lambda column: column.priority)
        return last if last.priority > above else None

    kept = list(columns)
    most_read = min((column.priority for column in kept if column.share), default=0)
    for share, above in ((READABLE_SHARE, most_read), (LEAST_SHARE, 0)):
        while left(share) < 0 and (column := giving(above)) is not None:
            kept.remove(column)
    share = READABLE_SHARE if left(READABLE_SHARE) >= 0 else LEAST_SHARE
    shares = sum(column.share for column in kept)
    given: list[tuple[Column, int]] = []
    for column in kept:
        extra = max(0, left(share)) * column.share // shares if shares else 0
        given.append((column, least(column, share) + extra))
    return given


class Arrangement(Struct):
    """How the reader wants rows: sorted by a column (None: as they came), inverted, only those that `wanted` lets through."""

    column: int | None = None
    is_inverted: bool = False
    wanted: Callable[[str], bool] | None = None

    @property
    def is_sorted(self) -> bool:
        """Whether rows stand otherwise than they came."""
        return self.column is not None or self.is_inverted

    def step(self, by: int, columns: int) -> None:
        """Sort by the column to the right or left of the present one; beyond either end, as the rows came."""
        at = (-1 if by > 0 else columns) if self.column is None else self.column
        at += by
        self.column = at if 0 <= at < columns else None
        self.is_inverted = False

    def words(self, columns: Sequence[Column]) -> str:
        """What to say of the order."""
        by = "as they came" if self.column is None else f"by {columns[self.column].heading.lower()}"
        return f"sorted {by}{', inverted' if self.is_inverted else ''}"

    def arranged(self, rows: Sequence[TableRow], columns: Sequence[Column]) -> list[TableRow]:
        """The rows that are wanted, in the wanted order."""
        wanted = self.wanted
        kept = [row for row in rows if wanted(row.said(columns))] if wanted is not None else list(rows)
        if self.column is None or self.column >= len(columns):
            return kept[::-1] if self.is_inverted else kept
        column = columns[self.column]
        order = column.order or (lambda value: value)
        known = [row for row in kept if row.values.get(column.id) is not None]
        # Numbers are looked at for the largest, words for the first.
        known.sort(
            key=lambda row: order(row.values[column.id]), reverse=column.is_number is not self.is_inverted
        )
        return known + [row for row in kept if row.values.get(column.id) is None]


def text_of(columns: Sequence[Column], rows: Sequence[TableRow]) -> list[str]:
    """A table as plain lines, the heading first, every column as wide as it needs; glyphs stand in front."""
    columns = [
        column
        for column in columns
        if not column.is_line
        and not (column.is_rare and all(row.values.get(column.id) is None for row in rows))
    ]
    widths = [
        max([width_of(column.heading), *(width_of(column.text(row)) for row in rows)]) for column in columns
    ]

    def line(glyph: str, texts: Sequence[str]) -> str:
        cells = (column.fit(text, width) for column, text, width in zip(columns, texts, widths, strict=True))
        return f"{glyph or ' '} {(' ' * GAP).join(cells)}".rstrip()

    heading = line("", [column.heading for column in columns])
    return [heading, *(line(row.glyph, [column.text(row) for column in columns]) for row in rows)]
