"""Rows of a log on the line API: it asks for what stands on the screen, and writes only the cells that differ."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from widgets.pacing import PLACE, STYLE, Pace
from widgets.pieces import Piece, span
from widgets.width import cut, width_of

ROLES = (
    "time", "service", "logger", "level-debug", "level-info", "level-warn", "level-error", "level-critical", "message",
    "fold", "gap", "mark", "match", "selected", "field", "muted", "head",
)  # fmt: skip
LogRow = tuple[tuple[str, str], ...]
"""Pieces of safe text, each with its role, "" for none."""

# Bytes a second at most: for a whole screen, and for a panel of a dozen rows.
SCREEN_BUDGET, PANEL_BUDGET = 20_000.0, 10_000.0
SCREEN_ROWS = 40


class LogView(Widget, can_focus=True):
    """Shows the rows that `rows(width, height)` gives; `repaint` asks for them at once, `paint_soon` when it is time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"log--{role}" for role in ROLES}
    # Only what is not ordinary has a look: each is 42 bytes a row on the line.
    DEFAULT_CSS = """
    LogView { height: 1fr; }
    LogView > .log--level-debug { color: $text-muted; }
    LogView > .log--level-warn { color: $text-warning; }
    LogView > .log--level-error { color: $text-error; }
    LogView > .log--level-critical { color: $text-error; text-style: bold reverse; }
    LogView > .log--fold { text-style: bold; }
    LogView > .log--gap { color: $text-warning; text-style: bold; }
    LogView > .log--mark { color: $text-accent; text-style: bold; }
    LogView > .log--match { text-style: reverse; }
    LogView > .log--selected { color: $text-primary; text-style: reverse; }
    LogView > .log--field { color: $text-primary; }
    LogView > .log--muted { color: $text-muted; }
    LogView > .log--head { text-style: bold; }
    """

    def __init__(
        self,
        rows: Callable[[int, int], Sequence[LogRow]],
        id: str | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(id=id)
        self._rows = rows
        self._clock = clock
        self._pace = Pace()
        self._timer: Timer | None = None
        self._shown: list[LogRow] = []
        self._strips: list[Strip] = []
        self._width = 0
        self._looks: dict[str, Style] = {}

    def pressed(self) -> None:
        """The reader pressed a key: what changes within the next second is painted at once."""
        self._pace.pressed(self._clock())

    def paint_soon(self) -> None:
        """Something may have changed: paint when the line bears it, at once after a key, at the latest in a second."""
        if self._timer is not None:
            if self._pace.wait(self._clock()) > 0:
                return
            self._stop()
        if (wait := self._pace.wait(self._clock())) > 0:
            self._timer = self.set_timer(wait, self.repaint)
        else:
            self.repaint()

    def repaint(self) -> None:
        """Ask for the rows and refresh the cells that differ from what stands there."""
        self._stop()
        width, height = self.size
        if not self.is_mounted or width <= 0 or height <= 0:
            return
        began = self._clock()
        self._pace.budget = min(SCREEN_BUDGET, max(PANEL_BUDGET, SCREEN_BUDGET * height / SCREEN_ROWS))
        rows = self._asked(width, height)
        if width != self._width or height != len(self._shown):
            self._take(rows, width)
            self.refresh()
            self._painted(began, width * height)
            return
        cost = 0
        changed: list[Region] = []
        for y, (before, row) in enumerate(zip(self._shown, rows, strict=True)):
            if before == row:
                continue
            start, end = span(_pieces(before), _pieces(row), width)
            if start < end:
                strip = self._strips[y] = self._strip(row, width)
                changed.append(Region(start, y, end - start, 1))
                # Textual writes from the left edge on, up to where the region ends.
                cost += end + PLACE + STYLE * len(list(strip))
            self._shown[y] = row
        if changed:
            self.refresh(*changed)
        self._painted(began, cost)

    def on_resize(self) -> None:
        self.repaint()

    def on_key(self, _event: events.Key) -> None:
        self.pressed()

    def on_show(self) -> None:
        self.repaint()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._looks.clear()
        self._width = 0

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        width, height = self.size
        if width != self._width or height != len(self._shown):
            # The first frame comes before the message that says how large it is.
            self._take(self._asked(width, height), width)
        return self._strips[y] if y < len(self._strips) else Strip.blank(width, self.rich_style)

    def _asked(self, width: int, height: int) -> list[LogRow]:
        rows = list(self._rows(width, height)[:height])
        return rows + [()] * (height - len(rows))

    def _painted(self, began: float, cost: float) -> None:
        now = self._clock()
        self._pace.painted(now, cost, now - began)

    def _take(self, rows: list[LogRow], width: int) -> None:
        self._shown, self._width = rows, width
        self._strips = [self._strip(row, width) for row in rows]

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _strip(self, row: LogRow, width: int) -> Strip:
        base = self._look("")
        segments: list[Segment] = []
        left = width
        for text, role in row:
            if left <= 0:
                break
            length = width_of(text) if len(text) <= left else left + 1
            if length > left:
                text = cut(text, left)
                length = width_of(text)
                left = length
            left -= length
            style = self._look(role)
            if segments and (last := segments[-1].style) is not None:
                if style is base and text.isspace() and not last.reverse and last.bgcolor == base.bgcolor:
                    # Blanks look alike in any colour, and every change of it costs.
                    style = last
                if last is style:
                    text = segments.pop().text + text
            segments.append(Segment(text, style))
        if left > 0:
            segments.append(Segment(" " * left, base))
        return Strip(segments).adjust_cell_length(width, base)

    def _look(self, role: str) -> Style:
        look = self._looks.get(role)
        if look is None:
            look = base = self._looks[""] = self._looks.get("") or self.rich_style
            if role and (own := base + self.get_component_rich_style(f"log--{role}")) != base:
                look = own
            self._looks[role] = look
        return look


def _pieces(row: LogRow) -> list[Piece]:
    return [(role, text) for text, role in row]
