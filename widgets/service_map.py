"""The map of all services on Textual's line API: fixed places, only what changed is repainted.

A DataTable repaints itself whole for one changed cell; this repaints the cell.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sutaz_tui.model import Service, ServiceState, Snapshot, Status
from sutaz_tui.text import one_line
from widgets.map_cells import (
    Piece,
    ShownLatency,
    abbreviate,
    cell_pieces,
    columns_at,
    glyph_of,
    look_of,
    row_pieces,
    spark_text,
    word_of,
)
from widgets.map_layout import ROWS_FROM, Layout, Place, Shape, lay_out, shape_at
from widgets.status_words import GLYPHS
from widgets.width import fit

LOOKS = ("heading", "muted", "degraded", "down", "unknown", "absent", "recovered", "selected", "cursor")
Cell = tuple[Piece, ...]


class ServiceMap(ScrollView, can_focus=True):
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
        rows_from: int = ROWS_FROM,
    ) -> None:
        super().__init__()
        self._services = tuple(services)
        self._titles = group_titles
        self._glyphs = glyphs
        self._rows_from = rows_from
        self._numbers = {service.id: number for number, service in enumerate(services)}
        self._short = abbreviate({service.id: service.title for service in services})
        self._states: list[ServiceState | None] = [None] * len(self._services)
        self._latencies = [ShownLatency() for _ in self._services]
        self._now: datetime | None = None
        self._visible: list[int] = list(range(len(self._services)))
        self._only_trouble = False
        self._layout_made = Layout(Shape.ROWS, (), 0, 1)
        self._lines: dict[int, list[int]] = {}
        self._place_of: dict[int, int] = {}
        self._cells: dict[int, Cell] = {}
        self._selected = 0 if self._services else -1
        self._styles: dict[str, Style] = {}

    @property
    def selected(self) -> str:
        """The id of the selected service, "" when there is none."""
        return self._services[self._selected].id if self._selected >= 0 else ""

    @property
    def shape(self) -> Shape:
        """How the map is drawn now."""
        return self._layout_made.shape

    def set_rows_from(self, width: int) -> None:
        """From which width on each service has a row of its own."""
        if width != self._rows_from:
            self._rows_from = width
            self._lay_out()

    def shape_for(self, width: int) -> Shape:
        """How the map is drawn at a width."""
        return shape_at(width, self._rows_from)

    def height_at(self, width: int) -> int:
        """Lines that the whole map takes at a width."""
        return lay_out([self._services[number] for number in self._visible], width, self._rows_from).height

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot, repainting only the cells that differ from what stands there."""
        self._now = snapshot.at
        is_listing, is_moved = self.shape is Shape.TROUBLE, False
        changed = []
        for number, state in enumerate(snapshot.services):
            if state is not self._states[number]:
                before, self._states[number] = self._states[number], state
                changed.append(number)
                is_moved = is_moved or before is None or _is_trouble(before) is not _is_trouble(state)
        if is_listing and is_moved:
            self._lay_out()
        else:
            self._renew(changed)

    def tick(self, now: datetime) -> None:
        """Let ages grow: only what is not fresh, or has just recovered, looks different a moment later."""
        self._now = now
        self._renew(
            [
                number
                for number in self._visible
                if (state := self._states[number]) is not None
                and (not state.is_fresh(now) or look_of(state, state.since or now) != look_of(state, now))
            ]
        )

    def set_only_trouble(self, is_on: bool) -> None:
        """Blank what is up, in place."""
        self._only_trouble = is_on
        self._cells.clear()
        self.refresh()

    def set_filter(self, wanted: Callable[[Service, ServiceState | None], bool] | None) -> None:
        """Show only the services that are wanted, None for all; asked for by the reader, so places may change."""
        self._visible = [
            number
            for number, service in enumerate(self._services)
            if wanted is None or wanted(service, self._states[number])
        ]
        if self._visible and self._selected not in self._visible:
            self._choose(self._visible[0])
        self._lay_out()

    def select(self, service_id: str) -> None:
        """Select a service, because the reader asked for it."""
        number = self._numbers.get(service_id)
        if number is not None and number in self._place_of:
            self._choose(number)

    def move(self, by: int) -> None:
        """Move the selection by so many services in reading order."""
        if self._visible:
            at = self._visible.index(self._selected) if self._selected in self._visible else 0
            self._choose(self._visible[max(0, min(len(self._visible) - 1, at + by))])

    def move_group(self, by: int) -> None:
        """Move the selection to the first service of another group, round the end."""
        firsts = [
            number
            for at, number in enumerate(self._visible)
            if at == 0 or self._services[number].group != self._services[self._visible[at - 1]].group
        ]
        if firsts:
            group = self._services[self._selected].group
            groups = [self._services[number].group for number in firsts]
            at = groups.index(group) if group in groups else 0
            self._choose(firsts[(at + by) % len(firsts)])

    def move_column(self, by: int) -> None:
        """Move the selection to the nearest cell of the next column; between groups where there is but one."""
        if self._layout_made.columns == 1:
            self.move_group(by)
            return
        here = self._place_of.get(self._selected)
        if here is None:
            return
        place = self._layout_made.places[here]
        columns = sorted({other.x for other in self._layout_made.places})
        at = columns.index(place.x) + by
        if 0 <= at < len(columns):
            there = [p for p in self._layout_made.places if p.x == columns[at] and p.service is not None]
            if there:
                nearest = min(there, key=lambda p: abs(p.y - place.y))
                assert nearest.service is not None
                self._choose(nearest.service)

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out(event.size.width)

    def on_click(self, event: events.Click) -> None:
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
        x = 0
        for index in self._lines.get(y + self.scroll_offset.y, ()):
            place = self._layout_made.places[index]
            if place.x > x:
                segments.append(Segment(" " * (place.x - x), base))
            for look, text in self._cell(index):
                segments.append(Segment(text, base + self._style(look) if look else base))
            x = place.x + place.width
        return Strip(segments).adjust_cell_length(width, base)

    def _lay_out(self, width: int | None = None) -> None:
        services = [self._services[number] for number in self._visible]
        made = lay_out(services, width or self.size.width, self._rows_from)
        # Places are made for the visible services; from here on they speak of all.
        places = tuple(
            Place(p.x, p.y, p.width, p.group, None if p.service is None else self._visible[p.service])
            for p in made.places
        )
        self._layout_made = Layout(made.shape, places, made.height, made.columns)
        lines: defaultdict[int, list[int]] = defaultdict(list)
        for index, place in enumerate(places):
            lines[place.y].append(index)
        self._lines = dict(lines)
        self._place_of = {
            place.service: index for index, place in enumerate(places) if place.service is not None
        }
        self._cells.clear()
        self.virtual_size = Size(width or self.size.width, made.height)
        self.refresh()

    def _choose(self, number: int) -> None:
        if number == self._selected:
            return
        before, self._selected = self._selected, number
        self._renew([before, number])
        if (index := self._place_of.get(number)) is not None:
            y = self._layout_made.places[index].y
            # The heading of a group comes into view with its first service.
            top = max(0, y - 1)
            self.scroll_to_region(Region(0, top, 1, y - top + 1), animate=False, immediate=True)
        self.post_message(self.Selected(self.selected))

    def _renew(self, numbers: Sequence[int]) -> None:
        """Make the cells of these services anew and repaint those that differ, and their headings."""
        headings = set()
        for number in numbers:
            index = self._place_of.get(number)
            if index is None:
                continue
            self._renew_place(index)
            headings.add(self._services[number].group)
        for index, place in enumerate(self._layout_made.places) if headings else ():
            if place.service is None and place.group in headings:
                self._renew_place(index)

    def _renew_place(self, index: int) -> None:
        before = self._cells.pop(index, None)
        place = self._layout_made.places[index]
        y = place.y - self.scroll_offset.y
        if not 0 <= y < self.size.height:
            return
        after = self._cell(index)
        if before is None:
            self.refresh(Region(place.x, y, place.width, 1))
        elif before != after:
            start, end = _span(before, after)
            self.refresh(Region(place.x + start, y, max(1, min(end, place.width) - start), 1))

    def _cell(self, index: int) -> Cell:
        cell = self._cells.get(index)
        if cell is None:
            if len(self._cells) > 2000:
                self._cells.clear()
            place = self._layout_made.places[index]
            cell = self._cells[index] = tuple(
                self._heading(place) if place.service is None else self._pieces(place)
            )
        return cell

    def _pieces(self, place: Place) -> Sequence[Piece]:
        number = place.service
        assert number is not None
        state = self._states[number]
        service = self._services[number]
        is_selected = number == self._selected
        if state is None or self._now is None:
            return list(cell_pieces("muted", "~", one_line(service.title, 60), "", place.width, is_selected))
        if self._only_trouble and state.status in (Status.UP, Status.ABSENT) and not is_selected:
            return [("", " " * place.width)]
        look, glyph = look_of(state, self._now), glyph_of(state, self._glyphs)
        word = word_of(state, self._latencies[number], self._now, self._short)
        if self._layout_made.shape is Shape.ROWS:
            columns = columns_at(place.width)
            spark = spark_text(state.minutes, columns.spark)
            return list(row_pieces(state, look, glyph, word, self._now, columns, spark, is_selected))
        return list(cell_pieces(look, glyph, one_line(service.title, 60), word, place.width, is_selected))

    def _heading(self, place: Place) -> Sequence[Piece]:
        states = [
            state
            for number in self._visible
            if (state := self._states[number]) and state.service.group == place.group
        ]
        counted = [state for state in states if state.status is not Status.ABSENT]
        totals = f"{sum(state.status is Status.UP for state in counted)}/{len(counted)}" if counted else ""
        marks = [
            (status.label, f"{self._glyphs[status]}{count}")
            for status in (Status.DOWN, Status.DEGRADED, Status.UNKNOWN)
            if (count := sum(state.status is status and not state.known for state in states))
            and not any(state.asked is None for state in states)
        ]
        width = min(place.width, 60)
        tail: list[Piece] = []
        for look, text in marks[: 1 if width < 24 else 3]:
            tail += [("", " "), (look, text)]
        tail.append(("heading", f"{totals:>6}"))
        title = one_line(self._titles.get(place.group, place.group), 30).upper()
        room = width - sum(len(text) for _, text in tail)
        return [("heading", fit(title, room)), *tail]

    def _style(self, look: str) -> Style:
        style = self._styles.get(look)
        if style is None:
            style = self._styles[look] = self.get_component_rich_style(f"map--{look}", partial=True)
        return style


def _is_trouble(state: ServiceState) -> bool:
    return state.status not in (Status.UP, Status.ABSENT) and not state.known


def _span(before: Cell, after: Cell) -> tuple[int, int]:
    """The first and one past the last cell in which two cells of the map differ."""
    old = [(look, char) for look, text in before for char in text]
    new = [(look, char) for look, text in after for char in text]
    if len(old) != len(new) or not all(text.isascii() for _, text in (*before, *after)):
        # Wide characters: the places of cells are not those of characters.
        return 0, 10_000
    differing = [at for at, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    return (differing[0], differing[-1] + 1) if differing else (0, 0)
