"""Redis: version, role, memory of its maximum, clients, operations a second, hit ratio."""

from sutaz_tui.config.kinds import Redis
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.strangers import RULE, to_see_more
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.redis import Info, RedisClient, Stranger, Unready
from sutaz_tui.text.sanitise import bytes_size, count

_NUMBERS = {
    "memory": "used_memory",
    "max_memory": "maxmemory",
    "clients": "connected_clients",
    "ops_per_s": "instantaneous_ops_per_sec",
    "evicted": "evicted_keys",
    "rejected": "rejected_connections",
    "uptime": "uptime_in_seconds",
}
"""Fact to INFO's field."""


class RedisProbe(Probe):
    """PING's answer time, INFO's facts; without a password what strangers are told."""

    def __init__(self, service: Redis, clients: Clients) -> None:
        super().__init__(service)
        self._hint = to_see_more(service, clients.config)
        self._client = RedisClient(service, clients)

    async def look(self) -> Finding:
        match await self._client.ask(self.timeout):
            case Stranger(latency):
                return Finding(
                    f"Redis wants a password; {self._hint}",
                    latency=latency,
                    rule=RULE,
                )
            case Unready(word, words, latency):
                return Finding(
                    f"answers, but {words}", Status.DEGRADED, latency, word,
                    error=f"{self.service.title}: {words}; look at its log", rule="it answers PING with PONG",
                )  # fmt: skip
            case Info() as found:
                return self._judge(found)

    def _judge(self, found: Info) -> Finding:
        facts = _facts(found)
        summary = _summary(facts)
        title, latency, rule = (
            self.service.title,
            found.latency,
            "PONG; a replica linked to its master; writes to disk succeed",
        )
        if found.fields.get("role") == "slave" and found.fields.get("master_link_status", "up") != "up":
            master = f"{found.fields.get('master_host', '?')}:{found.fields.get('master_port', '?')}"
            words = f"a replica without its master {master}"
            error = f"{title}: {words}; its data grows old, look at the master and the way to it"
            return Finding(f"{words}; {summary}", Status.DEGRADED, latency, "link", facts, error, rule)
        failed = [
            name
            for name in ("rdb_last_bgsave_status", "aof_last_write_status")
            if found.fields.get(name, "ok") != "ok"
        ]
        if failed:
            error = (
                f"{title}: its last write to disk failed ({', '.join(failed)}); look at the disk and its log"
            )
            return Finding(
                f"writes to disk fail; {summary}", Status.DEGRADED, latency, "disk", facts, error, rule
            )
        return Finding(summary, latency=latency, facts=facts, rule=rule)

    async def aclose(self) -> None:
        await self._client.aclose()


def _facts(found: Info) -> dict[str, Fact]:
    version = found.fields.get("valkey_version") or found.fields.get("redis_version", "")
    facts: dict[str, Fact] = {"version": version}
    for fact, field in _NUMBERS.items():
        value = found.number(field)
        if value is not None:
            facts[fact] = int(value) if value.is_integer() else value
    if role := found.fields.get("role"):
        facts["role"] = {"slave": "replica"}.get(role, role)
    hits, misses = found.number("keyspace_hits"), found.number("keyspace_misses")
    # Before the first look-up there is no ratio: missing, not zero.
    if hits is not None and misses is not None and hits + misses > 0:
        facts["hit_ratio"] = round(hits / (hits + misses), 4)
    return facts


def _summary(facts: dict[str, Fact]) -> str:
    words = [f"{facts['version']} {facts.get('role', '')}".strip()]
    memory, limit = facts.get("memory"), facts.get("max_memory")
    if isinstance(memory, int):
        words.append(
            f"memory {bytes_size(memory)}"
            + (f" of {bytes_size(limit)}" if isinstance(limit, int) and limit else "")
        )
    if isinstance(clients := facts.get("clients"), int):
        words.append(f"clients {count(clients)}")
    if isinstance(rate := facts.get("ops_per_s"), int):
        words.append(f"{count(rate)} ops/s")
    if isinstance(ratio := facts.get("hit_ratio"), float):
        words.append(f"hits {ratio:.0%}")
    return ", ".join(words)


def build(service: Redis, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `redis` entry."""
    return RedisProbe(service, clients)
