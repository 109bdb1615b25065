"""Portainer, by its public status page."""

from sutaz_tui.config.kinds import Portainer
from sutaz_tui.probes import body
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients

RULE = "Version from /api/status"


class PortainerProbe(Probe):
    """GET /api/status: {Version, InstanceID}; where that is gone, /api/system/status. Neither needs a login."""

    def __init__(self, service: Portainer, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/api/status", timeout=self.timeout)
        if answer.status == 404:
            # Deprecated since 2.9 for the other.
            left = max(0.1, self.timeout - answer.latency)
            answer = await self.http.get("/api/system/status", timeout=left)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        version = body.string(title, body.mapping(title, answer.json()), "Version")
        return Finding(version, latency=answer.latency, facts={"version": version}, rule=RULE)


def build(service: Portainer, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `portainer` entry."""
    return PortainerProbe(service, clients)
