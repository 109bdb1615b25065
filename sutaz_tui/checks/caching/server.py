"""Redis by what it says of itself: its role, its memory, its connections, its disk."""

from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, trait
from sutaz_tui.checks.caching.category import CATEGORY
from sutaz_tui.errors import Denied

POLICY = "allkeys-lru"
MEMORY_FULL = 0.95
CLIENTS_FULL = 0.8
HIT_RATIO = 0.5
LOOKED_UP = 100
"""Fewer look-ups than these make no ratio."""


async def info(ask: Ask, *names: str, id: str = "redis") -> dict[str, str]:
    """Fields of INFO, all of them present. redis-py hands over some numbers as numbers and pairs as mappings."""
    found: Any = await ask.redis(id, "INFO")
    ask.expect(isinstance(found, dict), "INFO as fields", found)
    missing = [name for name in names if name not in found]
    ask.expect(not missing, f"INFO with {', '.join(names)}", f"no {', '.join(missing)}")
    return {name: str(found[name]) for name in names}


@CATEGORY.check(
    "login",
    "Redis accepts our login",
    "redis",
    twin=trait(redis_password_required=True),
)
async def login(ask: Ask) -> str:
    try:
        found = await ask.redis("redis", "PING")
    except Denied as error:
        raise Wrong("our login accepted", error.words) from error
    ask.expect(found in ("PONG", True), "PONG", found)
    return "PONG"


@CATEGORY.check("role", "Redis is a master (writable)", "redis", twin=trait(redis_role="slave"))
async def role(ask: Ask) -> str:
    found = (await info(ask, "role"))["role"]
    ask.expect(found == "master", "role master", f"role {found}: writes are refused")
    return "a primary"


@CATEGORY.check(
    "loaded",
    "Redis has loaded its data",
    "redis",
    twin=trait(redis_info=["loading:1"]),
)
async def loaded(ask: Ask) -> str:
    ask.expect((await info(ask, "loading"))["loading"] == "0", "loading 0", "it still loads its data")
    return "loaded"


@CATEGORY.check(
    "policy",
    f"Redis evicts by {POLICY}",
    "redis",
    twin=trait(redis_info=["maxmemory_policy:noeviction"]),
)
async def policy(ask: Ask) -> str:
    found = (await info(ask, "maxmemory_policy"))["maxmemory_policy"]
    ask.expect(found == POLICY, f"maxmemory-policy {POLICY}", found)
    return found


@CATEGORY.check("limit", "Redis has a memory limit", "redis", twin=trait(redis_info=["maxmemory:0"]))
async def limit(ask: Ask, id: str = "redis") -> str:
    most = int((await info(ask, "maxmemory", id=id))["maxmemory"])
    ask.expect(most > 0, "a maxmemory, so that it evicts before the kernel ends it", "maxmemory 0: no limit")
    ask.expect(most >= 1 << 20, "at least 1 MiB", f"maxmemory {most} bytes: is its unit missing?")
    return f"at most {most >> 20} MiB"


@CATEGORY.check(
    "room",
    f"Redis uses less than {MEMORY_FULL:.0%} of its memory",
    "redis",
    twin=trait(redis_memory_share=0.99),
    follows="caching.limit",
)
async def room(ask: Ask, id: str = "redis") -> str:
    found = await info(ask, "used_memory", "maxmemory", id=id)
    used, most = int(found["used_memory"]), int(found["maxmemory"])
    ask.expect(most > 0, "a maxmemory to measure by", "maxmemory 0: no limit")
    words = f"{used >> 20} of {most >> 20} MiB"
    ask.expect(used < MEMORY_FULL * most, f"less than {MEMORY_FULL:.0%} of its memory", words)
    return words


@CATEGORY.check(
    "clients",
    "Redis has connections left",
    "redis",
    twin=trait(redis_info=["connected_clients:9900"]),
)
async def clients(ask: Ask, id: str = "redis") -> str:
    found = await info(ask, "connected_clients", "maxclients", id=id)
    taken, most = int(found["connected_clients"]), int(found["maxclients"])
    words = f"{taken} of {most} connections"
    ask.expect(taken < CLIENTS_FULL * most, f"fewer than {CLIENTS_FULL:.0%} of them taken", words)
    return words


@CATEGORY.check(
    "hits",
    f"at least {HIT_RATIO:.0%} of look-ups hit",
    "redis",
    twin=trait(redis_info=["keyspace_hits:1000", "keyspace_misses:9000"]),
    covers=("red-04",),
)
async def hits(ask: Ask) -> str:
    found = await info(ask, "keyspace_hits", "keyspace_misses")
    hit, missed = int(found["keyspace_hits"]), int(found["keyspace_misses"])
    if hit + missed < LOOKED_UP:
        raise NotRun(f"too few look-ups to judge: {hit + missed} since it started")
    ratio = hit / (hit + missed)
    ask.expect(ratio >= HIT_RATIO, f"a hit ratio of at least {HIT_RATIO:.0%}", f"{ratio:.1%}")
    return f"{ratio:.1%} of look-ups hit"


@CATEGORY.check(
    "aof",
    "Redis persistence (AOF) is on",
    "redis",
    twin=trait(redis_info=["aof_enabled:0"]),
    follows="databases.redis.persistence",
)
async def aof(ask: Ask) -> str:
    ask.expect((await info(ask, "aof_enabled"))["aof_enabled"] == "1", "AOF on", "aof_enabled 0: off")
    return "AOF on"


@CATEGORY.check(
    "disk",
    "Redis' last saves to disk succeeded",
    "redis",
    twin=trait(redis_info=["aof_last_write_status:err"]),
)
async def disk(ask: Ask, id: str = "redis") -> str:
    names = ("rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status")
    found = await info(ask, *names, "aof_enabled", id=id)
    failed = [f"{name} {found[name]}" for name in names if found[name] != "ok"]
    ask.expect(not failed, "all of them ok", ", ".join(failed))
    return f"last saves ok, AOF {'off' if found['aof_enabled'] == '0' else 'on'}"
