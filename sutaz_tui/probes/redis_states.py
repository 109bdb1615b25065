"""What INFO's fields say of a Redis: its facts, one line of them, and the states in which it does not do its work."""

from collections.abc import Iterator

from sutaz_tui.model import Fact
from sutaz_tui.sources.redis import Info
from sutaz_tui.sources.redis_refusals import Unready
from sutaz_tui.text.sanitise import count, one_line
from sutaz_tui.text.units import memory_size

NEARLY = 0.95
"""The share of maxmemory from which on a Redis that may remove nothing is degraded."""

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
_COUNTS = (*_NUMBERS.values(), "keyspace_hits", "keyspace_misses")
_COUSINS = {
    "valkey_version": "Valkey",
    "dragonfly_version": "Dragonfly",
    "kvrocks_version": "Kvrocks",
    "garnet_version": "Garnet",
    "pika_version": "Pika",
    "mvcc_depth": "KeyDB",
}
"""INFO's field to whose it is."""
_DISK = {
    "rdb_last_bgsave_status": "the last save",
    "aof_last_write_status": "the last write to the AOF",
    "aof_last_bgrewrite_status": "the last rewrite of the AOF",
}


def facts(found: Info) -> dict[str, Fact]:
    """What is shown and kept; a figure that is not told, or cannot be, is missing."""
    field = next((name for name in _COUSINS if name in found.fields), "")
    version = found.fields.get(field if field.endswith("_version") else "redis_version", "")
    told: dict[str, Fact] = {"version": version or found.fields.get("redis_version", "")} if version else {}
    if field:
        told["server"] = _COUSINS[field]
    for fact, name in _NUMBERS.items():
        value = _count(found, name)
        if value is not None:
            told[fact] = int(value) if value.is_integer() else value
    if (mode := found.fields.get("redis_mode", "standalone")) != "standalone":
        told["mode"] = mode
    if role := found.fields.get("role"):
        told["role"] = {"slave": "replica"}.get(role, role)
    if state := found.fields.get("cluster_state"):
        told["cluster"] = state
    hits, misses = _count(found, "keyspace_hits"), _count(found, "keyspace_misses")
    # Before the first look-up there is no ratio: missing, not zero.
    if hits is not None and misses is not None and hits + misses > 0:
        told["hit_ratio"] = round(hits / (hits + misses), 4)
    return told


def summary(found: Info, facts: dict[str, Fact]) -> str:
    """One line; what is not told is said with its reason."""
    if not found.fields:
        return f"PING answers; {found.lacks}" if not found.unready else found.lacks
    if facts.get("mode") == "sentinel":
        names = [f"{name} {status} at {address}" for name, status, address in _masters(found)]
        watched = ", ".join(names) or "it watches no master"
        return f"this is a Sentinel {facts.get('version', '')}: {watched}"
    role = {"cluster": "cluster "}.get(str(facts.get("mode")), "") + str(facts.get("role", ""))
    words = [
        " ".join(word for word in (str(facts.get("server", "")), str(facts.get("version", "")), role) if word)
    ]
    memory, limit = facts.get("memory"), facts.get("max_memory")
    if isinstance(memory, int):
        words.append(
            f"memory {memory_size(memory)}"
            + (f" of {memory_size(limit)}" if isinstance(limit, int) and limit else "")
        )
    if isinstance(clients := facts.get("clients"), int):
        words.append(f"clients {count(clients)}")
    if isinstance(rate := facts.get("ops_per_s"), int):
        words.append(f"{count(rate)} ops/s")
    if isinstance(ratio := facts.get("hit_ratio"), float):
        words.append(f"hits {ratio:.0%}")
    line = ", ".join(word for word in words if word)
    return f"{line}; {found.lacks}" if found.lacks else line


def troubles(found: Info) -> list[Unready]:
    """The states in which it does not do its work, the worst first."""
    every = (_impossible, _asked, _link, _cluster, _masters_down, _memory, _disk, _replicas)
    return [trouble for judge in every for trouble in judge(found)]


def _count(found: Info, name: str) -> float | None:
    value = found.number(name)
    return value if value is not None and 0 <= value < 2**63 else None


def _impossible(found: Info) -> Iterator[Unready]:
    odd = [
        f"{name} {one_line(found.fields[name], 24)}"
        for name in _COUNTS
        if name in found.fields and _count(found, name) is None
    ]
    if odd:
        yield Unready(
            "figures", f"reports impossible values: {', '.join(odd[:3])}", "look at its log, or restart it"
        )


def _asked(found: Info) -> Iterator[Unready]:
    if found.unready:
        yield found.unready


def _link(found: Info) -> Iterator[Unready]:
    fields = found.fields
    if fields.get("role") == "slave" and fields.get("master_link_status", "up") != "up" and not found.unready:
        master = f"{fields.get('master_host', '?')}:{fields.get('master_port', '?')}"
        if fields.get("master_sync_in_progress") == "1":
            yield Unready("sync", f"a replica that still copies its master {master}", "wait until it is done")
            return
        words = f"a replica without its master {master}"
        yield Unready("link", words, "its data gets stale, look at the master and the way to it")


def _cluster(found: Info) -> Iterator[Unready]:
    fields = found.fields
    assigned, well = fields.get("cluster_slots_assigned", "?"), fields.get("cluster_slots_ok", "?")
    advice = "CLUSTER NODES shows which node is gone"
    if fields.get("cluster_state", "ok") != "ok":
        yield Unready(
            "cluster", f"its cluster is down: {assigned} of 16384 slots assigned, {well} ok", advice
        )
    elif fields.get("cluster_slots_fail", "0") != "0":
        yield Unready("cluster", f"{fields['cluster_slots_fail']} slots of its cluster have no node", advice)


def _masters(found: Info) -> Iterator[tuple[str, str, str]]:
    """Name, status and address of each master that a Sentinel watches."""
    for name, value in found.fields.items():
        if name.startswith("master") and name[6:].isdigit():
            parts = dict(part.partition("=")[::2] for part in value.split(","))
            yield parts.get("name", "?"), parts.get("status", "?"), parts.get("address", "?")


def _masters_down(found: Info) -> Iterator[Unready]:
    if found.fields.get("redis_mode") != "sentinel":
        return
    down = [f"{name} {status} at {address}" for name, status, address in _masters(found) if status != "ok"]
    if down:
        yield Unready("master", f"the Sentinel sees {', '.join(down[:3])}", "look at that master")


def _memory(found: Info) -> Iterator[Unready]:
    """A master that may remove no key refuses writes when its memory is full."""
    used, limit = _count(found, "used_memory"), _count(found, "maxmemory")
    policy = found.fields.get("maxmemory_policy", "")
    if not used or not limit or found.fields.get("role") == "slave":
        return
    # Buffers of replicas and of the AOF do not count against the limit.
    share = (used - (_count(found, "mem_not_counted_for_evict") or 0)) / limit
    keeps_all = policy == "noeviction" or (policy.startswith("volatile-") and not _has_volatile(found))
    if not keeps_all or share < NEARLY:
        return
    why = policy if policy == "noeviction" else f"{policy} with no key that expires"
    advice = "raise maxmemory, delete keys, or set another maxmemory-policy"
    if share > 1:
        yield Unready("mem", f"memory full, {why}: writes are refused", advice)
    else:
        yield Unready("mem", f"memory {share:.0%} full, {why}: writes will be refused", advice)


def _has_volatile(found: Info) -> bool:
    databases = (
        value for name, value in found.fields.items() if name.startswith("db") and name[2:].isdigit()
    )
    return any("expires=" in value and "expires=0" not in value.split(",") for value in databases)


def _disk(found: Info) -> Iterator[Unready]:
    failed = [words for name, words in _DISK.items() if found.fields.get(name, "ok") != "ok"]
    if failed and not (found.unready and found.unready.word == "disk"):
        yield Unready("disk", f"{' and '.join(failed)} failed", "look at its disk and its log")


def _replicas(found: Info) -> Iterator[Unready]:
    # Told only where min-replicas-to-write is set.
    if found.fields.get("min_slaves_good_slaves") == "0":
        words = "no replica keeps up: writes are refused (min-replicas-to-write)"
        yield Unready("replicas", words, "look at its replicas")
