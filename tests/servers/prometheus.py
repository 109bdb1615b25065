"""A real Prometheus that scrapes what a test names."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.servers.http_server import GoServer

ALWAYS_FIRING: list[dict[str, Any]] = [
    {
        "alert": "AlwaysFiring",
        "expr": "vector(1)",
        "labels": {"severity": "warning"},
        "annotations": {"summary": "Fires as long as there is a Prometheus."},
    }
]
"""Rules, as Prometheus writes them, of one alert that fires at the first evaluation."""


class Prometheus(GoServer):
    """A Prometheus that scrapes and evaluates every second.

    `targets`: `host:port` by job; none: itself, as job `prometheus`. `rules`: alerting and recording rules.
    `alertmanagers`: `host:port` of those to tell. `features` are those behind a flag.
    """

    name = "prometheus"
    programs = ("prometheus",)
    ready_path = "/-/ready"

    def __init__(
        self,
        targets: Mapping[str, Sequence[str]] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        alertmanagers: Sequence[str] = (),
        *,
        locked: bool = False,
        features: Sequence[str] = (),
    ) -> None:
        super().__init__(locked=locked)
        self._features = [f"--enable-feature={name}" for name in features]
        self._setting = (targets, rules, alertmanagers)

    def prepare(self) -> None:
        self._write_config(*self._setting)

    def command(self) -> list[str]:
        return [
            str(self.program),
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'tsdb'}",
            "--web.enable-lifecycle",
            "--web.enable-admin-api",
            # A minute by default, in which an Alertmanager that was found after the first try hears nothing.
            "--rules.alert.resend-delay=1s",
            *self._features,
            *self.web_options(),
        ]

    def configure(
        self,
        targets: Mapping[str, Sequence[str]] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        alertmanagers: Sequence[str] = (),
    ) -> None:
        """Gives a running Prometheus other targets, rules and Alertmanagers; as at the start when empty."""
        self._write_config(targets, rules, alertmanagers)
        answer = self.call("/-/reload", "POST")
        assert answer.status == 200, answer

    def scrape(self, scrapes: Sequence[Mapping[str, Any]]) -> None:
        """Gives a running Prometheus jobs as its own config writes them; `configure` ends that."""
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": list(scrapes),
        }
        self.write("prometheus.yml", config)
        answer = self.call("/-/reload", "POST")
        assert answer.status == 200, answer

    def forget(self) -> None:
        """Configures it as at the start, and takes out what it has scraped: a job that is gone is told for minutes."""
        self.configure()
        every = urlencode({"match[]": '{__name__=~".+"}'})
        answer = self.call(f"/api/v1/admin/tsdb/delete_series?{every}", "POST")
        assert answer.status == 204, answer

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result of one instant query."""
        answer = self.call("/api/v1/query?" + urlencode({"query": expression}))
        assert answer.status == 200, answer
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    def _write_config(
        self,
        targets: Mapping[str, Sequence[str]] | None,
        rules: Sequence[Mapping[str, Any]],
        alertmanagers: Sequence[str],
    ) -> None:
        scrapes: list[dict[str, Any]] = [
            {"job_name": job, "static_configs": [{"targets": list(addresses)}]}
            for job, addresses in (targets or {"prometheus": [self.target]}).items()
        ]
        if self.password:
            for scrape in scrapes:
                scrape["basic_auth"] = {"username": self.user, "password": self.password}
        config: dict[str, Any] = {
            "global": {
                "scrape_interval": "1s",
                "scrape_timeout": "1s",
                "evaluation_interval": "1s",
                # Only Alertmanager hears of these.
                "external_labels": {"cluster": "tests"},
            },
            "scrape_configs": scrapes,
        }
        if rules:
            groups = [{"name": "tests", "rules": list(rules)}]
            config["rule_files"] = [self.write("rules.yml", {"groups": groups})]
        if alertmanagers:
            static = [{"static_configs": [{"targets": list(alertmanagers)}]}]
            config["alerting"] = {"alertmanagers": static}
        self.write("prometheus.yml", config)
