"""Lines drawn into cells of a terminal: braille dots, quarter blocks, or one ASCII sign a series."""

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

_BRAILLE = (
    (0x01, 0x08),
    (0x02, 0x10),
    (0x04, 0x20),
    (0x40, 0x80),
)  # by line, then by column; Unicode 15, U+2800
_QUARTER = ((1, 2), (4, 8))
_WHOLE = ((1,),)
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
SIGNS = "*+ox#@%&"


class Cells(Enum):
    """Into what lines are drawn: the dots across and down in one cell."""

    BRAILLE = (2, 4)
    BLOCKS = (2, 2)
    ASCII = (1, 1)


class Canvas(Struct):
    """`width` by `height` cells; a cell keeps its dots and the series that drew it last."""

    width: int
    height: int
    cells: Cells
    dots: list[int]
    owner: list[int]

    @classmethod
    def empty(cls, width: int, height: int, cells: Cells) -> "Canvas":
        """A canvas on which nothing is drawn."""
        return cls(width, height, cells, [0] * (width * height), [-1] * (width * height))

    @property
    def columns(self) -> int:
        """Dots across."""
        return self.width * self.cells.value[0]

    @property
    def lines(self) -> int:
        """Dots down."""
        return self.height * self.cells.value[1]

    def line(self, series: int, runs: Sequence[tuple[int, int] | None]) -> None:
        """Draw a series: for each column of dots the first and last line that it takes (0 top), None for a gap."""
        across, down = self.cells.value
        width, dots, owner = self.width, self.dots, self.owner
        masks = {Cells.BRAILLE: _BRAILLE, Cells.BLOCKS: _QUARTER}.get(self.cells, _WHOLE)
        before: tuple[int, int] | None = None
        for column, run in enumerate(runs):
            if run is None:
                before = None
                continue
            first, last = run
            if before is not None:
                # The line goes on from where it was: the dots between belong to it.
                if before[1] < first - 1:
                    first = before[1] + 1
                elif before[0] > last + 1:
                    last = before[0] - 1
            before = run
            x, bit = column // across, column % across
            for y in range(first, last + 1):
                at = (y // down) * width + x
                dots[at] |= masks[y % down][bit]
                owner[at] = series

    def sign(self, at: int) -> str:
        """What stands in a cell, "" where nothing is drawn."""
        drawn = self.dots[at]
        if not drawn:
            return ""
        if self.cells is Cells.BRAILLE:
            return chr(0x2800 + drawn)
        return _QUARTERS[drawn] if self.cells is Cells.BLOCKS else SIGNS[self.owner[at] % len(SIGNS)]
