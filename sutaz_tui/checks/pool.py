"""The pool between the backend and PostgreSQL: room for it, nothing stuck in it, and a crowd that is served."""

import asyncio
import time
from collections import Counter
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, NotRun, Wrong, fault, patch, trait
from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text import one_line

CATEGORY = Category("pool")

POOL = 10
OVERFLOW = 20
"""What the backend's pool holds, and by how much it may grow (the stack's settings)."""
CROWD = 20
FULL = 0.8
IDLE = 60
OLDEST = 300.0
WAITING = 10
ROLLED_BACK = 0.2
CONNECT_WITHIN = 1.0
GROWTH = 5
"""Connections by which PostgreSQL's number may move while others come and go."""
LEAK_REQUESTS = 30
NO_COLUMN = "sutaztui_no_such_column"

# Only client sessions; a role without pg_read_all_stats sees the rows of others without their states.
_OTHERS = "pid <> pg_backend_pid() AND datid IS NOT NULL"
_HIDDEN = "count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden"
CONNECTIONS = (
    "SELECT (SELECT sum(numbackends) FROM pg_stat_database)::int AS connections,"
    " current_setting('max_connections')::int AS max_connections,"
    " current_setting('superuser_reserved_connections')::int AS reserved"
)


async def _row(ask: Ask, query: str) -> dict[str, Any]:
    """The one row of a question; where a role may not see what is asked for, the check is not run."""
    rows = await ask.sql("postgres", query)
    ask.expect(len(rows) == 1, "one row", f"{len(rows)} rows")
    if rows[0].get("hidden"):
        raise NotRun("this role may not see the sessions of others: grant it pg_read_all_stats")
    return rows[0]


@CATEGORY.check(
    "room",
    f"fewer than {FULL:.0%} of PostgreSQL's connections are taken",
    "postgres",
    twin=trait(postgres_connections=92),
    covers=("pool-01",),
)
async def room(ask: Ask) -> str:
    row = await _row(ask, CONNECTIONS)
    taken, most = row["connections"], row["max_connections"]
    words = f"{taken} of {most} connections"
    ask.expect(taken < FULL * most, f"fewer than {FULL:.0%} of {most}", words)
    return words


@CATEGORY.check(
    "size",
    f"PostgreSQL takes the whole of the backend's pool ({POOL} and {OVERFLOW} more)",
    "postgres",
    twin=trait(postgres_max_connections=30),
)
async def size(ask: Ask) -> str:
    row = await _row(ask, CONNECTIONS)
    for_all = row["max_connections"] - row["reserved"]
    ask.expect(for_all > POOL + OVERFLOW, f"more than {POOL + OVERFLOW} connections", f"{for_all} for all")
    return f"{for_all} connections, the pool wants {POOL + OVERFLOW} at most"


@CATEGORY.check(
    "reserved",
    "an administrator still gets in when the pool is full",
    "postgres",
    twin=trait(postgres_figures=["superuser_reserved_connections:0"]),
)
async def reserved(ask: Ask) -> str:
    kept = (await _row(ask, CONNECTIONS))["reserved"]
    ask.expect(kept >= 1, "connections reserved for superusers", "superuser_reserved_connections 0")
    return f"{kept} reserved for superusers"


@CATEGORY.check(
    "used",
    "the backend's login holds no more connections than its pool may",
    "postgres",
    twin=trait(postgres_figures=["pooled:45"]),
)
async def used(ask: Ask) -> str:
    row = await _row(
        ask,
        "SELECT count(*)::int AS pooled FROM pg_stat_activity"
        f" WHERE usename = current_user AND datname = current_database() AND {_OTHERS}",
    )
    ask.expect(row["pooled"] <= POOL + OVERFLOW, f"at most {POOL + OVERFLOW}", f"{row['pooled']} connections")
    return f"{row['pooled']} of {POOL + OVERFLOW}"


@CATEGORY.check(
    "idle-in-transaction",
    f"nobody sits in an open transaction for more than {IDLE} s",
    "postgres",
    twin=trait(postgres_figures=["idle_in_transaction:3"]),
)
async def idle_in_transaction(ask: Ask) -> str:
    row = await _row(
        ask,
        "SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'"
        f" AND now() - state_change > interval '{IDLE} seconds') AS idle_in_transaction, {_HIDDEN}"
        f" FROM pg_stat_activity WHERE {_OTHERS}",
    )
    found = row["idle_in_transaction"]
    ask.expect(
        found == 0, "none idle in transaction", f"{found} idle in transaction, each holding a connection"
    )
    return "none idle in transaction"


@CATEGORY.check(
    "oldest",
    f"no transaction is older than {OLDEST:g} s",
    "postgres",
    twin=trait(postgres_oldest_transaction=4000.0),
)
async def oldest(ask: Ask) -> str:
    row = await _row(
        ask,
        "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8 AS oldest_transaction,"
        f" {_HIDDEN} FROM pg_stat_activity WHERE {_OTHERS}"
        " AND coalesce(backend_type, 'client backend') = 'client backend'",
    )
    found = row["oldest_transaction"]
    ask.expect(found < OLDEST, f"less than {OLDEST:g} s", f"{found:.0f} s")
    return f"{found:.1f} s"


@CATEGORY.check(
    "blocked",
    f"nobody waits for a lock for more than {WAITING} s",
    "postgres",
    twin=trait(postgres_figures=["blocked:4"]),
)
async def blocked(ask: Ask) -> str:
    row = await _row(
        ask,
        "SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'"
        f" AND now() - query_start > interval '{WAITING} seconds') AS blocked, {_HIDDEN}"
        f" FROM pg_stat_activity WHERE {_OTHERS}",
    )
    ask.expect(row["blocked"] == 0, "nobody", f"{row['blocked']} wait, each holding a connection")
    return "nobody waits"


@CATEGORY.check(
    "rolled-back",
    f"fewer than {ROLLED_BACK:.0%} of transactions are rolled back",
    "postgres",
    twin=trait(postgres_figures=["rollbacks:90000000"]),
    covers=("pool-06",),
)
async def rolled_back(ask: Ask) -> str:
    row = await _row(
        ask,
        "SELECT xact_commit AS commits, xact_rollback AS rollbacks FROM pg_stat_database"
        " WHERE datname = current_database()",
    )
    share = row["rollbacks"] / max(1, row["commits"] + row["rollbacks"])
    ask.expect(share < ROLLED_BACK, f"fewer than {ROLLED_BACK:.0%}", f"{share:.1%} since the count began")
    return f"{share:.2%} rolled back"


@CATEGORY.check(
    "connect",
    f"a connection is there within {CONNECT_WITHIN:g} s",
    "postgres",
    twin=fault(postgres="slow=2"),
    covers=("pool-07",),
)
async def connect(ask: Ask) -> str:
    started = time.perf_counter()
    row = await _row(ask, "SELECT 1 AS one")
    elapsed = time.perf_counter() - started
    ask.expect(row["one"] == 1, "1", row)
    ask.expect(elapsed < CONNECT_WITHIN, f"less than {CONNECT_WITHIN:g} s", f"{elapsed:.2f} s")
    return f"connected and answered in {elapsed * 1000:.0f} ms"


@CATEGORY.check(
    "wrong-query",
    "a wrong query is refused in words, and the next is answered",
    "postgres",
    twin=trait(postgres_figures=[f"{NO_COLUMN}:1"]),
    covers=("pool-12",),
)
async def wrong_query(ask: Ask) -> str:
    try:
        rows = await ask.sql("postgres", f"SELECT {NO_COLUMN}")
    except BadAnswer as error:
        ask.expect(NO_COLUMN in error.words, f"words that name {NO_COLUMN}", error.words)
    else:
        raise Wrong("a column that does not exist refused", f"an answer: {rows}")
    row = await _row(ask, "SELECT 1 AS one")
    ask.expect(row["one"] == 1, "1 for the next query", row)
    return "refused by name; the next is answered"


@CATEGORY.check(
    "exporter",
    "PostgreSQL's exporter reaches it and tells its limit",
    "postgres-exporter",
    "postgres",
    twin=patch("postgres-exporter", "/metrics", body="pg_up 1\npg_settings_max_connections 50\n"),
    covers=("pool-08",),
)
async def exporter(ask: Ask) -> str:
    most = (await _row(ask, CONNECTIONS))["max_connections"]
    answer = await ask.get("postgres-exporter", "/metrics")
    ask.status(answer, 200)
    lines = answer.text().splitlines()
    limit = [line for line in lines if line.startswith("pg_settings_max_connections")]
    ask.expect(any(line.split() == ["pg_up", "1"] for line in lines), "pg_up 1", "another answer")
    said = [line.rpartition(" ")[2] for line in limit]
    ask.expect(
        len(said) == 1 and said[0].removesuffix(".0") == str(most),
        f"pg_settings_max_connections {most}",
        said or "none",
    )
    return f"up, {most} connections at most"


@CATEGORY.check(
    "reported",
    "the backend's health tells of PostgreSQL",
    "backend",
    "postgres",
    twin=trait(backend_reports_postgres=False),
    covers=("pool-09", "pool-11"),
)
async def reported(ask: Ask) -> str:
    services = (await ask.body("backend", "/health/detailed")).get("services")
    ask.expect(isinstance(services, dict), "its services", services)
    found = [value for name, value in (services or {}).items() if name.startswith("postgres")]
    ask.expect(
        bool(found),
        "PostgreSQL among its services",
        f"{', '.join(services or {})}: it stays healthy without it",
    )
    ask.expect(found == [True], "PostgreSQL true", found)
    return "PostgreSQL true"


async def _room_for(ask: Ask, need: int) -> int:
    """How many connections PostgreSQL has taken; too few free ones and the check is not run."""
    row = await _row(ask, CONNECTIONS)
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
    """How many of so many requests at once ended how: their status, or what became of them."""

    async def one() -> str:
        try:
            answer = await _refresh(ask, token, at_once=size)
        except SourceError as error:
            return one_line(error.words, 60)
        if answer.status == 200:
            found = ask.as_object(answer)
            ask.expect(bool(found.get("access_token")), "an access token in each answer", sorted(found))
            return "200"
        return f"{answer.status} {one_line(answer.text(), 60)}".strip()

    return Counter(await asyncio.gather(*(one() for _ in range(size))))


async def _all_served(ask: Ask, wanted: int) -> str:
    size = _crowd(ask, wanted)
    await _room_for(ask, size)
    token = (await ask.login())["refresh_token"]
    ended = await _together(ask, token, size)
    words = ", ".join(f"{count} × {how}" for how, count in ended.most_common())
    ask.expect(ended["200"] == size, f"{size} of {size} served at once", f"{ended['200']} of {size}: {words}")
    return f"{size} of {size} served at once"


@CATEGORY.check(
    "half",
    f"{POOL} requests at once that need PostgreSQL are all served",
    "backend",
    "postgres",
    twin=trait(postgres_pool_limit=POOL),
    check_class=CheckClass.HEAVY,
    sends=f"{POOL} token refreshes of the account at once",
    timeout=30.0,
)
async def half(ask: Ask) -> str:
    return await _all_served(ask, POOL)


@CATEGORY.check(
    "crowd",
    f"{CROWD} requests at once that need PostgreSQL are all served",
    "backend",
    "postgres",
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
    f"after {CROWD} requests at once the pool serves the next",
    "backend",
    "postgres",
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
    ask.expect(bool(found.get("access_token")), "an access token", sorted(found))
    return "the next request is served"


@CATEGORY.check(
    "leak",
    f"{LEAK_REQUESTS} requests leave no connection behind",
    "postgres",
    "backend",
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
    after = int((await _row(ask, CONNECTIONS))["connections"])
    ask.expect(
        after - before <= GROWTH,
        f"at most {GROWTH} connections more after {count} requests",
        f"{after - before} more: {before}, then {after}",
    )
    return f"{before} connections before, {after} after {count} requests"


@CATEGORY.check(
    "wait",
    "requests one after another do not wait for a connection",
    "backend",
    "postgres",
    twin=fault(backend="slow=1.5"),
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
        slowest = max(slowest, answer.latency)
    ask.expect(
        slowest <= ask.limits.p95, f"each within {ask.limits.p95:g} s", f"the slowest took {slowest:.2f} s"
    )
    return f"the slowest of {POOL} took {slowest * 1000:.0f} ms"


NOT_COVERED: dict[str, str] = {}
