"""A Prometheus exporter: it answers 200 whatever it exports, so the metric that tells of it is read."""

import math
from datetime import UTC, datetime

from sutaz_tui.config.kinds import Exporter
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Claim, Fact, Status
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.exposition import START, Sample, Scan, started
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import count, one_line

"""What client libraries of Prometheus tell of their own process."""

MOST = 64 * 1024 * 1024
"""Bytes of its metrics that are searched; none are kept."""


class ExporterProbe(Probe):
    """GET /metrics as text/plain, searched as it comes for `metric`, all of whose series must be `value`."""

    def __init__(self, service: Exporter, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)
        self.metric, self.value, self.label = service.metric, service.value, service.label
        self.exported = service.depends_on[0] if service.depends_on else ""
        self.rule = f"{service.metric or 'some metric'} is there" + (
            f" and {service.value:g}"
            if service.value is not None
            else " and a figure"
            if service.metric
            else ""
        )

    async def look(self) -> Finding:
        scan = Scan([name for name in (self.metric, START) if name], MOST)
        answer = await self.http.request(
            "GET", "/metrics", headers={"Accept": "text/plain"}, timeout=self.timeout, each=scan.feed
        )
        if unexpected := judge_status(self.service, answer):
            return unexpected
        scan.end()
        found, total = [one for one in scan.samples if one.name == self.metric], scan.series
        if self.metric and not found:
            return self._missing(answer, scan)
        if not total:
            raise BadAnswer(self.service.title, f"no metrics: {one_line(answer.text(), QUOTE) or 'nothing'}")
        many = f"over {count(total)}" if scan.is_cut else count(total)
        facts: dict[str, Fact] = {} if scan.is_cut else {"series": total}
        facts |= started(scan.samples, START)
        if not found:
            return Finding(f"{many} series", latency=answer.latency, facts=facts, rule=self.rule)
        wrong = [one for one in found if not self._is_well(one)]
        shown = wrong[0] if wrong else found[0]
        facts[self.metric] = shown.value
        if not wrong:
            words = f"{_said(shown)}, {many} series" if len(found) == 1 else f"{many} series"
            return Finding(
                words, latency=answer.latency, facts=facts, rule=self.rule, claims=self._claims(shown, True)
            )
        if self.value is None:
            words = f"{_said(shown)} is no figure"
            error = f"{self.service.title}: {words}; look at the exporter's log"
            return Finding(words, Status.DEGRADED, answer.latency, "NaN", facts, error, self.rule)
        label = f"{self.label or self.metric} {shown.value:g}"
        return Finding(
            f"{_said(shown)}: cannot reach what it exports",
            Status.DEGRADED,
            answer.latency,
            label if len(label) <= 8 else label[:8].rstrip(),
            facts,
            f"{self.service.title}: {_said(shown)}, not {self.value:g}: it cannot reach what it exports; "
            "if that is up, check the address and login in the exporter's settings",
            self.rule,
            self._claims(shown, False),
        )

    def _is_well(self, sample: Sample) -> bool:
        return math.isfinite(sample.value) if self.value is None else sample.value == self.value

    def _missing(self, answer: HttpAnswer, scan: Scan) -> Finding:
        title = self.service.title
        if scan.is_cut:
            words = f"{self.metric} is not in the first {MOST >> 20} MiB of its metrics"
            error = f"{title}: {words}; have the exporter collect less, or name another metric"
            return Finding(words, Status.UNKNOWN, answer.latency, "?", error=error, rule=self.rule)
        start = one_line(answer.text(), QUOTE) or "nothing"
        raise BadAnswer(title, f"answers without {self.metric}: {start}; is this the right port?")

    def _claims(self, sample: Sample, is_well: bool) -> tuple[Claim, ...]:
        if not self.exported or self.value is None:
            return ()
        status = Status.UP if is_well else Status.DOWN
        words = f"exporter says {_said(sample)}"
        return (Claim(self.exported, self.service.title, status, words, datetime.now(UTC)),)


def _said(sample: Sample) -> str:
    return f"{sample.name} {sample.value:g}"


def build(service: Exporter, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `exporter` entry."""
    return ExporterProbe(service, clients)
