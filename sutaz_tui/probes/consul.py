"""Consul: a leader, what is registered and how it is, and what it says of the services that we know."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sutaz_tui.config.kinds import Consul
from sutaz_tui.errors import Denied, SourceError
from sutaz_tui.model import Claim, Fact, Status
from sutaz_tui.probes import exposition
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.strangers import RULE, to_see_more
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul import MAINTENANCE, Health, consul_api, is_leaderless, rank, worse
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.units import first_of, plural

# What the stack puts before the names of its services and containers.
PREFIX = "sutazai-"

_LOOPBACK = ("localhost", "127.", "::1")
_SAYS = {"passing": Status.UP, "warning": Status.DEGRADED}


@dataclass(slots=True)
class _Registered:
    """One catalog name: the status of each instance by node and id, and what a failing check said of it."""

    instances: dict[tuple[str, str], str] = field(default_factory=dict)
    output: str = ""

    def count(self, status: str) -> int:
        return sum(found == status for found in self.instances.values())

    @property
    def best(self) -> str:
        return min(self.instances.values(), key=rank)


class ConsulProbe(Probe):
    """GET /v1/status/leader and /v1/health/state/any; a critical service is its own trouble, not Consul's."""

    def __init__(self, service: Consul, clients: Clients, directory: Directory) -> None:
        super().__init__(service)
        self.config = clients.config
        self.api = consul_api(clients, service.source, service.title)
        self.directory = directory

    async def look(self) -> Finding:
        try:
            leader, latency = await self.api.leader(self.timeout)
        except UnexpectedStatus as error:
            if unexpected := judge_status(self.service, error.answer):
                return unexpected
            raise
        if not leader:
            return self._leaderless(latency)
        return await self._with_health(leader, latency)

    def _leaderless(self, latency: float) -> Finding:
        return Finding(
            "answers, but the cluster has no leader",
            Status.DEGRADED,
            latency,
            "leader",
            error=f"{self.service.title}: no leader, so nothing can be registered; are its servers up?",
            rule="/v1/status/leader names one",
        )

    async def _with_health(self, leader: str, latency: float) -> Finding:
        facts: dict[str, Fact] = {"leader": leader}
        try:
            health = await self.api.health(self.timeout - latency)
        except UnexpectedStatus as error:
            if error.answer.status in (401, 403):
                return self._stranger(leader, latency, facts)
            if is_leaderless(error):
                return self._leaderless(latency)
            if unexpected := judge_status(self.service, error.answer):
                return unexpected
            raise
        if not self.api.has_login and (health.is_filtered or not health.checks):
            # Without ACLs every agent shows at least its own node.
            return self._stranger(leader, latency, facts)
        if self.api.has_login and not health.checks:
            raise Denied(
                self.service.title, "its ACLs show this token nothing; give it node:read and service:read"
            )
        names, nodes = _registered(health)
        # What adds to the answer gets half of what is left of the time, one after another: it must not make it late.
        deadline = time.perf_counter() + max(0.2, self.timeout - latency - health.latency)
        unchecked = await self._unchecked(names, (deadline - time.perf_counter()) / 2)
        places = await self._places(names, (deadline - time.perf_counter()) / 2)
        if version := await self.api.version((deadline - time.perf_counter()) / 2):
            facts["version"] = version
        metrics = await self.api.metrics(max(0.2, deadline - time.perf_counter()))
        facts |= exposition.started(exposition.samples(metrics, (exposition.START,)), exposition.START)
        states = Counter(status for name in names.values() for status in name.instances.values())
        dead = sum(name.count("critical") for name in names.values() if name.count("passing"))
        facts |= {status: states[status] for status in ("passing", "warning", "critical")}
        facts |= {"services": len(names) + len(unchecked), "dead_entries": dead}
        if unchecked:
            facts["without_check"] = len(unchecked)
        if states[MAINTENANCE]:
            facts[MAINTENANCE] = states[MAINTENANCE]
        return Finding(
            _summary(leader, names, states, dead, nodes, unchecked, health.is_filtered),
            latency=latency,
            facts=facts,
            rule="a leader is expected",
            claims=self._claims(names, places),
        )

    def _stranger(self, leader: str, latency: float, facts: Mapping[str, Fact]) -> Finding:
        words = f"leader {leader}; {to_see_more(self.service, self.config, 'token')}"
        return Finding(words, latency=latency, facts=facts, rule=RULE)

    async def _unchecked(self, names: Mapping[str, _Registered], left: float) -> list[str]:
        """What is registered without any health check: it is in no list of checks, and nobody sees it fail."""
        try:
            catalog = await self.api.catalog(left)
        except SourceError:
            return []
        return sorted(catalog - names.keys() - {"consul"})

    async def _places(self, names: Mapping[str, _Registered], left: float) -> Mapping[str, tuple[str, int]]:
        """Where services are registered, asked only when a name alone does not tell who is meant."""
        if all(self._by_name(name) for name in names):
            return {}
        return await self.api.addresses(left)

    def _by_name(self, name: str) -> str | None:
        bare = name.removeprefix(PREFIX)
        return (
            self.directory.by_container(name) or self.directory.by_name(name) or self.directory.by_name(bare)
        )

    def _service_of(self, name: str, ids: list[str], places: Mapping[str, tuple[str, int]]) -> str | None:
        if found := self._by_name(name):
            return found
        for id in ids:
            if id not in places:
                continue
            host, port = places[id]
            if found := self.directory.by_container(host):
                return found
            # Seen from Consul's own container, loopback is Consul itself.
            if self.service.container and host.startswith(_LOOPBACK):
                continue
            if found := self.directory.by_address(host, port):
                return found
        return None

    def _claims(
        self, names: Mapping[str, _Registered], places: Mapping[str, tuple[str, int]]
    ) -> tuple[Claim, ...]:
        """One claim a service: an instance that passes outweighs dead entries of earlier containers beside it."""
        now = datetime.now(UTC)
        claims: dict[str, Claim] = {}
        best: dict[str, str] = {}
        for name, registered in names.items():
            id = self._service_of(name, [id for _, id in registered.instances], places)
            if id is None or id == self.id:
                continue
            status = registered.best
            words = f"Consul says {status}"
            if status != "passing" and registered.output:
                words += f": {registered.output}"
            elif status in _SAYS and (dead := registered.count("critical")):
                words += f", beside {plural(dead, 'stale registration')}"
            # Maintenance is somebody's will, and no verdict.
            verdict = None if status == MAINTENANCE else _SAYS.get(status, Status.DOWN)
            claim = Claim(id, "Consul", verdict, words, now)
            # Several names may mean one service: the best of them is the one that is in use.
            if id not in claims or rank(status) < rank(best[id]):
                claims[id], best[id] = claim, status
        return tuple(claims.values())


def _registered(health: Health) -> tuple[dict[str, _Registered], dict[str, tuple[str, str]]]:
    """What is registered, by name (without Consul's own), and what is wrong with nodes: a status and words, by node."""
    nodes: dict[str, tuple[str, str]] = {}
    for check in health.checks:
        if check.service or check.status in _SAYS:
            continue
        if check.status == MAINTENANCE:
            nodes[check.node] = MAINTENANCE, f"node {check.node} in maintenance"
        elif check.node not in nodes:
            # Only Serf's own check knows whether a node answers.
            is_silent = check.id in ("serfHealth", "")
            does = "does not answer" if is_silent else f"fails {check.id}"
            nodes[check.node] = "critical", f"node {check.node} {does}"
    names: dict[str, _Registered] = {}
    for check in health.checks:
        if not check.service or check.service == "consul":
            continue
        registered = names.setdefault(check.service, _Registered())
        key = check.node, check.service_id or check.service
        of_node, words = nodes.get(check.node, ("passing", ""))
        status = worse(of_node, check.status)
        registered.instances[key] = worse(status, registered.instances.get(key, "passing"))
        if check.status != "passing":
            registered.output = registered.output or check.output
        elif words:
            registered.output = registered.output or f"its {words}"
    return names, nodes


def _summary(
    leader: str,
    names: Mapping[str, _Registered],
    states: Mapping[str, int],
    dead: int,
    nodes: Mapping[str, tuple[str, str]],
    unchecked: list[str],
    is_filtered: bool,
) -> str:
    parts = [f"leader {leader}", f"{states.get('passing', 0)} passing"]
    if states.get("warning"):
        parts.append(f"{states['warning']} warning")
    if critical := states.get("critical", 0):
        failing = [name for name, registered in names.items() if registered.best not in (*_SAYS, MAINTENANCE)]
        parts.append(f"{critical} critical" + (f": {first_of(failing, 3)}" if failing else ""))
    if states.get(MAINTENANCE):
        resting = [name for name, registered in names.items() if registered.count(MAINTENANCE)]
        parts.append(f"{first_of(resting, 3)} in maintenance")
    if dead:
        parts.append(f"{plural(dead, 'stale registration')}")
    if nodes:
        parts.append(first_of([words for _, words in nodes.values()], 1))
    if unchecked:
        parts.append(f"{len(unchecked)} without a check: {first_of(unchecked, 3)}")
    if is_filtered:
        parts.append("its ACLs hide the rest")
    return ", ".join(parts)


def build(service: Consul, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `consul` entry."""
    return ConsulProbe(service, clients, directory)
