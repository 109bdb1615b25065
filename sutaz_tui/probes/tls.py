"""Any TLS port: the handshake, the chain of its certificate, and the days that it is still valid."""

from datetime import UTC, datetime

from sutaz_tui.config.kinds import TlsPort
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.tcp import TlsDoor

DAY = 86_400.0


class TlsProbe(Probe):
    """Shakes hands; a certificate that is not accepted is down, one that ends soon is degraded."""

    def __init__(self, service: TlsPort, clients: Clients) -> None:
        super().__init__(service)
        self._warn_days = service.warn_days
        self._door = TlsDoor(
            service.address, service.title, clients.contexts, service.tls, service.server_name
        )

    async def look(self) -> Finding:
        found = await self._door.handshake(self.timeout)
        facts: dict[str, Fact] = {"tls": found.version}
        if found.name:
            facts["certificate"] = found.name
        if found.issuer:
            facts["issuer"] = found.issuer
        if found.expires is None:
            words = f"{found.version}, certificate not checked (verify: insecure)"
            return Finding(words, latency=found.timing.total, facts=facts, rule="handshake agreed")
        days = (found.expires - datetime.now(UTC)).total_seconds() / DAY
        facts |= {"days_left": round(days, 2), "expires": found.expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        rule = f"certificate valid for {self._warn_days:g} days or more"
        summary = f"certificate {found.name} valid for {int(days)} days, {found.version}"
        ends = found.expires.astimezone()
        if days >= self._warn_days:
            return Finding(summary, latency=found.timing.total, facts=facts, rule=rule)
        return Finding(
            f"certificate {found.name} ends in {int(days)} days, {ends:%Y-%m-%d}",
            Status.DEGRADED,
            found.timing.total,
            "cert",
            facts,
            error=f"{self.service.title}: its certificate ends {ends:%Y-%m-%d %H:%M}; renew it",
            rule=rule,
        )


def build(service: TlsPort, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `tls` entry."""
    return TlsProbe(service, clients)
