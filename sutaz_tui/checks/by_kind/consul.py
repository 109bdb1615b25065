"""Any Consul."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.messaging.consul import leader, node, none_dead, registered_services

KIND = Kind("consul")

KIND.add("leader", "it has a leader, which is one of its peers", leader, trait(consul_has_leader=False),
         patch("consul", "/v1/status/peers", body=["10.0.0.1:8300"]), is_identity=True)  # fmt: skip
KIND.add("nodes", "every node passes serfHealth", node,
         patch("consul", "/v1/health/state/any", set={"0.Status": "critical"}))  # fmt: skip


@KIND.check(
    "stale",
    "no stale registrations: no service has passing and failing instances",
    trait(consul_dead_entries=True),
)
async def stale(ask: Ask, id: str) -> str:
    services = await registered_services(ask, id)
    if not services:
        raise NotRun("no service with a health check is registered")
    return none_dead(ask, services)
