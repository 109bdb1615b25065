"""One name of Consul's catalog: enough of its instances pass."""

from sutaz_tui.config.kinds import ConsulService
from sutaz_tui.errors import Denied
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import BetweenProbe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul import MAINTENANCE, consul_api


class ConsulServiceProbe(BetweenProbe):
    """GET /v1/health/service/NAME: none passing is down, fewer than `min_passing` degraded.

    An empty list proves that it is not registered only where the catalog shows this login Consul itself.
    """

    go_between = "Consul"

    def __init__(self, service: ConsulService, clients: Clients) -> None:
        super().__init__(service)
        self.name = service.service
        self.least = service.min_passing
        self.api = consul_api(clients, service.source, self.go_between)

    async def look(self) -> Finding:
        found, is_filtered, latency = await self.api.instances(self.name, self.timeout)
        if not found:
            await self._absent(is_filtered, self.timeout - latency)
        passing = sum(instance.status == "passing" for instance in found)
        facts: dict[str, Fact] = {"instances": len(found), "passing": passing}
        summary = f"{passing} of {len(found)} instances pass" if found else f"{self.name} is not registered"
        failing = next((instance for instance in found if instance.status != "passing"), None)
        if failing is not None:
            summary += f"; {failing.id} {failing.status}" + (f": {failing.output}" if failing.output else "")
        rule = f"at least {self.least} passing"
        resting = sum(instance.status == MAINTENANCE for instance in found)
        if resting and passing < self.least <= passing + resting:
            words = f"{summary}; in maintenance"
            error = f"{self.service.title}: {resting} of {len(found)} instances in maintenance"
            return Finding(words, Status.DEGRADED, latency, "maint", facts, error, rule)
        if passing >= self.least:
            return Finding(summary, latency=latency, facts=facts, rule=rule)
        advice = "look at its checks in Consul" if found else "register it, or check the name in the config"
        return Finding(
            summary,
            Status.DEGRADED if passing else Status.DOWN,
            latency,
            f"{passing} of {self.least}"[:8] if passing else "DOWN",
            facts,
            error=f"{self.service.title}: {summary}; {self.least} must pass; {advice}",
            rule=rule,
        )

    async def _absent(self, is_filtered: bool, left: float) -> None:
        """Return where it is sure that nothing is registered; raises Denied where this login is not shown it."""
        catalog = await self.api.catalog(max(0.1, left))
        if self.name in catalog:
            words = f"shows {self.name} and none of its instances; give the source a token with node:read"
        elif is_filtered or "consul" not in catalog:
            words = (
                f"shows this login no {self.name}: it is not registered, or ACLs hide it; "
                "give the source a token with service:read and node:read"
            )
        else:
            return
        raise Denied(self.api.title, words)


def build(service: ConsulService, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `consul-service` entry."""
    return ConsulServiceProbe(service, clients)
