"""The backend's side of the pool: requests that need PostgreSQL, alone, in a row and many at once."""

import asyncio
from collections import Counter

from sutaz_tui.checks import accounts
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, fault, trait
from sutaz_tui.checks.pool.category import CATEGORY, POOL
from sutaz_tui.checks.pool.server import CONNECTIONS, one_row
from sutaz_tui.errors import SourceError
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

CROWD = 20
GROWTH = 5
"""Connections by which PostgreSQL's number may move while others come and go."""
LEAK_REQUESTS = 20
SERVED = "served"


async def _room_for(ask: Ask, need: int) -> int:
    """How many connections PostgreSQL has taken; too few free ones and the check is not run."""
    row = await one_row(ask, CONNECTIONS)
    free = int(row["max_connections"] - row["reserved"] - row["connections"])
    if free < 2 * need:
        raise NotRun(
            f"only {free} of {row['max_connections']} connections are free, and this wants up to {need}:"
            f" it is run from {2 * need} on"
        )
    return int(row["connections"])


def _crowd(ask: Ask, wanted: int) -> int:
    """How many may be sent at once, by the config's limit."""
    size = min(wanted, ask.limits.concurrency, ask.limits.requests)
    if size < wanted:
        raise NotRun(f"it takes {wanted} requests at once, and checks.limits allows {size}")
    return size


async def _refresh(ask: Ask, token: str, at_once: int = 0) -> HttpAnswer:
    """A request that needs one look into PostgreSQL, and no hashing of a password as a login does."""
    body = {"refresh_token": token}
    return await ask.post("backend", "/api/v1/auth/refresh", json=body, at_once=at_once)


async def _together(ask: Ask, token: str, size: int) -> Counter[str]:
    """How many of so many requests at once ended how: served, or what became of them."""

    async def one() -> str:
        try:
            found = ask.as_object(await _refresh(ask, token, at_once=size))
        except SourceError as error:
            return one_line(error.words, 60)
        except Wrong as wrong:
            return f"{wrong.found}"
        return (
            SERVED
            if accounts.is_access_token(found.get("access_token"), token)
            else "200 without a token of the account"
        )

    return Counter(await asyncio.gather(*(one() for _ in range(size))))


async def _all_served(ask: Ask, wanted: int) -> str:
    size = _crowd(ask, wanted)
    await _room_for(ask, size)
    token = (await ask.login())["refresh_token"]
    ended = await _together(ask, token, size)
    words = ", ".join(f"{count} × {how}" for how, count in ended.most_common())
    ask.expect(
        ended[SERVED] == size, f"{size} of {size} served at once", f"{ended[SERVED]} of {size}: {words}"
    )
    return f"{size} of {size} served at once"


@CATEGORY.check(
    "half",
    f"{POOL} concurrent requests that need PostgreSQL are all served",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(postgres_pool_limit=POOL),
    check_class=CheckClass.HEAVY,
    sends=f"{POOL} token refreshes of the account at once",
    timeout=30.0,
)
async def half(ask: Ask) -> str:
    return await _all_served(ask, POOL)


@CATEGORY.check(
    "crowd",
    f"{CROWD} concurrent requests that need PostgreSQL are all served",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(postgres_pool_limit=CROWD),
    check_class=CheckClass.HEAVY,
    sends=f"{CROWD} token refreshes of the account at once",
    timeout=30.0,
    covers=("pool-02", "pool-05"),
)
async def crowd(ask: Ask) -> str:
    return await _all_served(ask, CROWD)


@CATEGORY.check(
    "recovery",
    f"the pool recovers after {CROWD} concurrent requests",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(postgres_pool_recovers=False),
    check_class=CheckClass.HEAVY,
    sends=f"{CROWD} token refreshes of the account at once, and one after them",
    timeout=30.0,
    covers=("pool-03", "pool-10"),
)
async def recovery(ask: Ask) -> str:
    size = _crowd(ask, CROWD)
    await _room_for(ask, size)
    token = (await ask.login())["refresh_token"]
    await _together(ask, token, size)
    found = ask.as_object(await _refresh(ask, token))
    ask.expect(accounts.is_access_token(found.get("access_token"), token), "an access token", sorted(found))
    return "the next request is served"


@CATEGORY.check(
    "leak",
    f"{LEAK_REQUESTS} requests leak no connection",
    "postgres",
    "backend",
    logs_in=True,
    twin=trait(postgres_pool_leaks=True),
    check_class=CheckClass.HEAVY,
    sends=f"{LEAK_REQUESTS} token refreshes of the account, one after another",
    timeout=30.0,
    covers=("pool-13",),
)
async def leak(ask: Ask) -> str:
    count = min(LEAK_REQUESTS, ask.limits.requests)
    if count <= 2 * GROWTH:
        raise NotRun(f"it takes {LEAK_REQUESTS} requests, and checks.limits.requests is {count}")
    before = await _room_for(ask, count)
    token = (await ask.login())["refresh_token"]
    for _ in range(count):
        ask.as_object(await _refresh(ask, token))
    after = int((await one_row(ask, CONNECTIONS))["connections"])
    ask.expect(
        after - before <= GROWTH,
        f"at most {GROWTH} connections more after {count} requests",
        f"{after - before} more: {before}, then {after}",
    )
    return f"{before} connections before, {after} after {count} requests"


@CATEGORY.check(
    "wait",
    "sequential requests do not wait for a connection",
    "backend",
    "postgres",
    logs_in=True,
    twin=fault(backend="slow=1.1"),
    check_class=CheckClass.HEAVY,
    sends=f"{POOL} token refreshes of the account, one after another",
    timeout=30.0,
    covers=("pool-04",),
)
async def wait(ask: Ask) -> str:
    await _room_for(ask, 1)
    token = (await ask.login())["refresh_token"]
    slowest = 0.0
    for _ in range(POOL):
        answer = await _refresh(ask, token)
        ask.as_object(answer)
        ask.expect(
            answer.latency <= ask.limits.p95,
            f"each within {ask.limits.p95:g} s",
            f"one took {answer.latency:.2f} s",
        )
        slowest = max(slowest, answer.latency)
    return f"the slowest of {POOL} took {slowest * 1000:.0f} ms"
