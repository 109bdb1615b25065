"""One PromQL query held against limits."""

import math

from sutaz_tui.config.kinds import Promql
from sutaz_tui.config.selectors import selector_for
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.together import SampledProbe
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.prometheus import QueryResult, Sample, prometheus_api
from sutaz_tui.text.sanitise import one_line


class PromqlProbe(SampledProbe):
    """The worst of the query's series against `warn_at` and `down_at`; no series, or no number, is unknown."""

    def __init__(self, service: Promql, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.limits = service
        self.go_between = directory.prometheus(service.source)
        self.api = prometheus_api(clients, service.source, self.go_between)
        self.query = service.query
        self.selector = selector_for(service)

    def judge(self, result: QueryResult) -> Finding:
        numbers = [sample for sample in result.samples if not math.isnan(sample.value)]
        if not numbers:
            what = "nothing" if not result.samples else "no number (NaN)"
            return Finding(
                f"the query gives {what}" + _warned(result),
                Status.UNKNOWN,
                result.latency,
                "empty" if not result.samples else "NaN",
                error=f"{self.service.title}: the query gives {what}; try it in Prometheus, is its metric there?",
                rule="a query without a value = unknown",
            )
        over = self.limits.bad != "under"
        worst = max(numbers, key=lambda sample: sample.value if over else -sample.value)
        return self._judge(worst, result, over)

    def _judge(self, worst: Sample, result: QueryResult, over: bool) -> Finding:
        value = worst.value
        shown = self._shown(value)
        summary = shown + _of(worst, result)
        facts: dict[str, Fact] = {"series": len(result.samples)}
        # Infinity has no form in JSON.
        facts["value"] = value if math.isfinite(value) else f"{value:+}"
        limits = ((self.limits.down_at, Status.DOWN), (self.limits.warn_at, Status.DEGRADED))
        for limit, status in limits:
            if limit is None or (value < limit if over else value > limit):
                continue
            words = f"{summary}, limit {self._shown(limit)}"
            return Finding(
                words + _warned(result),
                status,
                result.latency,
                one_line(shown, 8),
                facts,
                error=f"{self.service.title}: {words}",
                rule=f"{'at or above' if over else 'at or below'} {limit:g} is {status.label}",
            )
        return Finding(
            summary + _warned(result), latency=result.latency, facts=facts, rule="within its limits"
        )

    def _shown(self, value: float) -> str:
        unit = self.limits.unit
        gap = " " if unit[:1].isalpha() else ""
        return f"{value:.6g}{gap}{unit}"


def _of(worst: Sample, result: QueryResult) -> str:
    """Which of several series it is."""
    if len(result.samples) < 2:
        return ""
    labels = ", ".join(
        f"{name}={value}" for name, value in list(worst.labels.items())[:3] if name != "__name__"
    )
    lost = sum(math.isnan(sample.value) for sample in result.samples)
    nan = f", {lost} NaN" if lost else ""
    return f", worst of {len(result.samples)}{nan}: {one_line(labels, 80)}"


def _warned(result: QueryResult) -> str:
    return f"; warning: {result.warnings[0]}" if result.warnings else ""


def build(service: Promql, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `promql` entry."""
    return PromqlProbe(service, clients, directory)
