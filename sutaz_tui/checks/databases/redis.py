"""Redis, asked itself: it answers, keeps, deletes, has room, and writes to disk."""

import asyncio
import secrets
import time
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, fault, trait
from sutaz_tui.model import CheckClass
from sutaz_tui.text.units import memory_size

CATEGORY = Category("databases")

SLOWEST = 1.0
AT_ONCE = 10
FULL = 90
SECONDS_KEPT = 60
"""What is written goes by itself, even if we are killed."""


async def _info(ask: Ask, section: str) -> dict[str, Any]:
    found = await ask.redis("redis", "INFO", section)
    ask.expect(isinstance(found, dict) and bool(found), f"figures of INFO {section}", found)
    return dict(found)


@CATEGORY.check(
    "redis.answers",
    f"Redis answers PING within {SLOWEST:g} s",
    "redis",
    twin=fault(redis="slow=1.6"),
    covers=("db-03",),
)
async def answers(ask: Ask, id: str = "redis") -> str:
    started = time.perf_counter()
    pong = await ask.redis(id, "PING")
    took = time.perf_counter() - started
    ask.expect(pong is True or pong == "PONG", "PONG", pong)
    ask.expect(took <= SLOWEST, f"PONG within {SLOWEST:g} s", f"PONG after {took:.1f} s")
    return f"PONG after {took * 1000:.0f} ms"


@CATEGORY.check(
    "redis.master", "Redis is the master (accepts writes)", "redis", twin=trait(redis_role="slave")
)
async def master(ask: Ask) -> str:
    role = (await _info(ask, "replication")).get("role")
    ask.expect(role == "master", "role master", f"role {role}")
    return "master"


@CATEGORY.check(
    "redis.memory",
    f"Redis uses less than {FULL} % of its memory limit",
    "redis",
    twin=trait(redis_memory_share=0.99),
)
async def memory(ask: Ask) -> str:
    found = await _info(ask, "memory")
    used, most = int(found["used_memory"]), int(found["maxmemory"])
    ask.expect(used > 0, "a used_memory", found.get("used_memory"))
    if not most:
        return f"{memory_size(used)}, no limit"
    ask.expect(
        100 * used < FULL * most, f"less than {FULL} % of {memory_size(most)}", f"{memory_size(used)} in use"
    )
    return f"{memory_size(used)} of {memory_size(most)}"


@CATEGORY.check(
    "redis.clients",
    "Redis has room for more clients",
    "redis",
    twin=trait(redis_info=["rejected_connections:1500"]),
)
async def clients(ask: Ask) -> str:
    found = await _info(ask, "clients")
    used, most = int(found["connected_clients"]), int(found["maxclients"])
    ask.expect(
        100 * used < FULL * most, f"less than {FULL} % of {most} clients", f"{used} clients are connected"
    )
    away = int((await _info(ask, "stats"))["rejected_connections"])
    ask.expect(
        away == 0, "none turned away", f"{away} since it started or CONFIG RESETSTAT; maxclients is {most}"
    )
    return f"{used} of {most} clients"


@CATEGORY.check(
    "redis.persistence",
    "Redis writes to disk: append-only file on, last writes done",
    "redis",
    twin=trait(redis_info=["aof_enabled:0"]),
    covers=("inf-24",),
)
async def persistence(ask: Ask) -> str:
    found = await _info(ask, "persistence")
    ask.expect(found.get("loading") == 0, "a data set that is loaded", "one that is still being loaded")
    ask.expect(
        found.get("aof_enabled") == 1, "appendonly yes", "append-only file off: a restart loses what is kept"
    )
    for key in ("aof_last_write_status", "rdb_last_bgsave_status"):
        ask.expect(found.get(key) == "ok", f"{key} ok", f"{key} {found.get(key)}: look at the disk")
    return "append-only file on, last writes ok"


@CATEGORY.check(
    "redis.keeps",
    f"{AT_ONCE} concurrent writes are read back",
    "redis",
    twin=trait(redis_keeps_values=False),
    check_class=CheckClass.WRITES,
    sends=f"{AT_ONCE} keys sutaztui-databases-… that go by themselves after a minute, and deletes them",
    covers=("db-04", "db-17"),
)
async def keeps(ask: Ask) -> str:
    values = {_name(): f"{secrets.token_hex(8)} größer 語" for _ in range(AT_ONCE)}
    _remove_afterwards(ask, *values)
    await asyncio.gather(
        *(ask.redis("redis", "SET", key, value, "EX", SECONDS_KEPT) for key, value in values.items())
    )
    found = await asyncio.gather(*(ask.redis("redis", "GET", key) for key in values))
    right = sum(value == back for value, back in zip(values.values(), found, strict=True))
    ask.expect(right == AT_ONCE, f"{AT_ONCE} of {AT_ONCE} values as written", f"{right} of {AT_ONCE}")
    return f"{right} of {AT_ONCE} as written"


@CATEGORY.check(
    "redis.deletes",
    "a deleted key is gone",
    "redis",
    twin=trait(redis_ignores=["DEL"]),
    check_class=CheckClass.WRITES,
    sends="one key sutaztui-databases-… that goes by itself after a minute, and deletes it",
    covers=("db-05",),
)
async def deletes(ask: Ask) -> str:
    key = _name()
    _remove_afterwards(ask, key)
    await ask.redis("redis", "SET", key, "1", "EX", SECONDS_KEPT)
    ask.expect(await ask.redis("redis", "GET", key) == "1", "the key that was written", "no such key")
    await ask.redis("redis", "DEL", key)
    left = await ask.redis("redis", "GET", key)
    ask.expect(left is None, "no such key after DEL", f"it still holds {left}")
    return "gone after DEL"


def _name() -> str:
    return f"sutaztui-databases-{secrets.token_hex(6)}"


def _remove_afterwards(ask: Ask, *keys: str) -> None:
    async def remove() -> None:
        await ask.redis("redis", "DEL", *keys)

    ask.afterwards(f"Redis keys {', '.join(keys)}", remove)
