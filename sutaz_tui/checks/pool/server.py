"""PostgreSQL's side of the pool: room in it, nobody stuck in it, and who else sees it."""

import asyncio
import time
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, fault, patch, trait
from sutaz_tui.checks.pool.category import CATEGORY, OVERFLOW, POOL
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import CheckClass
from sutaz_tui.probes.exposition import samples

FULL = 0.8
OLD = 300.0
CONNECT_WITHIN = 1.0
NO_COLUMN = "sutaztui_no_such_column"

CONNECTIONS = (
    "SELECT (SELECT sum(numbackends) FROM pg_stat_database)::int AS connections,"
    " current_setting('max_connections')::int AS max_connections,"
    " current_setting('superuser_reserved_connections')::int AS reserved"
)
LIMIT = (
    "SELECT (SELECT least(nullif(rolconnlimit, -1), (SELECT nullif(datconnlimit, -1) FROM pg_database"
    " WHERE datname = current_database())) FROM pg_roles WHERE rolname = current_user)::int AS login_limit"
)
"""How many connections this login or database may have, NULL for as many as there are."""
POOLED = (
    "SELECT count(*)::int AS pooled FROM pg_stat_activity"
    " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
)
# Only client sessions; a role without pg_read_all_stats sees the rows of others without their states.
IDLE = (
    "SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'"
    " AND now() - state_change > interval '60 seconds') AS idle_in_transaction,"
    " count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden"
    " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datid IS NOT NULL"
)
OLDEST = (
    "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8 AS oldest_transaction,"
    " count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden"
    " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datid IS NOT NULL"
    " AND coalesce(backend_type, 'client backend') = 'client backend'"
)
PREPARED = "SELECT coalesce(extract(epoch FROM max(now() - prepared)), 0)::float8 AS oldest_prepared FROM pg_prepared_xacts"
BLOCKED = (
    "SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'"
    " AND now() - query_start > interval '10 seconds') AS blocked,"
    " count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden"
    " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datid IS NOT NULL"
)


async def one_row(ask: Ask, query: str) -> dict[str, Any]:
    """The one row of a question; where a role may not see what is asked for, the check is not run."""
    rows = await ask.sql("postgres", query)
    ask.expect(len(rows) == 1, "one row", f"{len(rows)} rows")
    if rows[0].get("hidden"):
        raise NotRun("this role may not see the sessions of others: grant it pg_read_all_stats")
    below = [f"{name} {value}" for name, value in rows[0].items() if isinstance(value, int) and value < 0]
    ask.expect(not below, "figures of at least 0", ", ".join(below))
    return rows[0]


@CATEGORY.check(
    "room",
    f"fewer than {FULL:.0%} of PostgreSQL's connections are taken",
    "postgres",
    twin=trait(postgres_connections=92),
    covers=("pool-01",),
)
async def room(ask: Ask) -> str:
    row = await one_row(ask, CONNECTIONS)
    taken, most = row["connections"], row["max_connections"]
    words = f"{taken} of {most} connections"
    ask.expect(taken < FULL * most, f"fewer than {FULL:.0%} of {most}", words)
    return words


@CATEGORY.check(
    "size",
    f"max_connections fits the backend's pool ({POOL} + {OVERFLOW} overflow)",
    "postgres",
    twin=trait(postgres_max_connections=30),
)
async def size(ask: Ask) -> str:
    row = await one_row(ask, CONNECTIONS)
    for_all = row["max_connections"] - row["reserved"]
    ask.expect(for_all > POOL + OVERFLOW, f"more than {POOL + OVERFLOW} connections", f"{for_all} for all")
    limit = (await one_row(ask, LIMIT))["login_limit"]
    ask.expect(
        limit is None or limit >= POOL + OVERFLOW,
        f"{POOL + OVERFLOW} connections for the backend's login",
        f"a CONNECTION LIMIT of {limit}",
    )
    return f"{for_all} connections, the pool wants {POOL + OVERFLOW} at most"


@CATEGORY.check(
    "reserved",
    "connections are reserved for superusers",
    "postgres",
    twin=trait(postgres_figures=["superuser_reserved_connections:0"]),
)
async def reserved(ask: Ask) -> str:
    kept = (await one_row(ask, CONNECTIONS))["reserved"]
    ask.expect(kept >= 1, "connections reserved for superusers", "superuser_reserved_connections 0")
    return f"{kept} reserved for superusers"


@CATEGORY.check(
    "used",
    "the backend's role holds no more connections than its pool allows",
    "postgres",
    twin=trait(postgres_figures=["pooled:45"]),
)
async def used(ask: Ask) -> str:
    row = await one_row(ask, POOLED)
    ask.expect(row["pooled"] <= POOL + OVERFLOW, f"at most {POOL + OVERFLOW}", f"{row['pooled']} connections")
    return f"{row['pooled']} of {POOL + OVERFLOW}"


@CATEGORY.check(
    "idle-in-transaction",
    "no session is idle in transaction for more than 60 s",
    "postgres",
    twin=trait(postgres_figures=["idle_in_transaction:3"]),
)
async def idle_in_transaction(ask: Ask) -> str:
    row = await one_row(ask, IDLE)
    found = row["idle_in_transaction"]
    ask.expect(
        found == 0, "none idle in transaction", f"{found} idle in transaction, each holding a connection"
    )
    return "none idle in transaction"


@CATEGORY.check(
    "oldest",
    f"no transaction is older than {OLD:g} s",
    "postgres",
    twin=trait(postgres_oldest_transaction=4000.0),
)
async def oldest(ask: Ask) -> str:
    row = await one_row(ask, OLDEST)
    found = row["oldest_transaction"]
    ask.expect(found < OLD, f"less than {OLD:g} s", f"{found:.0f} s")
    prepared = (await one_row(ask, PREPARED))["oldest_prepared"]
    ask.expect(prepared < OLD, f"less than {OLD:g} s", f"{prepared:.0f} s, prepared and never committed")
    return f"{found:.1f} s"


@CATEGORY.check(
    "blocked",
    "no session waits for a lock for more than 10 s",
    "postgres",
    twin=trait(postgres_figures=["blocked:4"]),
)
async def blocked(ask: Ask) -> str:
    row = await one_row(ask, BLOCKED)
    ask.expect(row["blocked"] == 0, "nobody", f"{row['blocked']} wait, each holding a connection")
    return "nobody waits"


@CATEGORY.check(
    "connect",
    f"a connection is established within {CONNECT_WITHIN:g} s",
    "postgres",
    twin=fault(postgres="slow=1.2"),
    covers=("pool-07",),
)
async def connect(ask: Ask) -> str:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            row = await one_row(ask, "SELECT 1 AS one")
    except TimeoutError as error:
        raise Wrong(
            f"an answer within {CONNECT_WITHIN:g} s", f"no answer within {CONNECT_WITHIN:g} s"
        ) from error
    ask.expect(row["one"] == 1, "1", row)
    return f"connected and answered in {(time.perf_counter() - started) * 1000:.0f} ms"


@CATEGORY.check(
    "wrong-query",
    "an invalid query gets an error, and the next is answered",
    "postgres",
    twin=trait(postgres_figures=[f"{NO_COLUMN}:1"]),
    # PostgreSQL writes every refused query into its log, which people and alerts read; no client can prevent it.
    check_class=CheckClass.LEAVES,
    sends="a query for a column that is not there: one ERROR line in PostgreSQL's log",
    covers=("pool-12",),
)
async def wrong_query(ask: Ask) -> str:
    try:
        rows = await ask.sql("postgres", f"SELECT {NO_COLUMN}")
    except BadAnswer as error:
        ask.expect(NO_COLUMN in error.words, f"words that name {NO_COLUMN}", error.words)
    else:
        raise Wrong("a column that does not exist refused", f"an answer: {rows}")
    row = await one_row(ask, "SELECT 1 AS one")
    ask.expect(row["one"] == 1, "1 for the next query", row)
    return "refused by name; the next is answered"


@CATEGORY.check(
    "exporter",
    "the PostgreSQL exporter reaches it and reports its limit",
    "postgres-exporter",
    "postgres",
    twin=patch("postgres-exporter", "/metrics", body="pg_up 1\npg_settings_max_connections 50\n"),
    covers=("pool-08",),
)
async def exporter(ask: Ask) -> str:
    most = (await one_row(ask, CONNECTIONS))["max_connections"]
    answer = await ask.get("postgres-exporter", "/metrics")
    ask.status(answer, 200)
    wanted = {"pg_up": 1.0, "pg_settings_max_connections": float(most)}
    found = {sample.name: sample.value for sample in samples(answer.body, wanted, is_cut=answer.is_cut)}
    ask.expect(found == wanted, f"pg_up 1, pg_settings_max_connections {most}", found or "neither of them")
    return f"up, {most} connections at most"


@CATEGORY.check(
    "reported",
    "the backend's health page covers PostgreSQL",
    "backend",
    "postgres",
    twin=trait(backend_reports_postgres=False),
    covers=("pool-09", "pool-11"),
    follows="databases.postgres.reported",
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
