"""Where every service stands on the map: fixed places that depend on the config and the width alone, never on status.

Wide screens list one row a service; narrower ones stack the groups into columns of cells; very small ones list only
what is in trouble.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from msgspec import Struct

from sutaz_tui.model import Service

ROWS_FROM = 120
FOUR_COLUMNS_FROM = 80
THREE_COLUMNS_FROM = 60

_Group = tuple[str, list[int]]


class Shape(Enum):
    """How the map is drawn at a width."""

    ROWS = "rows"
    COLUMNS = "columns"
    TROUBLE = "trouble"


class Place(NamedTuple):
    """A rectangle one line high: a group's heading (`service` None) or a service's cell, by its number."""

    x: int
    y: int
    width: int
    group: str
    service: int | None


class Layout(Struct, frozen=True):
    """All places of a map, in reading order of the services, and the height that they take."""

    shape: Shape
    places: tuple[Place, ...]
    height: int
    columns: int


def shape_at(width: int, rows_from: int = ROWS_FROM) -> Shape:
    """The shape of the map at a width in cells; `rows_from` is the width from which each service has its row."""
    if width >= rows_from:
        return Shape.ROWS
    return Shape.COLUMNS if width >= THREE_COLUMNS_FROM else Shape.TROUBLE


def lay_out(
    services: Sequence[Service],
    numbers: Iterable[int],
    width: int,
    rows_from: int = ROWS_FROM,
    is_sorted: bool = False,
) -> Layout:
    """The places of the services of these numbers at a width.

    `rows_from` is the width from which each has a row of its own. The trouble list, whose numbers are of those in
    trouble, and rows that are sorted have no headings of groups.
    """
    shape = shape_at(width, rows_from)
    if shape is Shape.COLUMNS:
        return _columns(_groups(services, numbers), width, columns_at_width(width))
    if shape is Shape.ROWS and not is_sorted:
        return _rows(_groups(services, numbers), width)
    places = tuple(Place(0, y, width, services[n].group, n) for y, n in enumerate(numbers))
    return Layout(shape, places, len(places), 1)


def columns_at_width(width: int) -> int:
    """How many columns of cells a width has room for."""
    return 4 if width >= FOUR_COLUMNS_FROM else 3


def height_of(
    services: Sequence[Service],
    numbers: Iterable[int],
    width: int,
    rows_from: int = ROWS_FROM,
    is_sorted: bool = False,
) -> int:
    """The lines that `lay_out` will take, without making the places."""
    shape = shape_at(width, rows_from)
    if shape is Shape.TROUBLE or (shape is Shape.ROWS and is_sorted):
        return sum(1 for _ in numbers)
    sizes = [1 + len(members) for _, members in _groups(services, numbers)]
    return sum(sizes) if shape is Shape.ROWS else _lowest(sizes, columns_at_width(width))


def _groups(services: Sequence[Service], numbers: Iterable[int]) -> list[_Group]:
    return [(group, list(found)) for group, found in groupby(numbers, lambda number: services[number].group)]


def _rows(groups: list[_Group], width: int) -> Layout:
    places: list[Place] = []
    for group, numbers in groups:
        y = len(places)
        places.append(Place(0, y, width, group, None))
        places += [Place(0, y + 1 + n, width, group, number) for n, number in enumerate(numbers)]
    return Layout(Shape.ROWS, tuple(places), len(places), 1)


def _lowest(sizes: list[int], columns: int) -> int:
    """The height of the lowest map that holds groups of these sizes: a taller screen must not move a cell."""
    low, high = 1, sum(sizes) or 1
    while low < high:
        middle = (low + high) // 2
        if _columns_taken(sizes, middle) > columns:
            low = middle + 1
        else:
            high = middle
    return low


def _columns_taken(sizes: Iterable[int], height: int) -> int:
    """How many columns of this height `_stack` fills with groups of these sizes, each one heading and its services."""
    column, y = 0, 0
    for size in sizes:
        if y and y + size > height and (size <= height or y + 2 > height):
            column, y = column + 1, 0
        y += size
        # A column is left only for a cell that no longer fits, so a full one is not yet left.
        left = (y - 1) // height
        column, y = column + left, y - left * height
    return column + 1


def _columns(groups: list[_Group], width: int, columns: int) -> Layout:
    low = _lowest([1 + len(numbers) for _, numbers in groups], columns)
    stacked = _stack(_fill_from_the_end(groups, low), low)
    if stacked and stacked[-1][0] >= columns:
        stacked = _stack(groups, low)
    cell = width // columns
    last = columns - 1
    places = tuple(
        # The last column takes what the division leaves over.
        Place(column * cell, y, width - column * cell if column == last else cell - 1, group, number)
        for column, y, group, number in stacked
    )
    return Layout(Shape.COLUMNS, places, low, columns)


def _fill_from_the_end(groups: list[_Group], height: int) -> list[_Group | None]:
    """The groups with None where a column ends, the last columns filled first: the first groups get the most air."""
    found: list[_Group | None] = []
    used = 0
    for group in reversed(groups):
        needs = 1 + len(group[1])
        if used and used + needs > height:
            found.append(None)
            used = 0
        found.append(group)
        used += needs
    return found[::-1]


def _stack(groups: Sequence[_Group | None], height: int) -> list[tuple[int, int, str, int | None]]:
    """Column, line, group and service of every place in columns of `height` lines; a None ends a column."""
    found: list[tuple[int, int, str, int | None]] = []
    column, y = 0, 0
    for entry in groups:
        if entry is None:
            column, y = column + 1, 0
            continue
        group, numbers = entry
        needs = 1 + len(numbers)
        # A group that fits into a column of its own is kept whole.
        if y and y + needs > height and (needs <= height or y + 2 > height):
            column, y = column + 1, 0
        found.append((column, y, group, None))
        y += 1
        for number in numbers:
            if y >= height:
                column, y = column + 1, 0
            found.append((column, y, group, number))
            y += 1
    return found
