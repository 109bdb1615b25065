"""Why a service is slow, as far as the data goes: latency, what it uses, its databases, queues, log and changes."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.config import Config, ServiceConfig, kind_of
from sutaz_tui.config.charts import ChartConfig, set_of
from sutaz_tui.errors import SourceError, SutazError
from sutaz_tui.logs.histogram import Histogram, counting
from sutaz_tui.text.moments import SECOND
from sutaz_tui.views.onset import Rise
from sutaz_tui.wiring.charts import ChartDesk, NotHere, Plan, Window

if TYPE_CHECKING:
    # Nobody needs it before the first frame.
    from sutaz_tui.wiring.logs import LogFeeds

MINUTE = 60
MOST = 360
"""Columns that are told apart at the most."""
STEPS = (60, 120, 300, 600, 1800, 3600, 7200)

WAITS, DEPTH = "waits", "depth"
RISES = {
    "latency": Rise(1.5, 0.02),
    "cpu": Rise(1.5, 5.0),
    "memory": Rise(1.25, 1e6),
    WAITS: Rise(2.0, 1.0),
    DEPTH: Rise(2.0, 5.0),
    "errors": Rise(2.0, 2.0),
}
"""What counts as a rise of each row."""

OF_KIND = {
    "postgres": (WAITS, "waiting", "waiting", "pg waits"),
    "rabbitmq": (DEPTH, "messages", "ready", "queue"),
}
"""What is looked at of what it needs, by kind: the chart, its line, the fact of our own minutes, and what it is called."""


class Figure(Protocol):
    """One figure of a service's minutes as the history tells it: its lines by name."""

    @property
    def name(self) -> str:
        """What it is of: latency, or a fact."""

    @property
    def lines(self) -> tuple[tuple[str, tuple[tuple[float, float | None], ...]], ...]:
        """Unix seconds and values in order of time."""


Read = Callable[[str, datetime, datetime], Sequence[Figure]]


class Happened(Struct, frozen=True):
    """What changed: of which service ("" of this machine), when, and in what words."""

    at: datetime
    service_id: str
    words: str


Changes = Callable[[datetime, datetime], Sequence[Happened]]
"""What changed between two moments; an OSError in words where that cannot be read."""


class Row(Struct, frozen=True):
    """One row: values by steps from the window's start on, None where nothing was measured.

    `what` is the key of RISES, `unit` one of a chart's, `note` why there are none; `service_id` is whose it is.
    """

    name: str
    what: str
    unit: str
    values: tuple[float | None, ...] = ()
    service_id: str = ""
    note: str = ""


def slow_window(end: float, length: float) -> Window:
    """The window of so many seconds in whole minutes up to a moment."""
    step = next((step for step in STEPS if length / step <= MOST), STEPS[-1])
    last = int(end // step + 1) * step
    return Window(last - int(-(-length // step)) * step, last, step)


class SlowDesk:
    """Asks for the rows of a service, each told as it comes."""

    def __init__(
        self, config: Config, charts: ChartDesk, feeds: "Callable[[], LogFeeds]", read: Read, changes: Changes
    ) -> None:
        self._config, self._charts, self._feeds = config, charts, feeds
        self._read, self._changes = read, changes

    async def rows(self, service_id: str, window: Window, timeout: float) -> AsyncIterator[Row]:
        """Latency, CPU, memory, what it needs, and errors in its log; a row that cannot be had says why."""
        service = self._config.service(service_id)
        figures = await self._figures(service_id, window)
        sets = set_of(self._config.charts, service_id, kind_of(service))
        row = await self._of_chart(service, sets, "latency", ("p95",), "p95", window, timeout)
        if not row.values:
            # The slowest answer of each minute that we had ourselves is no p95.
            row = _of_figure(replace(row, name="slowest", unit="s"), figures, "latency", "worst", window)
        yield row
        for title in ("cpu", "memory"):
            yield await self._of_chart(service, sets, title, ("container", "process"), title, window, timeout)
        others = [entry for entry in self._needed(service_id).values() if kind_of(entry) in OF_KIND]
        for needed in others:
            title, line, fact, name = OF_KIND[kind_of(needed)]
            if sum(kind_of(entry) == kind_of(needed) for entry in others) > 1:
                name = needed.id
            theirs = set_of(self._config.charts, needed.id, kind_of(needed))
            row = await self._of_chart(needed, theirs, title, (line,), name, window, timeout)
            if not row.values:
                row = _of_figure(row, await self._figures(needed.id, window), fact, "", window)
            yield row
        yield await self._errors(service_id, window)

    async def happened(self, service_id: str, window: Window) -> list[Happened]:
        """What changed of a service, of what it needs and of this machine, oldest first."""
        ids = {"", *self._needed(service_id)}
        begin, end = (datetime.fromtimestamp(at, UTC) for at in (window.start, window.end))
        try:
            found = await asyncio.to_thread(self._changes, begin, end)
        except OSError:
            return []
        return sorted(
            (one for one in found if one.service_id in ids and begin <= one.at < end), key=lambda one: one.at
        )

    def _needed(self, service_id: str) -> dict[str, ServiceConfig]:
        """A service and what it needs, itself or through others, by id."""
        found: dict[str, ServiceConfig] = {}
        left = [service_id]
        while left:
            entry = self._config.service(left.pop(0))
            found[entry.id] = entry
            left += [id for id in entry.depends_on if id not in found]
        return found

    async def _of_chart(
        self,
        service: ServiceConfig,
        sets: Sequence[ChartConfig],
        title: str,
        lines: tuple[str, ...],
        name: str,
        window: Window,
        timeout: float,
    ) -> Row:
        """The first of these lines of a chart that has values."""
        chart = next((chart for chart in sets if chart.title == title), None)
        row = Row(name, title, chart.unit if chart is not None else "", service_id=service.id)
        if chart is None:
            return replace(row, note="no chart of it")
        chosen = {line: chart.lines[line] for line in lines if line in chart.lines}
        plan = Plan(
            "", service.id, (ChartConfig(title=title, lines=chosen, unit=chart.unit, source=chart.source),)
        )
        try:
            async for drawn in self._charts.ask(plan, window, timeout):
                for wanted in chosen:
                    points = [point for line in drawn.lines if line.name == wanted for point in line.points]
                    if any(value is not None for _, value in points):
                        return replace(row, values=_gridded(points, window, of_end=True))
                if drawn.trouble:
                    return replace(row, note=drawn.trouble)
        except (SourceError, NotHere) as error:
            return replace(row, note=error.words if isinstance(error, SourceError) else str(error))
        return replace(row, note="no data")

    async def _figures(self, service_id: str, window: Window) -> Sequence[Figure]:
        begin, end = (datetime.fromtimestamp(at, UTC) for at in (window.start, window.end))
        try:
            return await asyncio.to_thread(self._read, service_id, begin, end)
        except OSError:
            # A demo has no history; what Prometheus has stands in its place.
            return ()

    async def _errors(self, service_id: str, window: Window) -> Row:
        row = Row("errors", "errors", "", service_id=service_id)
        feeds = []
        try:
            finder = self._feeds()
            feeds = await finder.feeds([service_id])
            if not feeds:
                problem = finder.problems.get(service_id)
                return replace(row, note=f"no log: {problem}" if problem is not None else "no log")
            number = (window.end - window.start) // window.step
            histogram = Histogram(
                window.start * SECOND, window.end * SECOND, window.step * SECOND,
                [0] * number, [0] * number, [0] * number, window.end * SECOND,
            )  # fmt: skip
            async for _ in counting(feeds, histogram):
                pass
        except SutazError as error:
            return replace(row, note=str(error))
        finally:
            for feed in feeds:
                await feed.aclose()
        if not histogram.knows_levels:
            return replace(row, note="its log's source tells no levels")
        minutes = window.step / MINUTE
        return replace(row, values=tuple(count / minutes for count in histogram.errors))


def _of_figure(row: Row, figures: Sequence[Figure], name: str, line: str, window: Window) -> Row:
    for figure in figures:
        for own, points in figure.lines:
            if figure.name == name and (not line or own == line):
                values = _gridded(points, window)
                if any(value is not None for value in values):
                    return replace(row, values=values)
    return row


def _gridded(
    points: Sequence[tuple[float, float | None]], window: Window, of_end: bool = False
) -> tuple[float | None, ...]:
    """The highest value of each step; `of_end`: a value is of the time before its moment, as a rate's is."""
    found: list[float | None] = [None] * ((window.end - window.start) // window.step)
    for at, value in points:
        place = int((at - window.start) // window.step) - of_end
        if value is not None and math.isfinite(value) and 0 <= place < len(found):
            before = found[place]
            found[place] = value if before is None else max(before, value)
    return tuple(found)
