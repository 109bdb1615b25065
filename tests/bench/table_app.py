"""Measured process: rows in a real terminal, on our map or on a DataTable, each change painted before the next is made.

`python -m tests.bench.table_app ours|datatable ROWS TOLD` writes what each act took as JSON into the file TOLD: `fill` shows
all rows, `row` changes one, `cells` four, `scroll` goes on by a page, `filter` lists others (a DataTable has no filter).
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import DataTable

from sutaz_tui.model import Service, ServiceState, Snapshot, Status
from sutaz_tui.tui.terminal.compositor import SpanCompositor
from sutaz_tui.tui.terminal.driver import TerminalDriver
from widgets.map_layout import ROWS_FROM
from widgets.service_map import ServiceMap

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
CHANGES = 24
SCROLLS = 30
FILTERS = 10
AFTER = 0.03
FOUR = (2, 9, 17, 30)
"""Rows that are in view."""


class Ours:
    """The map, shown snapshots."""

    def __init__(self, rows: int) -> None:
        services = [Service(f"s{n}", f"Service {n}", "http", "all", f"127.0.0.1:{n}") for n in range(rows)]
        self.widget = ServiceMap(services, {})
        self.states = [
            ServiceState(service, Status.UP, "answers", latency=0.012, since=NOW, asked=NOW)
            for service in services
        ]

    def fill(self) -> None:
        self.widget.show(Snapshot(1, NOW, tuple(self.states)))

    def change(self, numbers: tuple[int, ...], is_odd: bool) -> None:
        for n in numbers:
            self.states[n] = replace(self.states[n], latency=0.4 if is_odd else 0.012)
        self.fill()

    def page(self, by: int) -> None:
        self.widget.move(by * self.widget.size.height)

    def filter(self, digit: int) -> None:
        self.widget.list_only([state.service.id for state in self.states if str(digit) in state.service.id])


class Table:
    """Textual's table of the same rows."""

    def __init__(self, rows: int) -> None:
        self.widget: DataTable[str] = DataTable(cursor_type="row")
        self._rows = rows

    def fill(self) -> None:
        for title in ("", "name", "word", "since", "summary", "address"):
            self.widget.add_column(title, key=title or "glyph")
        for n in range(self._rows):
            self.widget.add_row("✓", f"Service {n}", "12 ms", "14:00", "answers", f":{n}", key=str(n))

    def change(self, numbers: tuple[int, ...], is_odd: bool) -> None:
        for n in numbers:
            self.widget.update_cell(str(n), "word", "400 ms" if is_odd else "12 ms")

    def page(self, by: int) -> None:
        self.widget.move_cursor(row=self.widget.cursor_row + by * self.widget.size.height, animate=False)


class TightScreen(Screen[None]):
    """What the board is drawn on."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SpanCompositor()


class CountingDriver(TerminalDriver):
    """Counts what is written."""

    written = 0

    def write(self, data: str) -> None:
        CountingDriver.written += len(data.encode())
        super().write(data)


class Bench(App[None]):
    """Does it all once it is drawn, and ends."""

    def __init__(self, rows: Ours | Table, told: Path) -> None:
        super().__init__(driver_class=CountingDriver)
        self.rows, self._told = rows, told

    def get_default_screen(self) -> Screen[None]:
        return TightScreen() if isinstance(self.rows, Ours) else Screen(id="_default")

    def compose(self) -> ComposeResult:
        yield self.rows.widget

    def vanished(self) -> None:
        """Told by the driver; the parent then ends us."""

    def drained(self) -> None:
        """Told by the driver."""

    def on_mount(self) -> None:
        if isinstance(self.rows, Ours):
            self.rows.widget.give(self.size.width, self.size.height, self.size.width >= ROWS_FROM)
        self.call_after_refresh(self._measure)

    async def _painted(self, act: Callable[[], None]) -> dict[str, float]:
        """CPU and wall seconds from the act until the frame is written, and its bytes."""
        done = asyncio.Event()
        CountingDriver.written = 0
        cpu, wall = time.process_time(), time.perf_counter()
        act()
        self.screen.call_after_refresh(done.set)
        await done.wait()
        took = {"wall": time.perf_counter() - wall}
        # What comes behind the frame is part of its price.
        await asyncio.sleep(AFTER)
        return took | {"cpu": time.process_time() - cpu, "bytes": float(CountingDriver.written)}

    async def _measure(self) -> None:
        asyncio.create_task(self._all()).add_done_callback(
            lambda task: self.exit() if task.exception() is None else None
        )

    async def _all(self) -> None:
        rows = self.rows
        found = {"fill": [await self._painted(rows.fill)]}
        for name, numbers in (("row", FOUR[:1]), ("cells", FOUR)):
            turns = [number % 2 == 0 for number in range(CHANGES)]
            found[name] = [await self._painted(partial(rows.change, numbers, turn)) for turn in turns]
        downs = [1] * (SCROLLS // 2) + [-1] * (SCROLLS // 2)
        found["scroll"] = [await self._painted(partial(rows.page, by)) for by in downs]
        if isinstance(rows, Ours):
            found["filter"] = [await self._painted(partial(rows.filter, digit)) for digit in range(FILTERS)]
        self._told.write_text(json.dumps(found))


if __name__ == "__main__":
    kind = Ours if sys.argv[1] == "ours" else Table
    Bench(kind(int(sys.argv[2])), Path(sys.argv[3])).run()
