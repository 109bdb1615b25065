"""A real Consul agent."""

import json

from tests.servers.http_server import HttpServer
from tests.servers.waiting import eventually


class Consul(HttpServer):
    """A Consul agent in dev mode: leader at once, everything in memory.

    `token`: strangers see nothing (ACLs deny by default) and this token may do all. `tells_metrics`: to Prometheus.
    """

    name = "consul"
    programs = ("consul",)
    ready_path = "/v1/status/leader"

    def __init__(self, token: str | None = None, tells_metrics: bool = False) -> None:
        super().__init__()
        self._tells_metrics = tells_metrics
        self.password = token
        self._inner_ports = [self.new_port() for _ in range(3)]

    def prepare(self) -> None:
        config: dict[str, object] = {"disable_update_check": True}
        if self._tells_metrics:
            config["telemetry"] = {"prometheus_retention_time": "60s"}
        if self.password:
            tokens = {"master": self.password, "agent": self.password}
            config["acl"] = {"enabled": True, "default_policy": "deny", "tokens": tokens}
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    def command(self) -> list[str]:
        server, lan, wan = self._inner_ports
        return [
            *(str(self.program), "agent", "-dev", f"-config-file={self.folder / 'config.json'}"),
            *(f"-client={self.host}", f"-bind={self.host}", f"-http-port={self.port}"),
            *("-dns-port=-1", "-grpc-port=-1", f"-server-port={server}"),
            *(f"-serf-lan-port={lan}", f"-serf-wan-port={wan}"),
        ]

    def ask(self, within: float) -> bool:
        leader = self.call(self.ready_path, within=within)
        if leader.status != 200 or leader.json() == "":
            return False
        # The agent's own node enters the catalog a moment after the election.
        nodes = self.call("/v1/catalog/nodes", within=within)
        return nodes.status == 200 and bool(nodes.json())

    def login(self) -> dict[str, str]:
        return {"X-Consul-Token": self.password} if self.password else {}

    def register(self, name: str, status: str = "passing", *, port: int = 80, service_id: str = "") -> None:
        """Registers a service on loopback with one check that stays in that status."""
        # A TTL check never asks anything itself.
        check = {"TTL": "1h", "Status": status, "CheckID": f"check:{service_id or name}"}
        entry = {"ID": service_id or name, "Name": name, "Address": self.host, "Port": port, "Check": check}
        answer = self.call("/v1/agent/service/register", "PUT", entry)
        assert answer.status == 200, answer

    def deregister(self, service_id: str) -> None:
        """Removes a registered service."""
        answer = self.call(f"/v1/agent/service/deregister/{service_id}", "PUT")
        assert answer.status == 200, answer

    def forget(self) -> None:
        """Removes every service that is registered; the catalog learns of it a moment later."""
        for service_id in self.call("/v1/agent/services").json():
            self.deregister(service_id)
        eventually(
            lambda: set(self.call("/v1/catalog/services").json()) == {"consul"}, "nobody is registered"
        )
