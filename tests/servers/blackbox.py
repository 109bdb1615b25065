"""A real blackbox exporter, the peer of the benchmarks."""

from urllib.parse import urlencode

from tests.servers.http_server import Answer, GoServer


class Blackbox(GoServer):
    """A blackbox exporter with the modules `http_2xx` and `tcp_connect`."""

    name = "blackbox"
    programs = ("prometheus-blackbox-exporter",)
    ready_path = "/-/healthy"

    def prepare(self) -> None:
        modules = {
            "http_2xx": {"prober": "http", "timeout": "5s", "http": {"preferred_ip_protocol": "ip4"}},
            "tcp_connect": {"prober": "tcp", "timeout": "5s"},
        }
        self.write("blackbox.yml", {"modules": modules})

    def command(self) -> list[str]:
        config = f"--config.file={self.folder / 'blackbox.yml'}"
        return [str(self.program), config, *self.web_options()]

    def probe(self, target: str, module: str = "http_2xx") -> Answer:
        """Has it probe a target once; the answer's body is metrics, `probe_success` among them."""
        return self.call("/probe?" + urlencode({"target": target, "module": module}))
