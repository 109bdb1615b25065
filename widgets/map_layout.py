"""Where every service stands on the map: fixed places that depend on the config and the screen alone, never on status.

Where all have a row that fits, each has one; else the groups are stacked into columns of cells; very small screens list
only what is in trouble.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from msgspec import Struct

from sutaz_tui.model import Service

ROWS_FROM = 100
FOUR_COLUMNS_FROM = 80
THREE_COLUMNS_FROM = 60
HEADING = 1

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


def gives_rows(services: Sequence[Service], numbers: Sequence[int], width: int, height: int) -> bool:
    """Whether each of these services has a row of its own: all of them fit, or there are too many for cells as well."""
    if len(numbers) + HEADING <= height:
        return True
    return _lowest(_sizes(services, numbers), columns_at_width(width)) > height


def least_height(services: Sequence[Service], numbers: Sequence[int], width: int) -> int:
    """The lines of the lowest map of all these services: in cells."""
    return _lowest(_sizes(services, numbers), columns_at_width(width))


def lay_out(
    services: Sequence[Service],
    numbers: Sequence[int],
    shape: Shape,
    width: int,
    height: int,
    is_sorted: bool = False,
) -> Layout:
    """The places of the services of these numbers at a width, in `height` lines where that can be done.

    The trouble list, whose numbers are of those in trouble, and rows that are sorted have no headings of groups; rows
    give them up where all fit only so. The first line of rows names their columns.
    """
    if shape is Shape.COLUMNS:
        return _columns(_groups(services, numbers), width, columns_at_width(width), height)
    if shape is Shape.ROWS:
        groups = _groups(services, numbers)
        is_plain = is_sorted or HEADING + len(numbers) <= height < HEADING + len(numbers) + len(groups)
        if not is_plain:
            return _rows(groups, width)
    top = HEADING if shape is Shape.ROWS else 0
    places = tuple(Place(0, top + y, width, services[n].group, n) for y, n in enumerate(numbers))
    return Layout(shape, places, top + len(places), 1)


def columns_at_width(width: int) -> int:
    """How many columns of cells a width has room for."""
    return 4 if width >= FOUR_COLUMNS_FROM else 3


def _sizes(services: Sequence[Service], numbers: Sequence[int]) -> list[int]:
    return [1 + len(members) for _, members in _groups(services, numbers)]


def _groups(services: Sequence[Service], numbers: Iterable[int]) -> list[_Group]:
    return [(group, list(found)) for group, found in groupby(numbers, lambda number: services[number].group)]


def _rows(groups: list[_Group], width: int) -> Layout:
    places: list[Place] = []
    for group, numbers in groups:
        y = HEADING + len(places)
        places.append(Place(0, y, width, group, None))
        places += [Place(0, y + 1 + n, width, group, number) for n, number in enumerate(numbers)]
    return Layout(Shape.ROWS, tuple(places), HEADING + len(places), 1)


def _lowest(sizes: list[int], columns: int, least: int = 1) -> int:
    """The height, at least `least`, of the lowest map that holds groups of these sizes."""
    low, high = least, max(least, sum(sizes))
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


def _columns(groups: list[_Group], width: int, columns: int, height: int) -> Layout:
    sizes = [1 + len(numbers) for _, numbers in groups]
    # Where there is room for it, no group is split: the tallest stands whole.
    low = _lowest(sizes, columns, max(sizes, default=1))
    if low > height:
        low = _lowest(sizes, columns)
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
