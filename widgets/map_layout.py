"""Where every service stands on the map: fixed places that depend on the config and the width alone, never on status.

Wide screens list one row a service; narrower ones stack the groups into columns of cells; very small ones list only
what is in trouble.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

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


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle one line high: a group's heading (`service` None) or a service's cell."""

    x: int
    y: int
    width: int
    group: str
    service: int | None


@dataclass(frozen=True, slots=True)
class Layout:
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


def lay_out(services: Sequence[Service], width: int, rows_from: int = ROWS_FROM) -> Layout:
    """The places of these services at a width; `rows_from` is the width from which each has a row of its own.

    For the trouble list the services are those in trouble, each on a line, without headings.
    """
    match shape_at(width, rows_from):
        case Shape.ROWS:
            return _rows(services, width)
        case Shape.COLUMNS:
            return _columns(services, width, 4 if width >= FOUR_COLUMNS_FROM else 3)
        case Shape.TROUBLE:
            places = tuple(Place(0, n, width, service.group, n) for n, service in enumerate(services))
            return Layout(Shape.TROUBLE, places, len(places), 1)


def _groups(services: Sequence[Service]) -> list[_Group]:
    groups: list[_Group] = []
    for number, service in enumerate(services):
        if not groups or groups[-1][0] != service.group:
            groups.append((service.group, []))
        groups[-1][1].append(number)
    return groups


def _rows(services: Sequence[Service], width: int) -> Layout:
    places = []
    y = 0
    for group, numbers in _groups(services):
        places.append(Place(0, y, width, group, None))
        places += [Place(0, y + 1 + n, width, group, number) for n, number in enumerate(numbers)]
        y += 1 + len(numbers)
    return Layout(Shape.ROWS, tuple(places), y, 1)


def _columns(services: Sequence[Service], width: int, columns: int) -> Layout:
    groups = _groups(services)
    low, high = 1, sum(1 + len(numbers) for _, numbers in groups) or 1
    # The lowest map that holds all groups in the given columns: a taller screen must not move a cell.
    while low < high:
        middle = (low + high) // 2
        if _stack(groups, middle, columns) is None:
            low = middle + 1
        else:
            high = middle
    stacked = _stack(_fill_from_the_end(groups, low), low, columns) or _stack(groups, low, columns) or []
    cell = width // columns
    places = tuple(
        # The last column takes what the division leaves over.
        Place(column * cell, y, (width - column * cell if column == columns - 1 else cell - 1), group, number)
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


def _stack(
    groups: Sequence[_Group | None], height: int, columns: int
) -> list[tuple[int, int, str, int | None]] | None:
    """Column, line, group and service of every place in columns of `height` lines; None when they do not fit.

    A None among the groups ends a column.
    """
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
    return found if column < columns else None
