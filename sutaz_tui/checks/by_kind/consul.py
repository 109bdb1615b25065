"""Any Consul."""

from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.messaging.consul import dead, leader, node

KIND = Kind("consul")

KIND.add("leader", "it has a leader, which is one of its peers", leader, trait(consul_has_leader=False),
         patch("consul", "/v1/status/peers", body=["10.0.0.1:8300"]), is_identity=True)  # fmt: skip
KIND.add("nodes", "its nodes are alive to each other", node,
         patch("consul", "/v1/health/state/any", set={"0.Status": "critical"}))  # fmt: skip
KIND.add("dead", "no stale registrations: no service has passing and failing instances", dead,
         trait(consul_dead_entries=True))  # fmt: skip
