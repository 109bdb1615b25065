"""Charts to questions: what `:metrics`, `:charts`, `:promql` and `:logql` ask, each chart told as it comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sutaz_tui.config import Config, kind_of
from sutaz_tui.config.charts import ChartConfig, filled, set_of
from sutaz_tui.errors import BadAnswer, SourceError, SutazError, WrongQuery
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.wiring.clients import SharedClients

if TYPE_CHECKING:
    # At run time they would bring requests and httpx2 before the first frame.
    from sutaz_tui.sources.loki import LokiApi
    from sutaz_tui.sources.prometheus import PrometheusApi
    from sutaz_tui.sources.prometheus_ranges import Ranges, RangeSeries

POINTS = 300
"""Values of a line that a chart is drawn from, at the most."""

STEPS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
LEAST_RATE = 120
"""Seconds of a rate at the least: four scrapes at two a minute."""

NO_PROMETHEUS = (
    "no Prometheus in this config: a service of kind prometheus, or `source` of a chart, names one"
)
NO_LOKI = "no Loki in this config: a service of kind loki, or logs.loki, names one"


class NotHere(SutazError):
    """What was named is not there to be shown; the words say what is."""


class Window(Struct, frozen=True):
    """From when to when values are asked for, Unix seconds, one each `step` seconds."""

    start: int
    end: int
    step: int

    @classmethod
    def of(cls, end: float, length: float, points: int = POINTS) -> "Window":
        """The window of so many seconds up to a moment, at whole steps: the same ones as long as it is about the same time."""
        step = next((step for step in STEPS if length / step <= points), STEPS[-1])
        last = int(end // step) * step
        return cls(last - int(length // step) * step, last, step)

    @property
    def rate(self) -> int:
        """Seconds of a rate in which no scrape between two steps is missed."""
        return max(LEAST_RATE, 2 * self.step)


class Line(Struct, frozen=True):
    """One line: its name, and Unix seconds with values, None where there is none."""

    name: str
    points: tuple[tuple[float, float | None], ...]


class Drawn(Struct, frozen=True):
    """One chart with its values; `more` series are not drawn; `trouble` says why it has none, `column` where in the query."""

    title: str
    unit: str
    threshold: float | None
    lines: tuple[Line, ...]
    more: int = 0
    trouble: str = ""
    column: int = 0


Ask = Callable[[str, Window, float], Awaitable["Ranges"]]


class Plan(Struct, frozen=True):
    """What one screen shows: its heading, whose it is ("" for nobody's), and what it asks."""

    heading: str
    service_id: str
    charts: tuple[ChartConfig, ...]
    query: str = ""
    language: str = ""


class ChartDesk:
    """Makes plans of a config, and asks for what is in them."""

    def __init__(self, config: Config, clients: SharedClients) -> None:
        self._config = config
        self._clients = clients

    # Plans; each raises NotHere

    def metrics(self, service_id: str) -> Plan:
        """The charts of a service."""
        service = self._config.service(service_id)
        self._prometheus("")
        kind = kind_of(service)
        charts = tuple(set_of(self._config.charts, service_id, kind))
        return Plan(f"METRICS  {service.title}", service_id, charts)

    def named(self, name: str, service_id: str) -> Plan:
        """A set of the config."""
        sets = self._config.charts
        if name not in sets:
            there = ", ".join(sets) or "none: charts: NAME: … in the config makes one"
            raise NotHere(
                f"no charts {one_line(name, 40)}; there are {there}" if name else f"charts: {there}"
            )
        ids = {service.id for service in self._config.services}
        whose = name if name in ids else service_id
        for chart in sets[name]:
            self._prometheus(chart.source)
        return Plan(f"CHARTS  {name}", whose, tuple(sets[name]))

    def promql(self, query: str) -> Plan:
        """A query that somebody typed."""
        self._prometheus("")
        return Plan("PROMQL", "", (ChartConfig(title="", lines={"": query}),), query, "promql")

    def logql(self, query: str) -> Plan:
        """A metric query of Loki that somebody typed."""
        if not self._config.logs.loki:
            raise NotHere(NO_LOKI)
        return Plan("LOGQL", "", (ChartConfig(title="", lines={"": query}),), query, "logql")

    def _prometheus(self, source: str) -> str:
        """The source of a chart."""
        named = (service.source for service in self._config.services if kind_of(service) == "prometheus")
        found = source or next(named, "")
        if not found:
            raise NotHere(NO_PROMETHEUS)
        return found

    # Questions

    async def api(self, source: str = "") -> "PrometheusApi":
        """The Prometheus of a source."""
        from sutaz_tui.sources.prometheus import prometheus_api

        name = self._prometheus(source)
        titles = {one.source: one.title for one in self._config.services if kind_of(one) == "prometheus"}
        return prometheus_api(await self._clients.get(), name, titles.get(name, name))

    async def _loki(self) -> "LokiApi":
        from sutaz_tui.sources.loki import loki_api

        return loki_api(await self._clients.get(), self._config.logs.loki, "Loki")

    async def ask(self, plan: Plan, window: Window, timeout: float) -> AsyncIterator[Drawn]:
        """The charts of a plan in their order, those left out that need what the service has not.

        A query at fault is its chart's trouble; raises SourceError where nobody answers.
        """
        service = self._config.service(plan.service_id) if plan.service_id else None
        for chart in plan.charts:
            queries = {
                name: query
                for name, text in chart.lines.items()
                if (query := text if plan.query else filled(text, service, window.rate))
            }
            if not queries:
                continue
            api = await (self._loki() if plan.language == "logql" else self.api(chart.source))
            yield await _drawn(chart, queries, api, window, timeout)

    async def names(self, what: str, metric: str, label: str, timeout: float) -> Sequence[str]:
        """What completes a query: `metrics`, the `labels` of a metric or the `values` of a label."""
        api = await self.api()
        if what == "metrics":
            return await api.metric_names(timeout) or ()
        if what == "labels":
            return await api.label_names(metric, timeout)
        return await api.label_values(label, metric, timeout)


async def _drawn(
    chart: ChartConfig,
    queries: dict[str, str],
    api: "PrometheusApi | LokiApi",
    window: Window,
    timeout: float,
) -> Drawn:
    async def ask(query: str) -> "Ranges | SourceError":
        try:
            return await api.range(query, window.start, window.end, window.step, timeout)
        except (WrongQuery, BadAnswer) as error:
            return error

    found = await asyncio.gather(*map(ask, queries.values()))
    lines: list[Line] = []
    more, trouble, column = 0, "", 0
    for name, answer in zip(queries, found, strict=True):
        if isinstance(answer, SourceError):
            trouble = f"{name}: {answer.words}" if name else answer.words
            column = answer.column if isinstance(answer, WrongQuery) else 0
            continue
        more += answer.total - len(answer.series)
        lines += [
            Line(own, one.points) for own, one in zip(_names(name, answer.series), answer.series, strict=True)
        ]
    return Drawn(chart.title, chart.unit, chart.threshold, tuple(lines), more, trouble, column)


def _names(name: str, series: Sequence["RangeSeries"]) -> list[str]:
    """What tells the series of one query apart: the query's name, and one label that does it, else all in which they differ."""
    if len(series) == 1 and name:
        return [name]
    differing = _differing([one.labels for one in series])
    found = []
    for one in series:
        own = {label: one.labels[label] for label in differing if label in one.labels}
        metric = own.pop("__name__", "")
        words = own.values() if len(differing) == 1 else (f"{label}={value}" for label, value in own.items())
        found.append(" ".join(filter(None, (name, metric, *words))) or "value")
    return found


def _differing(every: list[dict[str, str]]) -> list[str]:
    """The labels that tell series apart, of a single one all."""
    names = sorted(
        {label for labels in every for label in labels}, key=lambda label: (label != "instance", label)
    )
    if len(every) == 1:
        return names
    telling = [name for name in names if len({labels.get(name, "") for labels in every}) == len(every)]
    if telling:
        # A container is told by its name and not by its id.
        return [min(telling, key=lambda name: max(len(labels.get(name, "")) for labels in every))]
    return [name for name in names if len({labels.get(name) for labels in every}) > 1]
