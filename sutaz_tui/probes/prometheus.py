"""Prometheus: ready, scraping, what it says of its targets, and which alerts fire."""

import time
from datetime import UTC, datetime

from sutaz_tui.config.kinds import Prometheus
from sutaz_tui.model import Claim, Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import judge_source
from sutaz_tui.probes.directory import Directory, host_port
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.prometheus import Target, prometheus_api
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import ago, one_line
from sutaz_tui.text.units import first_of

STALE_AFTER = 3.0
"""Scrape intervals without a scrape after which a target counts as not scraped."""

NAMED = 3


class PrometheusProbe(Probe):
    """GET /-/ready, /api/v1/targets?state=active, /api/v1/alerts.

    A target that is down is a trouble of its own service, not of Prometheus.
    """

    def __init__(self, service: Prometheus, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.source = clients.source(service)
        self.api = prometheus_api(clients, service.source, service.title)
        self.directory = directory
        self.titles = {entry.id: entry.title for entry in clients.config.services}

    async def look(self) -> Finding:
        started = time.perf_counter()
        ready = await self.api.ready(self.timeout)
        if ready.status == 503:
            words = f"not ready: {one_line(ready.text(), 60) or 'answers 503'}"
            return Finding(
                words,
                Status.DEGRADED,
                ready.latency,
                "starting",
                error=f"{self.service.title}: {words}; wait until it has read its log, or look at it",
                rule="/-/ready answers 200 when it serves",
            )
        if unexpected := judge_source(self, self.source, ready):
            return unexpected
        deadline = started + self.timeout
        try:
            targets = await self.api.targets(_left(deadline))
            alerts = await self.api.alerts(_left(deadline))
        except UnexpectedStatus as error:
            unexpected = judge_source(self, self.source, error.answer)
            if unexpected is None:
                raise
            return unexpected
        # Half of what is left: that it keeps silent about its version must not make it late.
        version = await self.api.version(_left(deadline) / 2)
        facts: dict[str, Fact] = {
            "targets": len(targets),
            "targets_up": sum(target.health == "up" for target in targets),
            "alerts": len(alerts),
        }
        if version:
            facts["version"] = version
        ages = [target.age for target in targets if target.age is not None]
        if ages:
            facts["oldest_scrape"] = round(max(ages), 1)
        summary = self._summary(targets, len(alerts))
        claims = self._claims(targets)
        trouble, word = _trouble(targets)
        if trouble:
            return Finding(
                f"{trouble}; {summary}" if targets else trouble,
                Status.DEGRADED,
                ready.latency,
                word,
                facts,
                error=f"{self.service.title}: {trouble}; look at its scrape_configs and its load",
                rule=f"targets, each scraped within {STALE_AFTER:g} intervals, are expected",
                claims=claims,
                alerts=alerts,
            )
        return Finding(
            summary,
            latency=ready.latency,
            facts=facts,
            rule="ready, and scraping",
            claims=claims,
            alerts=alerts,
        )

    def _summary(self, targets: tuple[Target, ...], alerts: int) -> str:
        up = sum(target.health == "up" for target in targets)
        words = f"{up} of {len(targets)} targets up"
        missing = [self._name(target) for target in targets if target.health != "up"]
        if missing:
            words += f", missing: {first_of(missing, NAMED)}"
        if alerts:
            words += f"; {alerts} alert{'s' if alerts > 1 else ''} firing"
        return words

    def _name(self, target: Target) -> str:
        id = self._service_of(target)
        return self.titles[id] if id else target.instance

    def _service_of(self, target: Target) -> str | None:
        """The service whose container or address is scraped, else the one that the job is named after.

        A Prometheus in a container means itself by loopback, not what we mean by it.
        """
        for address in (target.instance, target.url):
            where = host_port(address)
            if where is None:
                continue
            host, port = where
            if id := self.directory.by_container(host):
                return id
            if host == "127.0.0.1" and self.service.container:
                continue
            if id := self.directory.by_address(host, port):
                return id
        return self.directory.by_name(target.pool)

    def _claims(self, targets: tuple[Target, ...]) -> tuple[Claim, ...]:
        now = datetime.now(UTC)
        claims: dict[str, Claim] = {}
        for target in targets:
            id = self._service_of(target)
            if id is None or id == self.id or target.health not in ("up", "down"):
                continue
            if target.health == "up":
                claims.setdefault(id, Claim(id, "Prometheus", Status.UP, "Prometheus scrapes it", now))
            else:
                words = "Prometheus cannot scrape it" + (f": {target.error}" if target.error else "")
                claims[id] = Claim(id, "Prometheus", Status.DOWN, words, now)
        return tuple(claims.values())


def _trouble(targets: tuple[Target, ...]) -> tuple[str, str]:
    """What is wrong with Prometheus' own work, and the word for it; twice "" when nothing is."""
    if not targets:
        return "ready, but it has no targets", "targets"
    stale = [
        target for target in targets if target.age is not None and target.age > STALE_AFTER * target.interval
    ]
    if stale:
        oldest = ago(max(target.age or 0.0 for target in stale))
        return f"{len(stale)} of {len(targets)} targets not scraped for up to {oldest}", "stale"
    return "", ""


def _left(deadline: float) -> float:
    return max(0.1, deadline - time.perf_counter())


def build(service: Prometheus, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `prometheus` entry."""
    return PrometheusProbe(service, clients, directory)
