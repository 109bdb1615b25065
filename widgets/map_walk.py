"""Walking through the services of a map: by one, by group, by column, and straight to one."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from textual.scroll_view import ScrollView

from sutaz_tui.model import Service
from widgets.map_layout import Layout, Shape


class WalkedMap(ScrollView):
    """A map of services of which one is selected; `_listed` are those that are shown, in reading order."""

    def __init__(self, services: Sequence[Service]) -> None:
        super().__init__()
        self._services = tuple(services)
        self._numbers = {service.id: number for number, service in enumerate(services)}
        self._layout_made = Layout(Shape.ROWS, (), 0, 1)
        self._place_of: dict[int, int] = {}
        self._listed: list[int] = []
        self._order: dict[int, int] = {}
        self._selected = 0 if self._services else -1

    def _choose(self, number: int) -> None:
        """Select the service of this number."""
        raise NotImplementedError

    @property
    def selected(self) -> str:
        """The id of the selected service, "" when there is none."""
        return self._services[self._selected].id if self._selected >= 0 else ""

    def select_listed(self) -> None:
        """Select the first service that is listed unless the selected one is."""
        if self._listed and self._selected not in self._order:
            self._choose(self._listed[0])

    def select(self, service_id: str) -> None:
        """Select a service, because the reader asked for it; where it is not listed only what is said of it changes."""
        if (number := self._numbers.get(service_id)) is not None:
            self._choose(number)

    def move(self, by: int) -> None:
        """Move the selection by so many services in reading order."""
        if self._listed:
            at = self._order.get(self._selected)
            # From a service that is not listed the first key goes to the list's begin.
            to = 0 if at is None else max(0, min(len(self._listed) - 1, at + by))
            self._choose(self._listed[to])

    def go_to_row(self, number: int) -> None:
        """Select the service of this number in reading order, 1 being the first; the last where there are fewer."""
        if self._listed:
            self._choose(self._listed[max(0, min(len(self._listed), number) - 1)])

    def move_group(self, by: int) -> None:
        """Move the selection to the first service of another group, round the end."""
        firsts: dict[str, int] = {}
        for number in self._listed:
            firsts.setdefault(self._services[number].group, number)
        if firsts:
            groups = list(firsts)
            group = self._services[self._selected].group
            at = groups.index(group) + by if group in firsts else 0
            self._choose(firsts[groups[at % len(groups)]])

    def move_column(self, by: int) -> None:
        """Move the selection to the nearest cell of the next column; between groups where there is but one."""
        if self._layout_made.columns == 1:
            self.move_group(by)
            return
        here = self._place_of.get(self._selected)
        if here is None:
            self.move(0)
            return
        columns: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for place in self._layout_made.places:
            if place.service is not None:
                columns[place.x].append((place.y, place.service))
        left_edges = sorted(columns)
        at = left_edges.index(self._layout_made.places[here].x) + by
        if 0 <= at < len(left_edges):
            there, y = columns[left_edges[at]], self._layout_made.places[here].y
            after = bisect_left(there, (y, -1))
            nearest = min(there[max(0, after - 1) : after + 1], key=lambda entry: abs(entry[0] - y))
            self._choose(nearest[1])
