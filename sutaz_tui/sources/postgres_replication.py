"""Who copies from a PostgreSQL, and which slots hold its WAL: one question, one row."""

import msgspec

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.postgres import PostgresClient
from sutaz_tui.sources.postgres_refusals import quoted
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

# A slot is bound to the process that streams from it; either may be there alone.
REPLICATION = (
    "SELECT (SELECT coalesce(json_agg(s), '[]') FROM (SELECT r.application_name AS name, host(r.client_addr) AS client,"
    " r.state AS state, r.sync_state AS sync, r.pid IS NOT NULL AS connected,"
    " l.slot_name AS slot, l.slot_type AS kind, to_jsonb(l) ->> 'wal_status' AS wal,"
    " pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,"
    " coalesce(r.replay_lsn, l.restart_lsn))::float8 AS behind,"
    " extract(epoch FROM r.replay_lag)::float8 AS lag"
    " FROM pg_stat_replication r FULL JOIN pg_replication_slots l ON l.active_pid = r.pid"
    " ORDER BY name, slot LIMIT 500) s)::text AS replication_rows,"
    " pg_is_in_recovery() AS in_recovery"
)


class Copy(msgspec.Struct, frozen=True):
    """A standby, a slot, or both: `behind` in bytes of WAL, `lag` in seconds; without `connected` nobody streams from it."""

    connected: bool = False
    name: str | None = None
    client: str | None = None
    state: str | None = None
    sync: str | None = None
    slot: str | None = None
    kind: str | None = None
    wal: str | None = None
    behind: float | None = None
    lag: float | None = None


class Replication:
    """Asks for it as one service's user."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        self._service = service
        self._secrets = clients.secrets
        self._client = PostgresClient(service, clients)

    async def ask(self, timeout: float) -> tuple[list[Copy], bool, str]:
        """The copies, whether this server is a replica itself, and what this role may not see; raises SourceError."""
        rows = await self._client.rows(REPLICATION, timeout)
        try:
            told = msgspec.json.decode(rows[0]["replication_rows"] or "[]", type=tuple[Copy, ...])
            is_replica = rows[0]["in_recovery"] is True
        except (LookupError, TypeError, ValueError) as error:
            raise BadAnswer(self._service.title, "answers with replication of another shape") from error
        hidden = sum(each.connected and each.state is None for each in told)
        words = f"{plural(hidden, 'standby', 'standbys')} hidden: grant pg_monitor to {quoted(self._service.user)}"
        return [self._clean(each) for each in told], is_replica, words if hidden else ""

    def _clean(self, copy: Copy) -> Copy:
        texts = ("name", "client", "state", "sync", "slot", "kind", "wal")
        clean = {
            key: one_line(self._secrets.mask(value), 80)
            for key in texts
            if (value := getattr(copy, key)) is not None
        }
        return msgspec.structs.replace(copy, **clean)
