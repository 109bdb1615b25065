"""Grafana: it answers without its database too, so its own word on the database is read."""

from sutaz_tui.config.kinds import Grafana
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients

RULE = "database 'ok' from /api/health"


class GrafanaProbe(Probe):
    """GET /api/health: {database, version}; 503 with the same body when the database fails."""

    def __init__(self, service: Grafana, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/api/health", timeout=self.timeout)
        title = self.service.title
        is_own_503 = answer.status == 503 and b'"database"' in answer.body
        if not is_own_503 and (unexpected := judge_status(self.service, answer)):
            return unexpected
        found = body.mapping(title, answer.json())
        database = body.string(title, found, "database")
        facts: dict[str, Fact] = {"database": database}
        # Hidden from strangers when Grafana is set so.
        version = body.string(title, found, "version") if "version" in found else ""
        if version:
            facts["version"] = version
        if database != "ok":
            words = f"its database is {database}"
            error = f"{title}: {words}; look at its log"
            summary = f"{version}; {words}" if version else words
            return Finding(summary, Status.DEGRADED, answer.latency, "db", facts, error, RULE)
        return Finding(version or "database ok", latency=answer.latency, facts=facts, rule=RULE)


def build(service: Grafana, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `grafana` entry."""
    return GrafanaProbe(service, clients)
