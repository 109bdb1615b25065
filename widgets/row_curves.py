"""What a row of a table draws small, drawn large below it, where a screen has room for that."""

from sutaz_tui.text.cells import fit_right
from sutaz_tui.text.table import Line, TableRow
from widgets.sparkline import BLOCKS, tall
from widgets.text_view import Line as TextLine

LEAST, MOST = 4, 24
"""Lines that one curve takes, without its name."""
LABEL = 10
QUARTER = 4
AIR = 1.1
"""Of what has no end of its own a curve reaches that much less than its full height."""


def curves_of(row: TableRow, width: int, room: int, signs: str = BLOCKS) -> list[TextLine]:
    """As many of a row's lines as so many lines of text hold, each below its name and with its full height beside it."""
    lines = [value for value in row.values.values() if isinstance(value, Line) and len(value.values) > 1]
    # An empty line and a name go with each.
    shown = lines[: max(0, room // (LEAST + 2))]
    height = min(MOST, room // len(shown) - 2) if shown else 0
    found: list[TextLine] = []
    for line in shown:
        cells = max(1, width - LABEL - 3)
        newest = line.values[-cells:]
        # What is low is drawn larger, and says so at its side.
        top = (
            line.full / QUARTER
            if max(newest) < line.full / QUARTER
            else line.full or max(newest) * AIR or 1.0
        )
        drawn = tall(newest, cells, height, top, signs)
        labels = [line.write(top), *[""] * (height - 2), line.write(0.0)]
        found += [
            ("", ""),
            (f"  {line.name}  now {line.write(newest[-1])}, at most {line.write(max(newest))}", "heading"),
        ]
        found += [
            (f"{fit_right(label, LABEL)} {text}", "muted") for label, text in zip(labels, drawn, strict=True)
        ]
    return found
