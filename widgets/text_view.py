"""Lines of text to scroll through, on the line API; each line has one look, only lines that differ are repainted."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sutaz_tui.text.sanitise import sanitise
from widgets.pieces import span
from widgets.width import fit, width_of, wrapped

LOOKS = ("heading", "muted", "degraded", "down", "unknown")
Line = tuple[str, str]

# Characters of a line that are shown: more is nothing to read here, and each resize wraps them all anew.
LONGEST = 4096


class TextView(ScrollView, can_focus=True):
    """Shows lines; long ones wrap at the width when `wraps`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    TextView { scrollbar-size: 0 0; }
    TextView > .text--heading { text-style: bold; }
    TextView > .text--muted { color: $text-muted; }
    TextView > .text--degraded { color: $text-warning; }
    TextView > .text--down { color: $text-error; text-style: bold; }
    TextView > .text--unknown { color: $text-accent; }
    """

    def __init__(self, wraps: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._given: tuple[Line, ...] = ()
        self._lines: list[Line] = []
        self._wraps = wraps
        self._width = 0

    @property
    def text(self) -> str:
        """All that is shown, as text."""
        return "\n".join(text.rstrip() for text, _ in self._given)

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines, repainting only those that differ."""
        given = tuple((sanitise(text[:LONGEST]), look) for text, look in lines)
        if given == self._given:
            return
        self._given = given
        self._take()

    def on_resize(self) -> None:
        self._take()

    def move(self, by: int) -> None:
        """Scroll by so many lines."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False, immediate=True)

    def half_page(self, by: int) -> None:
        """Scroll by half a page."""
        self.move(by * max(1, self.size.height // 2))

    def go_to_row(self, number: int) -> None:
        """Scroll so that the line of this number stands at the top."""
        self.move(number - 1 - self.scroll_offset.y)

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        if self._width != self.size.width:
            # The first frame comes before the message that says how wide it is.
            self._lines = self._made()
        base = self.rich_style
        index = y + self.scroll_offset.y
        width = self.size.width
        if index >= len(self._lines):
            return Strip.blank(width, base)
        text, look = self._lines[index]
        style = base + self.get_component_rich_style(f"text--{look}") if look else base
        return Strip([Segment(fit(text, width), style)], width)

    def _made(self) -> list[Line]:
        width = self._width = self.size.width
        return [part for line in self._given for part in (_wrapped(line, width) if self._wraps else (line,))]

    def _take(self) -> None:
        before, lines = self._lines, self._made()
        width, self._lines = self._width, lines
        self.virtual_size = Size(width, len(lines))
        if len(before) != len(lines):
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, lines, strict=True)):
            y = index - self.scroll_offset.y
            if old != new and 0 <= y < self.size.height:
                start, end = span([(old[1], fit(old[0], width))], [(new[1], fit(new[0], width))], width)
                if end > start:
                    self.refresh(Region(start, y, end - start, 1))


def _wrapped(line: Line, width: int) -> list[Line]:
    text, look = line
    if width < 20 or width_of(text) <= width:
        return [line]
    indent = " " * min(len(text) - len(text.lstrip()) + 9, width // 3)
    return [(part, look) for part in wrapped(text, width, indent)]
