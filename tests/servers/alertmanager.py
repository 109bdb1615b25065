"""A real Alertmanager."""

from tests.servers.http_server import GoServer


class Alertmanager(GoServer):
    """An Alertmanager with one receiver that tells nobody; NodeDown inhibits the warnings of its `host`."""

    name = "alertmanager"
    programs = ("prometheus-alertmanager",)
    ready_path = "/-/ready"

    def prepare(self) -> None:
        route = {"receiver": "nobody", "group_wait": "1s", "group_interval": "1s"}
        inhibits = {
            "source_matchers": ['alertname="NodeDown"'],
            "target_matchers": ['severity="warning"'],
            "equal": ["host"],
        }
        # An address where nobody listens: one without any is no receiver that a stack should have.
        nobody = {"name": "nobody", "webhook_configs": [{"url": "http://127.0.0.1:9/"}]}
        self.write(
            "alertmanager.yml",
            {"route": route, "receivers": [nobody], "inhibit_rules": [inhibits]},
        )

    def command(self) -> list[str]:
        return [
            str(self.program),
            f"--config.file={self.folder / 'alertmanager.yml'}",
            f"--storage.path={self.folder / 'storage'}",
            # Empty: no gossip with others.
            "--cluster.listen-address=",
            *self.web_options(),
        ]

    def fire(self, alertname: str, summary: str = "", **labels: str) -> None:
        """Posts one alert that fires from this moment on."""
        alert = {"labels": {"alertname": alertname, **labels}, "annotations": {"summary": summary}}
        answer = self.call("/api/v2/alerts", "POST", [alert])
        assert answer.status == 200, answer
