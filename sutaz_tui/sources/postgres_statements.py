"""What PostgreSQL spends its time on, by pg_stat_statements where that is on: two questions, a row each."""

import msgspec

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.postgres import PostgresClient
from sutaz_tui.sources.postgres_refusals import quoted
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

HIDDEN = "<insufficient privilege>"
# A library that is not loaded refuses to tell; its setting says so without an error.
WHERE = (
    "SELECT (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
    " WHERE extname = 'pg_stat_statements') AS statements_schema,"
    " current_setting('pg_stat_statements.max', true) AS statements_loaded"
)
# Before PostgreSQL 13 the time was called total_time.
_STATEMENTS = (
    "SELECT (SELECT coalesce(json_agg(q), '[]') FROM (SELECT s.queryid::text AS id, left(s.query, 2000) AS query,"
    " s.calls, s.rows, coalesce(to_jsonb(s) ->> 'total_exec_time', to_jsonb(s) ->> 'total_time')::float8 AS total,"
    " s.shared_blks_hit::float8 / nullif(s.shared_blks_hit + s.shared_blks_read, 0) AS hits,"
    " d.datname AS database, u.rolname AS role FROM SCHEMA.pg_stat_statements s"
    " LEFT JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles u ON u.oid = s.userid"
    " ORDER BY total DESC LIMIT 100) q)::text AS statement_rows"
)
OFF = "pg_stat_statements is not loaded: add it to shared_preload_libraries, then restart"
NOT_HERE = "pg_stat_statements is not in this database: CREATE EXTENSION pg_stat_statements"


class Statement(msgspec.Struct, frozen=True):
    """A statement with its constants taken out; `total` in milliseconds, the rest since its figures were reset."""

    id: str | None = None
    query: str | None = None
    calls: int = 0
    rows: int = 0
    total: float = 0.0
    hits: float | None = None
    database: str | None = None
    role: str | None = None


class Statements:
    """Asks for them as one service's user."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        self._service = service
        self._secrets = clients.secrets
        self._client = PostgresClient(service, clients)

    async def ask(self, timeout: float) -> tuple[list[Statement], str]:
        """Those that took most time in all, and what this role is not told; raises SourceError."""
        place = (await self._client.rows(WHERE, timeout))[0]
        if not place.get("statements_loaded"):
            return [], OFF
        if not place.get("statements_schema"):
            return [], NOT_HERE
        rows = await self._client.rows(_query(str(place["statements_schema"])), timeout)
        try:
            told = msgspec.json.decode(rows[0]["statement_rows"] or "[]", type=tuple[Statement, ...])
        except (LookupError, TypeError, ValueError) as error:
            raise BadAnswer(self._service.title, "answers with statements of another shape") from error
        hidden = sum(each.query == HIDDEN for each in told)
        words = f"{plural(hidden, 'statement')} of other roles hidden: grant pg_monitor to"
        return [self._clean(each) for each in told], (
            f"{words} {quoted(self._service.user)}" if hidden else ""
        )

    def _clean(self, each: Statement) -> Statement:
        query = one_line(self._secrets.mask(each.query or ""), 2000)
        role = one_line(self._secrets.mask(each.role or ""), 60)
        return msgspec.structs.replace(each, query=query, role=role or None)


def _query(schema: str) -> str:
    return _STATEMENTS.replace("SCHEMA", quoted(schema))
