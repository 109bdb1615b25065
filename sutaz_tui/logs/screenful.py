"""One screen of a sheet: what stands on each of its rows."""

from typing import NamedTuple

from sutaz_tui.logs.rows import Row, selected
from sutaz_tui.logs.sheet import Sheet, Spot, of


class Screenful(NamedTuple):
    """The rows; where heads of entries stand among them (by identity of line or gap), what is at the top."""

    rows: list[Row]
    heads: dict[int, int]
    is_at_top: bool = True
    """Whether the first row of all is among them."""
    top: int = 0
    """The entry of the first row, as an index."""


NOTHING = Screenful([], {})


def ending_with(sheet: Sheet, spot: Spot, height: int) -> Screenful:
    """The screen whose last row is this one; from the top where there are fewer rows."""
    above = _above(sheet, spot, height - 1)
    y = len(above.rows)
    rows, heads = _from(sheet, spot, 1, y)
    return above._replace(rows=above.rows + rows, heads=above.heads | heads)


def around(sheet: Sheet, spot: Spot, y: int, height: int) -> Screenful:
    """The screen on which this row stands at y, as the selected one; with empty rows where there are none above."""
    above = _above(sheet, spot, y)
    blank = y - len(above.rows)
    rows, heads = _from(sheet, spot, height - y, y)
    rows[0] = selected(rows[0])
    shifted = {head: at + blank for head, at in above.heads.items()}
    return above._replace(rows=[()] * blank + above.rows + rows, heads=shifted | heads)


def _above(sheet: Sheet, spot: Spot, room: int) -> Screenful:
    """The rows above a spot, at most so many."""
    part = (spot.place, spot.part)
    blocks = [sheet.rows(part)[: spot.row]]
    found = len(blocks[0])
    starts = [(part, found)]
    before = sheet.before(part)
    while found < room and before is not None:
        part = before
        blocks.append(sheet.rows(part))
        found += len(blocks[-1])
        starts.append((part, found))
        before = sheet.before(part)
    bottom = min(room, found)
    heads = {
        id(of(sheet.buffer.visible[place])): bottom - start
        for (place, number), start in starts
        if not number and start <= bottom
    }
    rows = [row for block in reversed(blocks) for row in block][found - bottom :]
    return Screenful(rows, heads, before is None and found <= room, part[0])


def _from(sheet: Sheet, spot: Spot, room: int, y: int) -> tuple[list[Row], dict[int, int]]:
    """The rows from a spot on, which stands at y, at most so many; and where heads stand among them."""
    part = (spot.place, spot.part)
    rows = sheet.rows(part)[spot.row :]
    heads = {}
    after = sheet.after(part)
    while len(rows) < room and after is not None:
        if not after[1]:
            heads[id(of(sheet.buffer.visible[after[0]]))] = y + len(rows)
        rows += sheet.rows(after)
        after = sheet.after(after)
    return rows[:room], heads
