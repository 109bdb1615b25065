"""A host that answers an echo request: it is there, which says nothing of what runs on it."""

from sutaz_tui.config.kinds import Icmp
from sutaz_tui.model import Fact
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.icmp import Pinger


class IcmpProbe(Probe):
    """One echo request a round."""

    def __init__(self, service: Icmp, clients: Clients) -> None:
        super().__init__(service)
        self.pinger = Pinger(service.address, service.title, clients.secrets, clients.shell)

    async def look(self) -> Finding:
        took = await self.pinger.echo(self.timeout)
        facts: dict[str, Fact] = {"echo_ms": round(1000 * took, 2)}
        return Finding("answers pings", latency=took, facts=facts, rule="an echo comes back")


def build(service: Icmp, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `icmp` entry."""
    return IcmpProbe(service, clients)
