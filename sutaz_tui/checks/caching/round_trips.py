"""Round trips of keys: set, read, replaced, counted, expired and deleted, each under a name of its own."""

import asyncio
import secrets
import time

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import trait
from sutaz_tui.checks.caching.category import CATEGORY
from sutaz_tui.checks.caching.server import info
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import CheckClass

LIFE = 60
GONE_WITHIN = 2.0
AT_ONCE = 10
BEYOND_ASCII = "größer 語 🚦"
SENDS = "one key of a few bytes, deleted again"


async def _fresh(ask: Ask, check: str, id: str = "redis") -> str:
    """A key of this check's own: what an earlier run left is deleted, and so it is afterwards."""
    key = f"sutaztui-caching-{check}"
    await ask.redis(id, "DEL", key)
    ask.afterwards(f"Redis' key {key}", lambda: _removed(ask, key, id))
    return key


async def _removed(ask: Ask, key: str, id: str) -> None:
    await ask.redis(id, "DEL", key)
    if await ask.redis(id, "EXISTS", key):
        raise BadAnswer("Redis", "its deletion was confirmed, but it is still there")


@CATEGORY.check(
    "kept",
    "a value is read back",
    "redis",
    twin=trait(redis_keeps_values=False),
    check_class=CheckClass.WRITES,
    sends=SENDS,
    covers=("red-02",),
)
async def kept(ask: Ask, id: str = "redis") -> str:
    key, value = await _fresh(ask, "kept", id), f"{secrets.token_hex(8)} {BEYOND_ASCII}"
    ask.expect(await ask.redis(id, "SET", key, value) in ("OK", True), "SET answered OK", "another answer")
    found = await ask.redis(id, "GET", key)
    ask.expect(found == value, f"{value} as it was set", found)
    return "set and read back"


@CATEGORY.check(
    "missed",
    "a deleted key is a miss, not empty",
    "redis",
    twin=trait(redis_ignores=["DEL"]),
    check_class=CheckClass.WRITES,
    sends=SENDS,
    covers=("red-05",),
)
async def missed(ask: Ask) -> str:
    key = await _fresh(ask, "missed")
    await ask.redis("redis", "SET", key, "here", "EX", LIFE)
    found = await ask.redis("redis", "GET", key)
    ask.expect(found == "here", "the value before it is deleted", found)
    gone = await ask.redis("redis", "DEL", key)
    ask.expect(gone == 1, "one key deleted", gone)
    found = await ask.redis("redis", "GET", key)
    ask.expect(found is None, "nothing after it was deleted", found)
    return "deleted, and missed"


@CATEGORY.check(
    "replaced",
    "a second SET replaces the value",
    "redis",
    twin=trait(redis_overwrites=False),
    check_class=CheckClass.WRITES,
    sends=SENDS,
    covers=("red-06",),
)
async def replaced(ask: Ask) -> str:
    key = await _fresh(ask, "replaced")
    for value in ("first", "second"):
        await ask.redis("redis", "SET", key, value, "EX", LIFE)
        found = await ask.redis("redis", "GET", key)
        ask.expect(found == value, f"the {value} value", found)
    return "the second value, not the first"


@CATEGORY.check(
    "expire",
    "EXPIRE sets a TTL, PERSIST removes it",
    "redis",
    twin=trait(redis_ignores=["EXPIRE"]),
    check_class=CheckClass.WRITES,
    sends=SENDS,
    covers=("red-03",),
)
async def expire(ask: Ask) -> str:
    key = await _fresh(ask, "expire")
    await ask.redis("redis", "SET", key, "here")
    ask.expect(await ask.redis("redis", "TTL", key) == -1, "no life at first: TTL -1", "a life")
    await ask.redis("redis", "EXPIRE", key, LIFE)
    left = await ask.redis("redis", "TTL", key)
    ask.expect(LIFE - 5 <= left <= LIFE, f"{LIFE} s left after EXPIRE {LIFE}", f"TTL {left}")
    await ask.redis("redis", "PERSIST", key)
    left = await ask.redis("redis", "TTL", key)
    ask.expect(left == -1, "no life after PERSIST: TTL -1", f"TTL {left}")
    return f"{left if left > 0 else LIFE} s given and taken"


@CATEGORY.check(
    "expired",
    "an expired key is gone",
    "redis",
    twin=trait(redis_expires=False),
    check_class=CheckClass.WRITES,
    sends="one key that lives for 0.2 s",
)
async def expired(ask: Ask) -> str:
    key, started = await _fresh(ask, "expired"), time.monotonic()
    await ask.redis("redis", "SET", key, "here", "PX", 200)
    found = await ask.redis("redis", "GET", key)
    ask.expect(found == "here" or time.monotonic() - started > 0.2, "the value while its life lasts", found)
    while await ask.redis("redis", "GET", key) is not None:
        lived = time.monotonic() - started
        ask.expect(lived < GONE_WITHIN, "gone after 0.2 s", f"still there after {lived:.1f} s")
        await asyncio.sleep(0.05)
    return f"gone after {time.monotonic() - started:.1f} s"


@CATEGORY.check(
    "counter",
    f"{AT_ONCE} concurrent increments lose nothing",
    "redis",
    twin=trait(redis_ignores=["INCR"]),
    check_class=CheckClass.WRITES,
    sends=f"one key, counted up {AT_ONCE} times at once and deleted again",
    covers=("red-07",),
)
async def counter(ask: Ask) -> str:
    key = await _fresh(ask, "counter")
    said = await asyncio.gather(*(ask.redis("redis", "INCR", key) for _ in range(AT_ONCE)))
    ask.expect(sorted(said) == list(range(1, AT_ONCE + 1)), f"1 to {AT_ONCE}, each once", sorted(said))
    return f"counted 1 to {AT_ONCE}"


@CATEGORY.check(
    "fields",
    "a hash keeps its fields",
    "redis",
    twin=trait(redis_ignores=["HSET"]),
    check_class=CheckClass.WRITES,
    sends=SENDS,
)
async def fields(ask: Ask) -> str:
    key = await _fresh(ask, "fields")
    await ask.redis("redis", "HSET", key, "user", "nobody", "seen", 1)
    await ask.redis("redis", "EXPIRE", key, LIFE)
    found = [await ask.redis("redis", "HGET", key, name) for name in ("user", "seen")]
    ask.expect(found == ["nobody", "1"], "user nobody, seen 1", found)
    return "both fields read back"


@CATEGORY.check(
    "counted",
    "Redis counts hits and misses",
    "redis",
    twin=trait(redis_info=["keyspace_hits:5000", "keyspace_misses:100"]),
    check_class=CheckClass.WRITES,
    sends=SENDS,
)
async def counted(ask: Ask) -> str:
    key = await _fresh(ask, "counted")
    before = await info(ask, "keyspace_hits", "keyspace_misses")
    await ask.redis("redis", "GET", key)
    await ask.redis("redis", "SET", key, "here", "EX", LIFE)
    await ask.redis("redis", "GET", key)
    after = await info(ask, "keyspace_hits", "keyspace_misses")
    # Others count too: at least ours must be there.
    more = {name: int(after[name]) - int(before[name]) for name in before}
    ask.expect(min(more.values()) >= 1, "at least one hit and one miss more", more)
    return "a hit and a miss were counted"
