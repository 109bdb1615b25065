"""Memcached: its version, how full it is, and what it throws away."""

from collections.abc import Mapping

from sutaz_tui.config.kinds import Memcached as Entry
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.memcached import Memcached
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import memory_size


class MemcachedProbe(Probe):
    """`stats` of one connection; it is degraded while it takes no more connections or cannot listen."""

    def __init__(self, service: Entry, clients: Clients) -> None:
        super().__init__(service)
        self.api = Memcached(service.address, service.title, clients.secrets, clients.shell)

    async def look(self) -> Finding:
        stats, timing = await self.api.stats(self.timeout)
        facts = _facts(stats)
        version = one_line(stats.get("version", ""), 20)
        hits, misses = facts.get("hits"), facts.get("misses")
        parts = [version, f"{facts.get('items', 0):,} items"]
        if isinstance(used := facts.get("memory"), int) and isinstance(
            limit := facts.get("memory_limit"), int
        ):
            parts.append(f"{memory_size(used)} of {memory_size(limit)}")
        if isinstance(hits, int) and isinstance(misses, int) and hits + misses:
            parts.append(f"{100 * hits / (hits + misses):.0f}% hits")
        summary = ", ".join(part for part in parts if part)
        rule = "stats answers, and connections are accepted"
        if stats.get("accepting_conns", "1") != "1":
            words = (
                f"takes no more connections: {facts.get('connections', 'all')} are open; raise its limit (-c)"
            )
            error = f"{self.service.title}: {words}"
            return Finding(f"{summary}; {words}", Status.DEGRADED, timing.total, "full", facts, error, rule)
        return Finding(summary, latency=timing.total, facts=facts, rule=rule)


_FACTS = {
    "curr_items": "items",
    "bytes": "memory",
    "limit_maxbytes": "memory_limit",
    "get_hits": "hits",
    "get_misses": "misses",
    "evictions": "evictions",
    "curr_connections": "connections",
    "uptime": "uptime",
}


def _facts(stats: Mapping[str, str]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    if version := stats.get("version"):
        facts["version"] = one_line(version, 20)
    for key, name in _FACTS.items():
        if (text := stats.get(key, "")).isdecimal() and len(text) < 19:
            facts[name] = int(text)
    return facts


def build(service: Entry, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `memcached` entry."""
    return MemcachedProbe(service, clients)
