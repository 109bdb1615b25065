"""The labels of Loki: their names, the values of each, and how much was written under each in a day."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol

from textual.binding import BindingType

from sutaz_tui.errors import SutazError
from sutaz_tui.text.moments import DAY
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import bytes_size, plural
from sutaz_tui.tui.keymap import LABELS
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.log.read_list import ReadList
from sutaz_tui.wiring.log_labels import LabelValues

FOOT = " Enter its log   < > sort   & filter   / find   r reload   q back   ? help"
COLUMNS = (
    Column("name", "LABEL", share=1, is_tree=True, keeps_ends=True),
    Column("values", "VALUES", is_number=True, priority=1),
    Column("bytes", "LAST 24H", is_number=True, write=bytes_size),
)


class Asked(Protocol):
    """Who asks Loki."""

    async def labels(self) -> tuple[str, ...]:
        """The names of all labels; raises SutazError."""
        ...

    async def volumes(self, label: str, start: int, end: int) -> LabelValues:
        """The values of a label; raises SutazError."""
        ...


class LabelsScreen(ReadList):
    """Shows what `asked` tells, one question a label; `open_log` opens the log of a query."""

    focus_name = LABELS
    BINDINGS: ClassVar[list[BindingType]] = bindings(LABELS)

    def __init__(
        self, asked: Asked, now: Callable[[], int], open_log: Callable[[str], Awaitable[None]]
    ) -> None:
        super().__init__(COLUMNS, FOOT)
        self._asked = asked
        self._now = now
        self._open_log = open_log
        self._known: dict[str, LabelValues] = {}
        self._queries: dict[str, str] = {}
        self._problem, self._left = "", 0

    # What keys ask for

    def begin(self) -> asyncio.Task[None]:
        """Ask for each label."""
        return asyncio.create_task(self._read())

    async def action_enter(self) -> None:
        """Open the log of the selected label or value."""
        if (row := self.list.selected) is not None:
            await self._open_log(self._queries[row.key])

    async def _read(self) -> None:
        self._problem, self._known = "", {}
        end = self._now()
        try:
            names = await self._asked.labels()
            for number, name in enumerate(names):
                self._left = len(names) - number
                self._show()
                self._known[name] = await self._asked.volumes(name, end - DAY, end)
        except SutazError as error:
            self._problem = one_line(str(error), 200)
        self._left = 0
        self._show()

    # What it shows

    def _show(self) -> None:
        rows: list[TableRow] = []
        self._queries = {}
        for name, found in self._known.items():
            total = sum(found.bytes.values()) if found.bytes is not None else None
            rows.append(TableRow(name, {"name": name, "values": len(found.values), "bytes": total}))
            self._queries[name] = f'{{{name}=~".+"}}'
            sizes = found.bytes or {}
            for value in sorted(found.values, key=lambda one: (-sizes.get(one, 0), one)):
                key = f"{name} {value}"
                size = None if found.bytes is None else sizes.get(value)
                rows.append(TableRow(key, {"name": value, "bytes": size}, depth=1))
                self._queries[key] = f"{{{name}={quoted(value)}}}"
        self.list.show(rows)
        self.arranged()

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        parts = ["LABELS of Loki", self._problem or plural(len(self._known), "label")]
        if self._left:
            parts.append(f"{self._left} still to be asked")
        if any(found.bytes is None for found in self._known.values()):
            parts.append("no volumes: volume_enabled is off")
        if self.filtered_by:
            parts.append(f"& {one_line(self.filtered_by, 30)}")
        self.show_heading(parts, bool(self._problem))

    @property
    def copied_line(self) -> str:
        """The query of what is selected."""
        row = self.list.selected
        return self._queries.get(row.key, "") if row is not None else ""


def quoted(value: str) -> str:
    """A value as LogQL writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
