"""PostgreSQL's databases: one question, one row."""

import msgspec

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.postgres import PostgresClient
from sutaz_tui.sources.postgres_refusals import quoted
from sutaz_tui.text.sanitise import one_line

# A size is told to who may connect to that database or read all statistics; asked for otherwise, all of it is refused.
DATABASES = (
    "SELECT (SELECT coalesce(json_agg(s), '[]') FROM (SELECT d.datname AS name, CASE WHEN"
    " has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')"
    " THEN pg_database_size(d.oid) END AS size, numbackends AS connections,"
    " blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS hits, deadlocks, temp_bytes AS temp,"
    " age(d.datfrozenxid) AS age, extract(epoch FROM now() - stats_reset) AS counted"
    " FROM pg_database d JOIN pg_stat_database t ON t.datid = d.oid WHERE datallowconn"
    " ORDER BY size DESC NULLS LAST, name LIMIT 500) s)::text AS database_rows,"
    " (SELECT count(*) FROM pg_database WHERE datallowconn)::int AS database_count"
)


class Database(msgspec.Struct, frozen=True):
    """One database: `size` and `temp` in bytes, `hits` a share from 0 to 1, `age` in transactions, `counted` in seconds.

    `counted` is how long ago its statistics were reset, None where they never were; `size` is None where it is hidden.
    """

    name: str
    size: int | None = None
    connections: int | None = None
    hits: float | None = None
    deadlocks: int | None = None
    temp: int | None = None
    age: int | None = None
    counted: float | None = None


class Databases:
    """Asks for them as one service's user."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        self._service = service
        self._secrets = clients.secrets
        self._client = PostgresClient(service, clients)

    async def ask(self, timeout: float) -> tuple[list[Database], int, str]:
        """The largest, how many there are, and what this role may not see of them; raises SourceError."""
        rows = await self._client.rows(DATABASES, timeout)
        try:
            told = msgspec.json.decode(rows[0]["database_rows"] or "[]", type=tuple[Database, ...])
            total = max(len(told), int(rows[0]["database_count"]))
        except (LookupError, TypeError, ValueError) as error:
            raise BadAnswer(self._service.title, "answers with databases of another shape") from error
        mask = self._secrets.mask
        found = [msgspec.structs.replace(each, name=one_line(mask(each.name))) for each in told]
        hidden, user = sum(each.size is None for each in found), quoted(self._service.user)
        sizes = "the size of 1 database is" if hidden == 1 else f"the sizes of {hidden:,} databases are"
        return found, total, f"{sizes} hidden: grant pg_monitor to {user}" if hidden else ""
