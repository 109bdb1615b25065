"""PostgreSQL, which no health page of the stack asks: logged in to, and its own figures held against limits."""

import asyncio
import time
from typing import Any, cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, NotRun, fault, patch, trait
from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import SourceError
from sutaz_tui.text.sanitise import one_line

CATEGORY = Category("databases")

SLOWEST = 2.0
"""Seconds for a login and one question."""
FULL = 80
"""Percent of max_connections."""
LONG_TRANSACTION = 300
AT_ONCE = 5
OLD = 1_500_000_000
"""Transactions: PostgreSQL warns at about 2.1 billion and then stops writing."""


# A role of few rights sees that others are connected, and nothing of what they do.
_HIDDEN = (
    ", (SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>' AND datid IS NOT NULL)::int"
    " AS hidden"
)


async def _sessions(ask: Ask, id: str, query: str) -> dict[str, Any]:
    """One row about all sessions, and how many of them are hidden from us."""
    return await one_row(ask, query + _HIDDEN, id)


def _must_see_all(ask: Ask, id: str, row: dict[str, Any]) -> None:
    """What is wrong of sessions that are hidden from us is not seen: then the check is not run."""
    if row["hidden"]:
        user = cast(Postgres, ask.service(id)).user
        raise NotRun(f"sessions of other roles are hidden from ours: GRANT pg_monitor TO {user}")


async def one_row(ask: Ask, query: str, id: str = "postgres") -> dict[str, Any]:
    """The one row that a PostgreSQL service answers."""
    rows = await ask.sql(id, query)
    ask.expect(len(rows) == 1, "one row", f"{len(rows)} rows")
    below = [f"{name} {value}" for name, value in rows[0].items() if isinstance(value, int) and value < 0]
    ask.expect(not below, "figures of at least 0", ", ".join(below))
    return rows[0]


@CATEGORY.check(
    "postgres.answers",
    f"PostgreSQL accepts the login and answers from the configured database within {SLOWEST:g} s",
    "postgres",
    twin=fault(postgres="slow=0.6"),
    covers=("db-01", "db-02", "inf-02"),
)
async def answers(ask: Ask, id: str = "postgres") -> str:
    wanted = cast(Postgres, ask.service(id)).database
    started = time.perf_counter()
    row = await one_row(
        ask, "SELECT current_database() AS database, current_setting('server_version') AS version", id=id
    )
    took = time.perf_counter() - started
    ask.expect(row["database"] == wanted, f"database {wanted}", row["database"])
    ask.expect(took <= SLOWEST, f"an answer within {SLOWEST:g} s", f"one after {took:.1f} s")
    return f"PostgreSQL {row['version']}, database {wanted}, {took * 1000:.0f} ms with login"


@CATEGORY.check(
    "postgres.connections",
    f"less than {FULL} % of PostgreSQL's connections are taken",
    "postgres",
    twin=trait(postgres_connections=90),
)
async def connections(ask: Ask, id: str = "postgres") -> str:
    row = await one_row(
        ask,
        "SELECT (SELECT sum(numbackends) FROM pg_stat_database)::int AS connections,"
        " current_setting('max_connections')::int AS max_connections",
        id=id,
    )
    used, most = row["connections"], row["max_connections"]
    ask.expect(100 * used < FULL * most, f"less than {FULL} % of {most} connections", f"{used} are taken")
    return f"{used} of {most} connections"


@CATEGORY.check(
    "postgres.writable",
    "PostgreSQL is the primary (accepts writes)",
    "postgres",
    twin=trait(postgres_in_recovery=True),
)
async def writable(ask: Ask) -> str:
    row = await one_row(
        ask,
        "SELECT pg_is_in_recovery() AS in_recovery,"
        " (SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS setting"
        " WHERE setting = 'default_transaction_read_only=on'"
        " AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"
        " AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user)))::int AS read_only_settings",
    )
    ask.expect(
        row["in_recovery"] is False,
        "a primary",
        "a server in recovery: a standby, or one that still replays its log; it takes no writes",
    )
    ask.expect(
        row["read_only_settings"] == 0,
        "sessions that may write",
        "default_transaction_read_only=on for this login or database: each session begins read-only",
    )
    return "not in recovery"


@CATEGORY.check(
    "postgres.transactions",
    f"no transaction is open longer than {LONG_TRANSACTION} s",
    "postgres",
    twin=trait(postgres_oldest_transaction=1900.0),
)
async def transactions(ask: Ask, id: str = "postgres") -> str:
    row = await _sessions(
        ask,
        id,
        "SELECT (SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datid IS NOT NULL)::float8 AS oldest_transaction,"
        # It has no session, and holds its locks all the same.
        " (SELECT coalesce(extract(epoch FROM max(now() - prepared)), 0) FROM pg_prepared_xacts)::float8"
        " AS oldest_prepared",
    )
    age, prepared = row["oldest_transaction"], row["oldest_prepared"]
    ask.expect(age <= LONG_TRANSACTION, f"none older than {LONG_TRANSACTION} s", f"one of {age:.0f} s")
    ask.expect(
        prepared <= LONG_TRANSACTION,
        f"none older than {LONG_TRANSACTION} s",
        f"a prepared one of {prepared:.0f} s, which nobody committed: see pg_prepared_xacts",
    )
    _must_see_all(ask, id, row)
    return f"the oldest is {age:.1f} s old"


@CATEGORY.check(
    "postgres.locks",
    "no session waits for a lock",
    "postgres",
    twin=trait(postgres_figures=["blocked:3"]),
)
async def locks(ask: Ask, id: str = "postgres") -> str:
    row = await _sessions(
        ask,
        id,
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND now() - state_change > interval '1 second')::int AS blocked",
    )
    ask.expect(row["blocked"] == 0, "no session waiting for a lock", f"{row['blocked']} wait")
    _must_see_all(ask, id, row)
    return "none waits"


@CATEGORY.check(
    "postgres.idle-in-transaction",
    "no session is idle in transaction for a minute",
    "postgres",
    twin=trait(postgres_figures=["idle_in_transaction:3"]),
)
async def idle_in_transaction(ask: Ask, id: str = "postgres") -> str:
    row = await _sessions(
        ask,
        id,
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        " AND now() - state_change > interval '60 seconds')::int AS idle_in_transaction",
    )
    found = row["idle_in_transaction"]
    ask.expect(found == 0, "none", f"{found} hold their locks and do nothing")
    _must_see_all(ask, id, row)
    return "none"


@CATEGORY.check(
    "postgres.databases",
    "the databases of the backend and of Kong exist",
    "postgres",
    twin=trait(postgres_figures=["databases:jarvis_ai,postgres"]),
)
async def databases(ask: Ask) -> str:
    wanted = {cast(Postgres, ask.service("postgres")).database, "kong"}
    row = await one_row(
        ask,
        "SELECT (SELECT string_agg(datname::text, ',' ORDER BY datname) FROM pg_database"
        " WHERE NOT datistemplate)::text AS databases",
    )
    there = str(row["databases"]).split(",")
    missing = sorted(wanted - set(there))
    ask.expect(
        not missing,
        f"databases {', '.join(sorted(wanted))}",
        f"{', '.join(missing)} missing; there are {row['databases']}",
    )
    return ", ".join(there)


@CATEGORY.check(
    "postgres.tables",
    "the backend's tables exist",
    "postgres",
    twin=trait(postgres_figures=["users:0"]),
    covers=("inf-23",),
)
async def tables(ask: Ask) -> str:
    row = await one_row(
        ask,
        "SELECT count(*)::int AS tables, count(*) FILTER (WHERE table_name = 'users')::int AS users"
        " FROM information_schema.tables WHERE table_schema = 'public'",
    )
    ask.expect(row["tables"] > 0, "tables of the backend", "an empty database: was its volume lost?")
    ask.expect(row["users"] == 1, "its table users", f"{row['tables']} tables, none of them users")
    return f"{row['tables']} tables"


@CATEGORY.check(
    "postgres.durable",
    "PostgreSQL commits are crash-safe (fsync, full_page_writes, synchronous_commit)",
    "postgres",
    twin=trait(postgres_figures=["fsync:off"]),
)
async def durable(ask: Ask, id: str = "postgres") -> str:
    row = await one_row(
        ask,
        "SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,"
        " current_setting('synchronous_commit') AS synchronous_commit",
        id=id,
    )
    off = sorted(name for name, value in row.items() if value == "off")
    ask.expect(not off, "fsync, full_page_writes and synchronous_commit on", f"off: {', '.join(off)}")
    return "fsync, full_page_writes and synchronous_commit are on"


@CATEGORY.check(
    "postgres.wraparound",
    "no database is near transaction id wraparound",
    "postgres",
    twin=trait(postgres_figures=["transaction_age:1900000000"]),
)
async def wraparound(ask: Ask, id: str = "postgres") -> str:
    row = await one_row(ask, "SELECT max(age(datfrozenxid))::int8 AS transaction_age FROM pg_database", id=id)
    age = row["transaction_age"]
    ask.expect(age < OLD, f"an age below {OLD:,}", f"{age:,} transactions; look at autovacuum")
    return f"{age:,} transactions since the last freeze"


@CATEGORY.check(
    "postgres.at-once",
    f"{AT_ONCE} concurrent sessions are all answered",
    "postgres",
    twin=trait(postgres_connections=98),
    covers=("db-18",),
)
async def at_once(ask: Ask) -> str:
    rounds = [_answered(ask, number) for number in range(AT_ONCE)]
    troubles = [words for words in await asyncio.gather(*rounds) if words]
    ask.expect(
        not troubles,
        f"{AT_ONCE} of {AT_ONCE} sessions answered",
        f"{AT_ONCE - len(troubles)} of {AT_ONCE}: {'; '.join(sorted(set(troubles)))}",
    )
    return f"{AT_ONCE} of {AT_ONCE}"


async def _answered(ask: Ask, number: int) -> str:
    """Why a session was not answered with its own number, "" when it was."""
    try:
        row = await one_row(ask, f"SELECT {number} AS number")
    except SourceError as error:
        return error.words
    return "" if row["number"] == number else one_line(f"{row['number']} in place of {number}", 60)


@CATEGORY.check(
    "postgres.reported",
    "the backend's health page covers PostgreSQL",
    "backend",
    twin=trait(backend_reports_postgres=False),
)
async def reported(ask: Ask) -> str:
    flags = reading.flags((await ask.body("backend", "/api/v1/health/")).get("services"), "flags of services")
    ask.expect(
        any(name.startswith("postgres") for name in flags),
        "a flag for PostgreSQL",
        f"flags for {', '.join(flags)} only: the backend calls itself healthy while no login works",
    )
    return f"one of {len(flags)} flags"


@CATEGORY.check(
    "backend.unknown-service",
    "an unknown service at the backend's health page is 404, not 500",
    "backend",
    twin=patch("backend", "/api/v1/health/services/postgresql", status=500),
    covers=("db-19",),
)
async def unknown_service(ask: Ask) -> str:
    known = await ask.body("backend", "/api/v1/health/services/redis")
    ask.expect(known.get("service") == "redis", "the page of redis", sorted(known))
    answer = await ask.get("backend", "/api/v1/health/services/postgresql")
    detail = ask.as_object(answer, 404).get("detail")
    ask.expect(isinstance(detail, str) and "redis" in detail, "words that name the known services", detail)
    return "404 with the names of the known services"
