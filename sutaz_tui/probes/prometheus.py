"""Prometheus: ready, scraping, what it says of its targets, and which alerts fire."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sutaz_tui.config.kinds import Prometheus
from sutaz_tui.model import Alert, Claim, Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import judge_source
from sutaz_tui.probes.directory import Directory, host_port
from sutaz_tui.sources.blocking import TooLarge
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.prometheus import Pool, Target, prometheus_api
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import ago, one_line
from sutaz_tui.text.units import first_of, plural

STALE_AFTER = 3.0
"""Scrape intervals without a scrape after which a target counts as not scraped."""

NAMED = 3
TOO_MANY = "has more alerts firing than are read"


FEW = 2_000
"""Targets up to which they are listed again, one by one, where there were too many for a list."""

# What a Prometheus in agent mode, and stores that answer PromQL without scraping, say where they have none of it.
_NOT_OFFERED = (404, 405, 422, 501)


class PrometheusProbe(Probe):
    """GET /-/ready, /api/v1/targets?state=active, /api/v1/alerts; `up` counted by job where targets cannot be listed.

    A target that is down is a trouble of its own service, not of Prometheus.
    """

    def __init__(self, service: Prometheus, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.source = clients.source(service)
        self.api = prometheus_api(clients, service.source, service.title)
        self.directory = directory
        self.titles = {entry.id: entry.title for entry in clients.config.services}
        self._are_many = False

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
        # Mimir, Cortex and VictoriaMetrics' cluster have it elsewhere: there the answer to a query must do.
        is_ready = ready.status not in _NOT_OFFERED
        if is_ready and (unexpected := judge_source(self, self.source, ready)):
            return unexpected
        deadline = started + self.timeout
        try:
            scraping = await self._scraping(deadline, must_query=not is_ready)
            alerts, untold = await self._alerts(deadline)
        except UnexpectedStatus as error:
            unexpected = judge_source(self, self.source, error.answer)
            if unexpected is None:
                raise
            return unexpected
        # Half of what is left: that it keeps silent about its version must not make it late.
        version = await self.api.version(_left(deadline) / 2)
        facts: dict[str, Fact] = {"targets": scraping.targets, "targets_up": scraping.up}
        facts |= {} if alerts is None else {"alerts": len(alerts)}
        if version:
            facts["version"] = version
        if scraping.oldest is not None:
            facts["oldest_scrape"] = round(scraping.oldest, 1)
        summary = _summary(scraping, len(alerts or ()), untold)
        if untold == TOO_MANY and not scraping.trouble:
            scraping = replace(scraping, trouble="its alerts cannot be counted", word="alerts")
        if not scraping.trouble:
            return Finding(
                summary, latency=ready.latency, facts=facts, rule="ready, and scraping",
                claims=scraping.claims, alerts=alerts,
            )  # fmt: skip
        return Finding(
            f"{scraping.trouble}; {summary}" if scraping.targets else scraping.trouble,
            Status.DEGRADED,
            ready.latency,
            scraping.word,
            facts,
            error=f"{self.service.title}: {scraping.trouble}; look at its scrape_configs and its load",
            rule=f"targets, some of them up, each scraped within {STALE_AFTER:g} intervals, are expected",
            claims=scraping.claims,
            alerts=alerts,
        )

    async def _scraping(self, deadline: float, must_query: bool) -> "_Scraping":
        if not self._are_many:
            try:
                targets = await self.api.targets(_left(deadline))
                if must_query:
                    await self.api.query("vector(1)", _left(deadline))
                return self._listed(targets)
            except TooLarge:
                self._are_many = True
            except UnexpectedStatus as error:
                if error.answer.status not in _NOT_OFFERED:
                    raise
        pools, warnings = await self.api.pools(_left(deadline))
        found = self._counted(pools, warnings)
        if self._are_many and found.targets <= FEW:
            self._are_many = False
        return found

    async def _alerts(self, deadline: float) -> tuple[tuple[Alert, ...] | None, str]:
        """The alerts that fire, or why they are not known."""
        try:
            return await self.api.alerts(_left(deadline)), ""
        except TooLarge:
            return None, TOO_MANY
        except UnexpectedStatus as error:
            if error.answer.status in _NOT_OFFERED:
                return None, "has no alerts of its own"
            raise

    def _listed(self, targets: tuple[Target, ...]) -> "_Scraping":
        trouble, word = _trouble(targets)
        return _Scraping(
            len(targets),
            sum(target.health == "up" for target in targets),
            tuple(self._name(target) for target in targets if target.health != "up"),
            trouble,
            word,
            claims=self._claims(targets),
            oldest=max((target.age for target in targets if target.age is not None), default=None),
        )

    def _counted(self, pools: tuple[Pool, ...], warnings: tuple[str, ...]) -> "_Scraping":
        targets, down = sum(pool.targets for pool in pools), sum(pool.down for pool in pools)
        is_all_down = bool(targets) and down >= targets
        return _Scraping(
            targets,
            targets - down,
            tuple(f"{pool.name} {pool.down:,} of {pool.targets:,}" for pool in pools if pool.down),
            "no target is up" if is_all_down else "",
            "targets",
            note="" if targets else "does not list targets",
            warnings=warnings,
        )

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
            # What it says is as old as its last scrape.
            at = now - timedelta(seconds=target.age or 0.0)
            id = self._service_of(target)
            if id is None or id == self.id or target.health not in ("up", "down"):
                continue
            if target.health == "up":
                claims.setdefault(id, Claim(id, "Prometheus", Status.UP, "Prometheus scrapes it", at))
            else:
                words = "Prometheus cannot scrape it" + (f": {target.error}" if target.error else "")
                claims[id] = Claim(id, "Prometheus", Status.DOWN, words, at)
        return tuple(claims.values())


@dataclass(frozen=True, slots=True)
class _Scraping:
    """What is scraped: how many targets, which are missing, and what is wrong with Prometheus' own work."""

    targets: int
    up: int
    missing: tuple[str, ...]
    trouble: str = ""
    word: str = ""
    note: str = ""
    claims: tuple[Claim, ...] = ()
    oldest: float | None = None
    warnings: tuple[str, ...] = ()


def _summary(scraping: _Scraping, alerts: int, untold: str) -> str:
    words = scraping.note or f"{scraping.up:,} of {scraping.targets:,} targets up"
    if scraping.missing:
        words += f", missing: {first_of(scraping.missing, NAMED)}"
    if alerts:
        words += f"; {plural(alerts, 'alert')} firing"
    if untold:
        words += f"; {untold}"
    if scraping.warnings:
        words += f"; warning: {scraping.warnings[0]}"
    return words


def _trouble(targets: tuple[Target, ...]) -> tuple[str, str]:
    """What is wrong with Prometheus' own work, and the word for it; twice "" when nothing is."""
    if not targets:
        return "ready, but it has no targets", "targets"
    if not any(target.health == "up" for target in targets):
        return "no target is up", "targets"
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
