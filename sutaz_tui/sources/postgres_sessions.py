"""PostgreSQL's sessions that do something, and who of them waits for whom: one question, one row."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.postgres import PostgresClient
from sutaz_tui.sources.postgres_refusals import quoted
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

QUERY = 1000
"""Characters of a query that are asked for: the server keeps 1,024 bytes of one unless told otherwise."""
# All of pg_locks is told to every role; of pg_stat_activity a role without pg_read_all_stats sees who is connected, and
# of other roles' sessions no more. `waitstart` is there from PostgreSQL 14 on, 0 stands for a prepared transaction.
SESSIONS = (
    "SELECT (WITH waits AS (SELECT DISTINCT ON (pid) pid, locktype, pg_blocking_pids(pid) AS holders,"
    " (to_jsonb(l) ->> 'waitstart')::timestamptz AS since FROM pg_locks l WHERE NOT granted ORDER BY pid),"
    " held AS (SELECT DISTINCT unnest(holders) AS pid FROM waits)"
    " SELECT coalesce(json_agg(s), '[]') FROM (SELECT a.pid, a.backend_start AS began, a.datname AS database,"
    ' a.usename AS "user", a.application_name AS application, host(a.client_addr) AS client, a.state,'
    " CASE WHEN a.query <> '<insufficient privilege>' THEN left(a.query, 1000) END AS query,"
    " extract(epoch FROM clock_timestamp() - a.xact_start) AS transaction,"
    " extract(epoch FROM clock_timestamp() - a.query_start) AS statement,"
    " extract(epoch FROM clock_timestamp() - a.state_change) AS unchanged,"
    " extract(epoch FROM clock_timestamp() - w.since) AS waited,"
    " nullif(concat_ws(': ', a.wait_event_type, a.wait_event), '') AS wait,"
    " w.locktype AS lock, coalesce(w.holders, '{}') AS holders"
    " FROM pg_stat_activity a LEFT JOIN waits w ON w.pid = a.pid WHERE a.pid <> pg_backend_pid()"
    " AND (w.pid IS NOT NULL OR a.pid IN (SELECT pid FROM held)"
    " OR a.state <> 'idle' AND a.backend_type = 'client backend')"
    " ORDER BY w.pid IS NULL AND a.pid NOT IN (SELECT pid FROM held), a.xact_start"
    " LIMIT 500) s)::text AS sessions,"
    " (SELECT sum(numbackends) FROM pg_stat_database)::int AS connections,"
    " current_setting('max_connections')::int AS max_connections,"
    " (SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'"
    " AND datid IS NOT NULL)::int AS hidden"
)


class Session(msgspec.Struct, frozen=True):
    """One session; spans in seconds, None and "" where this role may not see it.

    `lock` is what it waits for, `holders` the pids that it waits for (0: a prepared transaction).
    """

    pid: int
    began: datetime | None = None
    database: str | None = None
    user: str | None = None
    application: str | None = None
    client: str | None = None
    state: str | None = None
    query: str | None = None
    transaction: float | None = None
    statement: float | None = None
    unchanged: float | None = None
    waited: float | None = None
    wait: str | None = None
    lock: str | None = None
    holders: tuple[int, ...] = ()

    @property
    def waits_for(self) -> float | None:
        """Seconds since it waits for a lock, as its statement has lasted where the server does not tell that."""
        return self.statement if self.waited is None else self.waited

    @property
    def so_for(self) -> float | None:
        """Seconds since it is as `word` says."""
        return self.waits_for if self.lock else self.unchanged

    @property
    def is_idle_in_transaction(self) -> bool:
        """Whether it holds what it has locked and does nothing."""
        return (self.state or "").startswith("idle in transaction")

    @property
    def word(self) -> str:
        """Its state in a word or two; "" where it is not told."""
        if self.lock:
            return f"waits: {_LOCKS.get(self.lock, self.lock)}"
        if self.is_idle_in_transaction:
            return "idle in tx" + (", failed" if "abort" in (self.state or "") else "")
        return "running" if self.state == "active" else self.state or ""

    @property
    def terminate(self) -> str:
        """The statement that ends it and no later session of the same pid; "" where its start is not told."""
        if self.began is None:
            return ""
        return _TERMINATE.replace("PID", str(self.pid)).replace("BEGAN", self.began.isoformat(sep=" "))


_TERMINATE = (
    "select pg_terminate_backend(pid) from pg_stat_activity where pid = PID and backend_start = 'BEGAN'"
)
_LOCKS = {"transactionid": "row", "relation": "table", "virtualxid": "transaction", "extend": "file"}
"""Who waits for a row waits for the transaction that changed it."""


@dataclass(frozen=True, slots=True)
class Told:
    """The sessions, and what the server has of connections; `missing` says what of them this role may not see."""

    sessions: tuple[Session, ...]
    connections: int | None
    max_connections: int | None
    missing: str

    @property
    def used(self) -> str:
        """`97 of 100 connections`."""
        if self.connections is None or self.max_connections is None:
            return ""
        return f"{self.connections:,} of {self.max_connections:,} connections"


class Sessions:
    """Asks for them as one service's user."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        self._service = service
        self._secrets = clients.secrets
        self._client = PostgresClient(service, clients)

    async def ask(self, timeout: float) -> Told:
        """The sessions now; raises SourceError."""
        rows = await self._client.rows(SESSIONS, timeout)
        try:
            row = rows[0]
            sessions = msgspec.json.decode(row["sessions"] or "[]", type=tuple[Session, ...])
            hidden = int(row["hidden"] or 0)
        except (LookupError, TypeError, ValueError) as error:
            raise BadAnswer(self._service.title, "answers with sessions of another shape") from error
        missing = ""
        if hidden:
            missing = f"{plural(hidden, 'session')} of other roles hidden: grant pg_monitor to {quoted(self._service.user)}"
        clean = tuple(self._clean(session) for session in sessions)
        return Told(clean, row["connections"], row["max_connections"], missing)

    def _clean(self, session: Session) -> Session:
        """All texts masked whole, then on one line."""
        texts = {
            name: one_line(self._secrets.mask(value), QUERY)
            for name, value in msgspec.structs.asdict(session).items()
            if isinstance(value, str)
        }
        return msgspec.structs.replace(session, **texts)
