"""The row of tabs: how each stack is that is open, the one in view in reverse."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from widgets.pieces import Piece, cut_pieces, plain
from widgets.width import width_of

KEYS = "( )  :env NAME"


class TabMark(Struct, frozen=True):
    """What a tab's name is and how it stands: `✗1`, and the look of that."""

    title: str
    sign: str
    look: str = ""


def tab_pieces(marks: Sequence[TabMark], in_view: int, width: int) -> tuple[Piece, ...]:
    """` PROD ✗1 | STAGING ✓ | LAB ?` in so many cells; those farthest from the one in view give way."""
    first, last = 0, len(marks) - 1
    while first < last and width_of(plain(_pieces(marks, in_view, first, last))) > width:
        if in_view - first > last - in_view:
            first += 1
        else:
            last -= 1
    pieces = cut_pieces(_pieces(marks, in_view, first, last), width)
    # Who sees several asks how to get there.
    room = width - width_of(plain(pieces)) - len(KEYS) - 1
    return (*pieces, ("", " " * room + KEYS)) if room >= 2 else pieces


def _pieces(marks: Sequence[TabMark], in_view: int, first: int, last: int) -> tuple[Piece, ...]:
    made: list[Piece] = [("", f" {first} more |" if first else "")]
    for number, mark in enumerate(marks[first : last + 1], first):
        made += [
            ("", " | " if number > first else " "),
            ("in-view" if number == in_view else "", mark.title),
            ("", " "),
            (mark.look, mark.sign),
        ]
    rest = len(marks) - 1 - last
    return (*made, ("", f" | {rest} more" if rest else ""))


class TabsLine(Widget):
    """That row, at the top of whatever is open."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"tabs--{look}" for look in ("down", "degraded", "unknown", "in-view")
    }
    DEFAULT_CSS = """
    TabsLine { height: 1; }
    TabsLine > .tabs--down { color: $text-error; text-style: bold; }
    TabsLine > .tabs--degraded { color: $text-warning; }
    TabsLine > .tabs--unknown { color: $text-accent; }
    TabsLine > .tabs--in-view { text-style: reverse; }
    """

    def __init__(self, marks: Sequence[TabMark], in_view: int) -> None:
        super().__init__()
        self._marks = tuple(marks), in_view

    @property
    def text(self) -> str:
        """The row as text."""
        return plain(tab_pieces(*self._marks, self.size.width))

    def show(self, marks: Sequence[TabMark], in_view: int) -> None:
        """Show how they stand."""
        if self._marks != (tuple(marks), in_view):
            self._marks = tuple(marks), in_view
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The row."""
        del y
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"tabs--{look}") if look else base)
            for look, text in tab_pieces(*self._marks, self.size.width)
        ]
        return Strip(segments).simplify().adjust_cell_length(self.size.width, base)
