"""PostgreSQL: version, role, connections of its maximum, the oldest open transaction."""

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.strangers import RULE, to_see_more
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.postgres import PostgresClient, Vitals
from sutaz_tui.sources.postgres_greeting import Stranger, Unready
from sutaz_tui.text.sanitise import ago, one_line

FULL = 0.9
"""The share of max_connections from which on it is degraded."""


class PostgresProbe(Probe):
    """One row of facts by the kept connection; without a password what strangers are told."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        super().__init__(service)
        self._hint = to_see_more(service, clients.config)
        self._client = PostgresClient(service, clients)

    async def look(self) -> Finding:
        match await self._client.ask(self.timeout):
            case Stranger(words, latency):
                return Finding(f"PostgreSQL {words}; {self._hint}", latency=latency, rule=RULE)
            case Unready(word, words, latency) as found:
                return Finding(
                    f"answers, but {words}", Status.DEGRADED, latency, word,
                    error=f"{self.service.title}: {found.sentence}", rule="it answers, and takes nobody in",
                )  # fmt: skip
            case Vitals() as found:
                return self._judge(found)

    def _judge(self, found: Vitals) -> Finding:
        facts: dict[str, Fact] = {
            "version": one_line(found.version, 40),
            "connections": found.connections,
            "max_connections": found.max_connections,
            "in_recovery": found.in_recovery,
            "database": one_line(found.database, 80),
            "started": found.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        words = [
            f"{found.version.split(' ')[0]} {'replica' if found.in_recovery else 'primary'}",
            f"connections {found.connections}/{found.max_connections}",
        ]
        if found.lag is not None:
            facts["lag"] = round(found.lag, 3)
            words.append(f"lag {ago(found.lag)}")
        if found.oldest_transaction is not None:
            facts["oldest_transaction"] = round(found.oldest_transaction, 3)
            words.append(f"oldest transaction {ago(found.oldest_transaction)}")
        summary = ", ".join(words)
        rule = f"connections below {FULL:.0%} of max_connections"
        if found.connections < FULL * found.max_connections:
            return Finding(summary, latency=found.latency, facts=facts, rule=rule)
        taken = f"{found.connections} of {found.max_connections} connections are taken"
        error = f"{self.service.title}: {taken}; find who holds them in pg_stat_activity"
        return Finding(summary, Status.DEGRADED, found.latency, "conns", facts, error=error, rule=rule)

    async def aclose(self) -> None:
        await self._client.aclose()


def build(service: Postgres, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `postgres` entry."""
    return PostgresProbe(service, clients)
