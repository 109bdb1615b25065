"""A host's processors, load, memory, swap, pressure and networks: what each does now, and since it is looked at."""

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, cast

from sutaz_tui.model import Snapshot
from sutaz_tui.text.table import Column, Line, TableRow
from sutaz_tui.text.units import bytes_size, plural
from sutaz_tui.views.base import Asker, Rows, View, each
from sutaz_tui.views.host_figures import Figure, Worded, figures_of, worded

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Host
    from sutaz_tui.sources.clients import Clients
    from sutaz_tui.sources.host_look import Look

FIRST_LOOK = 0.1
"""Seconds between the two readings of /proc that the first answer needs."""
SOON = 1.0
KEPT = 200
"""Readings of which a line is drawn."""


class Cpu(Asker):
    """Asks for the host's counters, and says what they did since they were asked for before."""

    def __init__(self, service: "Host", clients: "Clients") -> None:
        from sutaz_tui.probes.host_looks import HostLooks

        self._limits = {"cpu": service.warn_cpu, "memory": service.warn_memory}
        self._looks = HostLooks(service, clients)
        self._before: Look | None = None
        self._lines: dict[str, deque[float]] = {}

    async def __call__(self, timeout: float) -> Rows:
        """The rows; raises SourceError."""
        look = await self._looks.look(timeout)
        if self._before is None and self._looks.told_by == "/proc":
            await asyncio.sleep(FIRST_LOOK)
            self._before, look = look, await self._looks.look(timeout)
        before, self._before = self._before, look
        rows = tuple(each("what", self._row, figures_of(before or look, look)))
        about = f"{plural(len(look.cores), 'core')}, from {self._looks.told_by}"
        return Rows(rows, len(rows), about, again=SOON if before is None else 0.0)

    def _row(self, figure: Figure) -> TableRow:
        line = self._lines.setdefault(figure.name, deque(maxlen=KEPT))
        value = figure.value
        if value is not None:
            line.append(value)
        is_over = value is not None and value >= self._limits.get(figure.name, float("inf"))
        values = {
            "what": figure.name,
            "value": worded(round(value, 2), _words(value, figure.unit)) if value is not None else None,
            "unit": figure.unit or None,
            "line": Line(tuple(line), figure.name, figure.full, partial(_worded, unit=figure.unit)),
            "detail": figure.words or None,
        }
        known = {name: one for name, one in values.items() if one is not None}
        return TableRow(figure.name, known, "degraded" if is_over else "", "!" if is_over else "")


def of_past(snapshot: Snapshot, service_id: str) -> Rows:
    """What is remembered of the host at a moment."""
    state = next((one for one in snapshot.services if one.service.id == service_id), None)
    facts = state.facts if state is not None else {}
    units = {"cpu": "%", "memory": "%", "load1": ""}
    rows = tuple(
        TableRow(name, {"what": name, "value": facts[name], **({"unit": unit} if unit else {})})
        for name, unit in units.items()
        if name in facts
    )
    return Rows(rows, len(rows), "as remembered", "cores, pressure and networks are not kept")


def _words(value: float, unit: str) -> str:
    if unit == "B/s":
        return bytes_size(round(value))
    return f"{value:.1f}" if unit else f"{value:.2f}"


def _worded(value: float, unit: str) -> str:
    shown = {"B/s": "/s", "%": " %"}.get(unit, "")
    return f"{_words(value, unit)}{shown}"


def _written(value: float) -> str:
    return value.words if isinstance(value, Worded) else f"{value:g}"


CPU = View(
    "cpu",
    "host",
    "cpu",
    "a host's cores, load, memory, swap, pressure and networks",
    (
        Column("what", "WHAT", most=24),
        Column("value", "NOW", is_number=True, write=_written),
        Column("unit", "", write=lambda unit: "/s" if unit == "B/s" else str(unit)),
        Column("line", "SINCE IT IS LOOKED AT", is_line=True, is_number=True, share=1, priority=1),
        Column("detail", "", most=60, priority=2),
    ),
    3.0,
    lambda service, clients: Cpu(cast("Host", service), clients),
    of_past,
)
