"""What blackbox exporters see of a target from where they stand, as Prometheus tells it."""

import json
from collections.abc import Iterable

from sutaz_tui.config.kinds import Blackbox
from sutaz_tui.config.selectors import SEEN_BY_EXPORTERS, selector_for
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.together import SampledProbe
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.prometheus import QueryResult, Sample, prometheus_api
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of


class BlackboxProbe(SampledProbe):
    """`probe_success` and `up` of an instance, by vantage: an exporter that is not scraped says nothing of the target."""

    def __init__(self, service: Blackbox, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.wanted = service
        self.go_between = directory.prometheus(service.source)
        self.api = prometheus_api(clients, service.source, self.go_between)
        self.query = f"{{{SEEN_BY_EXPORTERS}, instance={json.dumps(service.instance)}}}"
        self.selector = selector_for(service)

    def judge(self, result: QueryResult) -> Finding:
        seen, unseen, mute = self._sorted(result.samples)
        total = len(seen) + len(unseen) + len(mute)
        facts: dict[str, Fact] = {"vantages": total, "seen": len(seen), "exporters_down": len(mute)}
        rule = f"seen from at least {self.wanted.least}"
        if not seen and not unseen:
            what = (
                f"no exporter is scraped: {first_of(mute, 4)}"
                if mute
                else f"no probe_success of {self.wanted.instance}"
            )
            error = f"{self.service.title}: {what}; look at its job in {self.go_between}"
            return Finding(what, Status.UNKNOWN, result.latency, "empty", facts, error, rule)
        words = f"seen from {len(seen)} of {len(seen) + len(unseen)}"
        if unseen:
            words += f": not from {first_of(unseen, 4)}"
        if mute:
            words += f"; nothing known from {first_of(mute, 4)}: its exporter is not scraped"
        if len(seen) >= self.wanted.least and not unseen and not mute:
            return Finding(words, latency=result.latency, facts=facts, rule=rule)
        status = Status.DEGRADED
        if len(seen) < self.wanted.least:
            status = Status.DOWN if len(seen) + len(mute) < self.wanted.least else Status.UNKNOWN
        word = f"{len(seen)} of {total}"[:8]
        error = f"{self.service.title}: {words}"
        return Finding(words, status, result.latency, word, facts, error, rule)

    def _sorted(self, samples: Iterable[Sample]) -> tuple[list[str], list[str], list[str]]:
        """The vantages that see it, that do not, and whose exporter says nothing."""
        success: dict[str, float] = {}
        scraped: dict[str, float] = {}
        for sample in samples:
            into = success if sample.labels.get("__name__") == "probe_success" else scraped
            vantage = one_line(sample.labels.get(self.wanted.label) or sample.labels.get("job") or "it", 40)
            # Where several jobs share a vantage, the worse word counts.
            into[vantage] = min(into.get(vantage, 1.0), sample.value)
        names = sorted({*success, *scraped})
        mute = [name for name in names if name not in success or scraped.get(name, 1.0) < 1]
        told = [name for name in names if name not in mute]
        return [n for n in told if success[n] >= 1], [n for n in told if success[n] < 1], mute


def build(service: Blackbox, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `blackbox` entry."""
    return BlackboxProbe(service, clients, directory)
