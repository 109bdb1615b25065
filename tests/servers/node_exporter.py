"""A real node exporter."""

from tests.servers.http_server import GoServer


class NodeExporter(GoServer):
    """The node exporter of this machine."""

    name = "node-exporter"
    programs = ("prometheus-node-exporter",)
    ready_path = "/metrics"

    def command(self) -> list[str]:
        return [str(self.program), *self.web_options()]
