"""Any PostgreSQL."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, fault, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.databases.postgres import (
    FULL,
    LONG_TRANSACTION,
    SLOWEST,
    answers,
    connections,
    durable,
    idle_in_transaction,
    locks,
    one_row,
    transactions,
    wraparound,
)

KIND = Kind("postgres")
LAG = 60

KIND.add("answers", f"it accepts the login and answers from the configured database within {SLOWEST:g} s", answers,
         fault(postgres="slow=0.6"), fault(postgres="slow=0.7"), is_identity=True)  # fmt: skip
KIND.add("durable", "commits are crash-safe (fsync, full_page_writes, synchronous_commit)", durable,
         trait(postgres_figures=["fsync:off"]), trait(postgres_figures=["full_page_writes:off"]))  # fmt: skip
KIND.add(
    "connections",
    f"less than {FULL} % of its connections are taken",
    connections,
    trait(postgres_connections=90),
)
KIND.add("transactions", f"no transaction is open longer than {LONG_TRANSACTION} s", transactions,
         trait(postgres_oldest_transaction=1900.0))  # fmt: skip
KIND.add("idle", "no session is idle in transaction for a minute", idle_in_transaction,
         trait(postgres_figures=["idle_in_transaction:3"]))  # fmt: skip
KIND.add("locks", "no session waits for a lock", locks, trait(postgres_figures=["blocked:3"]))
KIND.add("wraparound", "no database is near transaction id wraparound", wraparound,
         trait(postgres_figures=["transaction_age:1900000000"]))  # fmt: skip


@KIND.check(
    "replication",
    f"no replication slot is unused, and a standby streams, less than {LAG} s behind",
    trait(postgres_figures=["idle_slots:1"]),
    trait(postgres_in_recovery=True, postgres_figures=["late:4000"]),
    trait(postgres_in_recovery=True, postgres_figures=["is_cut_off:1"]),
)
async def replication(ask: Ask, id: str) -> str:
    row = await one_row(
        ask,
        "SELECT pg_is_in_recovery() AS in_recovery,"
        " (SELECT count(*) FROM pg_replication_slots WHERE NOT active)::int AS idle_slots,"
        " (CASE WHEN pg_is_in_recovery() AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()"
        " THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) ELSE 0 END)::float8 AS late,"
        # A standby that is to stream and does not; the setting is NULL to a role that may not see it.
        " (SELECT setting <> '' FROM pg_settings WHERE name = 'primary_conninfo' AND pg_is_in_recovery()"
        " AND NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver)) AS is_cut_off",
        id,
    )
    idle, late = row["idle_slots"], row["late"]
    ask.expect(
        idle == 0, "every slot in use", f"{idle} unused: the log is kept for them until the disk is full"
    )
    ask.expect(not row["is_cut_off"], "a standby that streams", "no connection to its primary")
    if late is None:
        raise NotRun("a standby that has replayed nothing yet")
    ask.expect(late < LAG, f"a standby less than {LAG} s late", f"{late:.0f} s")
    return f"a standby, {late:.0f} s late" if row["in_recovery"] else "no slot left behind"
