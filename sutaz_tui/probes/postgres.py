"""PostgreSQL: version, role, connections of its maximum, the oldest open transaction."""

import math
import re

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.strangers import RULE, to_see_more
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.postgres import PostgresClient, Vitals
from sutaz_tui.sources.postgres_greeting import Stranger
from sutaz_tui.sources.postgres_refusals import Unready
from sutaz_tui.text.sanitise import ago, one_line

FULL = 0.9
"""The share of max_connections from which on it is degraded."""


class PostgresProbe(Probe):
    """One row of facts by the kept connection; without a password what strangers are told."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        super().__init__(service)
        self._hint = to_see_more(service, clients.config)
        self._client = PostgresClient(service, clients, self.tell)

    async def look(self) -> Finding:
        match await self._client.ask(self.timeout):
            case Stranger(words, latency):
                return Finding(f"PostgreSQL {words}; {self._hint}", latency=latency, rule=RULE)
            case Unready(word, words, advice, latency):
                return Finding(
                    f"answers, but {words}", Status.DEGRADED, latency, word,
                    error=f"{self.service.title}: {words}; {advice}", rule="it answers, and accepts no connections",
                )  # fmt: skip
            case Vitals() as found:
                return self._judge(found)

    def _judge(self, found: Vitals) -> Finding:
        facts, title = _facts(found), self.service.title
        summary = _summary(found)
        rule = f"connections below {FULL:.0%} of max_connections, a replica that streams"
        if odd := _impossible(found):
            word, words = "figures", f"reports impossible values: {', '.join(odd)}"
            error = f"{title}: {words}; look at its log"
        elif found.is_cut_off:
            word, words = "link", "a replica without its primary"
            error = f"{title}: {words}; its data gets stale, look at the primary and the way to it"
        elif found.max_connections and (found.connections or 0) >= FULL * found.max_connections:
            word, words = "conns", ""
            taken = f"{found.connections} of {found.max_connections} connections are taken"
            error = f"{title}: {taken}; find who holds them in pg_stat_activity"
        else:
            return Finding(summary, latency=found.latency, facts=facts, rule=rule)
        shown = f"{words}; {summary}" if words else summary
        return Finding(shown, Status.DEGRADED, found.latency, word, facts, error=error, rule=rule)

    async def aclose(self) -> None:
        await self._client.aclose()


def _facts(found: Vitals) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    if found.version:
        facts |= {"version": one_line(found.version, 40), "database": one_line(found.database, 80)}
    for name in ("connections", "max_connections", "in_recovery", "waiting"):
        if (value := getattr(found, name)) is not None:
            facts[name] = value
    if found.started is not None:
        facts["started"] = found.started.strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in ("lag", "oldest_transaction"):
        if (seconds := getattr(found, name)) is not None and math.isfinite(seconds):
            facts[name] = round(seconds, 3)
    return facts


def _summary(found: Vitals) -> str:
    if found.lacks:
        # "PostgreSQL 11.2-YB-2.18 on x86_64…", "CockroachDB CCL v23.1 (x86_64…"
        product = one_line(re.split(r" \(| on |,", found.product)[0], 60)
        return f"{product or 'answers'}; {found.lacks}"
    words = [
        f"{found.version.split(' ')[0]} {'replica' if found.in_recovery else 'primary'}",
        f"connections {found.connections}/{found.max_connections}",
    ]
    if found.lag is not None and math.isfinite(found.lag):
        words.append(
            f"lag {ago(found.lag)}" if found.lag > -1 else "lag unknown, its clock is behind the primary's"
        )
    if found.oldest_transaction is not None and math.isfinite(found.oldest_transaction):
        words.append(f"oldest transaction {ago(found.oldest_transaction)}")
    return ", ".join(words)


def _impossible(found: Vitals) -> list[str]:
    """The impossible values; a clock that was set makes ages negative, which tells nothing of the server."""
    told = [("connections", found.connections), ("max_connections", found.max_connections)]
    odd = [f"{name} {value}" for name, value in told if value is not None and value < 0]
    odd += ["max_connections 0"] if found.max_connections == 0 else []
    ages = [("lag", found.lag), ("oldest_transaction", found.oldest_transaction)]
    return odd + [f"{name} {value}" for name, value in ages if value is not None and not math.isfinite(value)]


def build(service: Postgres, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `postgres` entry."""
    return PostgresProbe(service, clients)
