"""The map of all services on Textual's line API: fixed places, only what changed is repainted.

A DataTable repaints itself whole for one changed cell; this repaints the cell.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from sutaz_tui.model import GLYPHS, TROUBLE, Service, ServiceState, Snapshot, Status, cause_title
from sutaz_tui.text.sanitise import count, one_line
from widgets.map_cells import (
    ShownLatency,
    abbreviate,
    cell_pieces,
    glyph_of,
    look_of,
    trouble_pieces,
    word_of,
)
from widgets.map_layout import (
    HEADING,
    THREE_COLUMNS_FROM,
    Place,
    Shape,
    gives_rows,
    lay_out,
    least_height,
)
from widgets.map_rows import ages, columns_at, heading_pieces, row_pieces
from widgets.map_tally import Tally
from widgets.map_walk import WalkedMap
from widgets.pieces import Piece, span
from widgets.sparkline import BLOCKS, is_quiet, last_hour, sparkline
from widgets.usage_words import usage_of
from widgets.width import width_of

LOOKS = ("heading", "muted", "degraded", "down", "unknown", "absent", "recovered", "selected", "cursor")
CELLS_KEPT = 2000
# The second of a minute from which on the minute before it stands in the sparklines.
SPARK_AT = 20
# What was the slowest in each minute, and the minute since 1970 until which.
NEVER: tuple[tuple[float | None, ...], int] = ((), 0)
Cell = tuple[Piece, ...]


class ServiceMap(WalkedMap, can_focus=True):
    """Shows snapshots; one service is selected, and only the reader moves the selection."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"map--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    ServiceMap { scrollbar-size: 0 0; }
    ServiceMap > .map--heading { text-style: bold; }
    ServiceMap > .map--muted { color: $text-muted; }
    ServiceMap > .map--degraded { color: $text-warning; }
    ServiceMap > .map--down { color: $text-error; text-style: reverse bold; }
    ServiceMap > .map--unknown { color: $text-accent; }
    ServiceMap > .map--absent { color: $text-muted; }
    ServiceMap > .map--recovered { color: $text-success; }
    ServiceMap > .map--selected { color: $text-primary; text-style: reverse; }
    ServiceMap > .map--cursor { color: $text-primary; text-style: bold; }
    """

    class Selected(Message):
        """The reader moved to another service."""

        def __init__(self, service_id: str) -> None:
            super().__init__()
            self.service_id = service_id

    def __init__(
        self,
        services: Sequence[Service],
        group_titles: Mapping[str, str],
        glyphs: Mapping[Status, str] = GLYPHS,
        warns: Mapping[str, float] | None = None,
        signs: str = BLOCKS,
    ) -> None:
        super().__init__(services)
        # Full height of a sparkline: what is slow, in seconds.
        self._warns = [(warns or {}).get(service.id) for service in services]
        self._signs = signs
        self._names = [one_line(service.title, 60) for service in services]
        self._titles = group_titles
        self._glyphs = glyphs
        self._width = self._height = 0
        self._has_rows = True
        self._longest = max(map(width_of, self._names), default=0)
        self._has_usage = self._has_hour = False
        self._columns = columns_at(0, self._longest, False)
        self._short = abbreviate({service.id: service.title for service in services})
        self._states: list[ServiceState | None] = [None] * len(self._services)
        self._minutes = [NEVER] * len(self._services)
        self._sparks_at = 0
        self._sparks_due: datetime | None = None
        self._latencies = [ShownLatency() for _ in self._services]
        self._tally = Tally()
        self._now: datetime | None = None
        self._wanted: list[int] = list(range(len(self._services)))
        self._is_sorted = self._is_past = False
        self.only_trouble = self._is_compact = False
        self._lines: dict[int, list[int]] = {}
        self._headings: dict[str, list[int]] = {}
        self._cells: dict[int, Cell] = {}
        self._styles: dict[str, Style] = {}

    @property
    def shape(self) -> Shape:
        """How the map is drawn now."""
        return self._layout_made.shape

    def give(self, width: int, height: int, has_rows: bool) -> None:
        """How wide it will be, how many lines it may take, and whether each service has its row."""
        if (width, height, has_rows) != (self._width, self._height, self._has_rows):
            self._width, self._height, self._has_rows = width, height, has_rows
            self._lay_out()

    def gives_rows(self, width: int, height: int) -> bool:
        """Whether each service is to have its row in so many lines: what is sorted always, else where they fit."""
        return self._is_sorted or gives_rows(self._services, self._wanted, width, height)

    def least_height(self, width: int) -> int:
        """Lines that the whole map takes at the least."""
        return least_height(self._services, self._wanted, width)

    @property
    def height(self) -> int:
        """Lines that the whole map takes as it is laid out."""
        return self._layout_made.height

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot, repainting only the cells that differ from what stands there."""
        self._now = snapshot.at
        is_moved, had_usage = False, self._has_usage
        changed, groups = [], set()
        for number, (state, before) in enumerate(zip(snapshot.services, self._states, strict=True)):
            if state is not before:
                self._states[number] = state
                changed.append(number)
                self._has_usage = self._has_usage or usage_of(state)[1] is not None
                if self._tally.change(before, state):
                    groups.add(state.service.group)
                    is_moved = True
        if had_usage is not self._has_usage:
            self._set_columns()
        if snapshot.is_past or self._is_past:
            # Another moment has another hour before it.
            self._is_past = snapshot.is_past
            self._look_at_hour(snapshot.at)
            self._set_columns()
        if is_moved and (self.shape is Shape.TROUBLE or self._is_compact):
            self._lay_out()
        else:
            self._renew(changed)
            for group in groups:
                for index in self._headings.get(group, ()):
                    self._renew_place(index)

    def tick(self, now: datetime) -> None:
        """Let ages grow: what is in view is looked at again, the rest is made anew when it comes into view."""
        self._now = now
        top = self.scroll_offset.y
        in_view = {index for y in range(top, top + self.size.height) for index in self._lines.get(y, ())}
        self._cells = {index: cell for index, cell in self._cells.items() if index in in_view}
        are_sparks_due = self._sparks_due is None or now >= self._sparks_due
        if are_sparks_due:
            # All sparklines in one frame: each in its own would cost a remote line five times as much.
            in_this_minute = now.replace(second=SPARK_AT, microsecond=0)
            self._sparks_due = in_this_minute + timedelta(minutes=now >= in_this_minute)
            self._look_at_hour(now)
        for index in in_view:
            number = self._layout_made.places[index].service
            if number is not None and (are_sparks_due or self._ages(number, now)):
                self._renew_place(index)

    def _look_at_hour(self, now: datetime) -> None:
        """Take the sparklines of the hour before a moment, and give them their column where that was not quiet."""
        self._minutes = [
            (state.minutes, _minute(state.asked)) if state is not None and state.asked is not None else NEVER
            for state in self._states
        ]
        self._sparks_at = _minute(now)
        hours = zip(self._minutes, self._warns, strict=True)
        has_hour = any(not is_quiet(minutes, warn) for (minutes, _), warn in hours)
        if has_hour is not self._has_hour:
            self._has_hour = has_hour
            self._set_columns()

    def _ages(self, number: int, now: datetime) -> bool:
        """Whether a service looks different only because time passes: it is not fresh, or it has just recovered."""
        state = self._states[number]
        return state is not None and (
            not state.is_fresh(now)
            or look_of(state, state.since or now) != look_of(state, now)
            or (self.shape is Shape.ROWS and ages(state, now - timedelta(seconds=2)))
        )

    def switch_only_trouble(self) -> None:
        """Blank what is up, in place, or show it again; where not all fits, what is in trouble stands there alone."""
        self.only_trouble = not self.only_trouble
        self._lay_out()
        self.scroll_to(y=0, animate=False, immediate=True)

    def list_only(self, ids: Sequence[str] | None, is_sorted: bool = False) -> None:
        """Show only these services, None for all; asked for by the reader, so places may change.

        `is_sorted`: where each has a row they stand in this order, without headings of groups.
        """
        self._wanted = list(range(len(self._services))) if ids is None else [self._numbers[id] for id in ids]
        self._is_sorted = is_sorted
        self._lay_out()

    @property
    def counted(self) -> str:
        """How many services are shown: "34", or "12 of 34" where a filter hides some."""
        shown, total = len(self._wanted), len(self._services)
        return count(shown) if shown == total else f"{count(shown)} of {count(total)}"

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            self._lay_out()

    def on_click(self, event: events.Click) -> None:
        if self._is_heading(event.y):
            return
        y = event.y + self.scroll_offset.y
        for index in self._lines.get(y, ()):
            place = self._layout_made.places[index]
            if place.service is not None and place.x <= event.x < place.x + place.width:
                self._choose(place.service)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        width = self.size.width
        base = self.rich_style
        segments: list[Segment] = []
        if self._is_heading(y):
            for look, text in heading_pieces(self._columns, width):
                segments.append(Segment(text, base + self._style(look)))
            return Strip(segments).adjust_cell_length(width, base)
        x = 0
        for index in self._lines.get(y + self.scroll_offset.y, ()):
            place = self._layout_made.places[index]
            if place.x > x:
                segments.append(Segment(" " * (place.x - x), base))
            for look, text in self._cell(index):
                segments.append(Segment(text, base + self._style(look) if look else base))
            x = place.x + place.width
        return Strip(segments).simplify().adjust_cell_length(width, base)

    def _is_heading(self, y: int) -> bool:
        """Whether a line of the viewport names the columns: it stays where rows scroll."""
        return y < HEADING and self.shape is Shape.ROWS

    def _is_up(self, number: int) -> bool:
        state = self._states[number]
        return state is not None and state.status in (Status.UP, Status.ABSENT)

    def _to_list(self, shape: Shape) -> list[int]:
        if shape is Shape.ROWS:
            return self._wanted
        wanted = sorted(self._wanted) if self._is_sorted else self._wanted
        if shape is Shape.COLUMNS:
            return wanted
        states = self._states
        return [
            number
            for number in wanted
            if (state := states[number]) is not None and state.status in TROUBLE and not state.known
        ]

    def _lay_out(self) -> None:
        width, height = self._width, self._height
        shape = Shape.COLUMNS if width >= THREE_COLUMNS_FROM else Shape.TROUBLE
        shape = Shape.ROWS if self._has_rows else shape
        self._listed = self._to_list(shape)
        made = lay_out(self._services, self._listed, shape, width, height, self._is_sorted)
        self._is_compact = self.only_trouble and made.height > height
        if self._is_compact:
            self._listed = [number for number in self._listed if not self._is_up(number)]
            made = lay_out(self._services, self._listed, shape, width, height, self._is_sorted)
        self._layout_made = made
        self._order = {number: at for at, number in enumerate(self._listed)}
        lines: defaultdict[int, list[int]] = defaultdict(list)
        headings: defaultdict[str, list[int]] = defaultdict(list)
        self._place_of = {}
        for index, place in enumerate(made.places):
            lines[place.y].append(index)
            if place.service is None:
                headings[place.group].append(index)
            else:
                self._place_of[place.service] = index
        self._lines, self._headings = lines, headings
        self._set_columns()
        self.virtual_size = Size(width, made.height)

    def _set_columns(self) -> None:
        self._columns = columns_at(self._width, self._longest, self._has_usage, self._has_hour)
        self._cells.clear()
        self.refresh()

    def _choose(self, number: int) -> None:
        if number == self._selected:
            return
        before, self._selected = self._selected, number
        self._renew([before, number])
        if (index := self._place_of.get(number)) is not None:
            y = self._layout_made.places[index].y
            # The heading of a group comes into view with its first service, below the line that names the columns.
            top = max(0, y - 1 - (HEADING if self.shape is Shape.ROWS else 0))
            self.scroll_to_region(Region(0, top, 1, y - top + 1), animate=False, immediate=True)
        self.post_message(self.Selected(self.selected))

    def _renew(self, numbers: Iterable[int]) -> None:
        """Make the cells of these services anew and repaint those that differ."""
        for number in numbers:
            if (index := self._place_of.get(number)) is not None:
                self._renew_place(index)

    def _renew_place(self, index: int) -> None:
        before = self._cells.pop(index, None)
        place = self._layout_made.places[index]
        y = place.y - self.scroll_offset.y
        if not 0 <= y < self.size.height or self._is_heading(y):
            return
        after = self._cell(index)
        start, end = (0, place.width) if before is None else span(before, after, place.width)
        if end > start:
            self.refresh(Region(place.x + start, y, end - start, 1))

    def _cell(self, index: int) -> Cell:
        cell = self._cells.get(index)
        if cell is None:
            if len(self._cells) > CELLS_KEPT:
                self._cells.clear()
            place = self._layout_made.places[index]
            if place.service is None:
                title = self._titles.get(place.group, place.group)
                heading = partial(self._tally.heading, place.group, title, glyphs=self._glyphs)
                if self.shape is Shape.ROWS:
                    # Its totals stand below the figures of its services.
                    cell = (("", "  "), *heading(width=self._columns.name + 1 + self._columns.now))
                else:
                    cell = heading(width=place.width)
            else:
                cell = tuple(self._pieces(place, place.service))
            self._cells[index] = cell
        return cell

    def _pieces(self, place: Place, number: int) -> Iterable[Piece]:
        state, name, now = self._states[number], self._names[number], self._now
        is_selected = number == self._selected
        if state is None or now is None:
            return cell_pieces("muted", "~", name, "", place.width, is_selected)
        if self.only_trouble and self._is_up(number) and not is_selected:
            return [("", " " * place.width)]
        look, glyph = look_of(state, now), glyph_of(state, self._glyphs)
        word, age = word_of(state, self._latencies[number], now, self._short)
        because = ", ".join(
            self._names[self._numbers[id]] if id in self._numbers else cause_title(id, {})
            for id in state.because
        )
        match self._layout_made.shape:
            case Shape.ROWS:
                minutes, until = self._minutes[number]
                hour = last_hour(minutes, until, self._sparks_at, self._columns.spark)
                spark = sparkline(hour, self._columns.spark, self._warns[number], self._signs)
                return row_pieces(
                    state, look, glyph, name, word, age, now, because, self._columns, spark, is_selected
                )
            case Shape.TROUBLE:
                return trouble_pieces(state, look, glyph, name, word, because, place.width, is_selected)
            case _:
                both = f"{word} {age}" if age else word
                return cell_pieces(look, glyph, name, both, place.width, is_selected)

    def _style(self, look: str) -> Style:
        style = self._styles.get(look)
        if style is None:
            style = self._styles[look] = self.get_component_rich_style(f"map--{look}")
        return style


def _minute(at: datetime) -> int:
    """The minute that a moment lies in, counted since 1970."""
    return int(at.timestamp() // 60)
