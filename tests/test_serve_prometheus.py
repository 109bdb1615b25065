"""A real Prometheus scrapes `serve` with its token; the dashboard and the alert rules of docs/ are asked of it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import ROOT, command
from tests.servers.programs import need
from tests.servers.prometheus import Prometheus
from tests.servers.waiting import eventually, patient
from tests.serving import Serving, serving

RULES = ROOT / "docs" / "alert-rules.yml"
DASHBOARD = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text("utf-8"))
NAME = re.compile(r"\b(?:sutaz_tui|process)_\w+")
CONFIG = """env: test
services:
  - {id: till, kind: tcp, address: '127.0.0.1:1', interval: 2}
  - {id: here, kind: tcp, address: '127.0.0.1:%d', interval: 2}
checks: {own: [{id: open, kind: tcp, address: '127.0.0.1:1'}, {id: never, kind: tcp, address: '127.0.0.1:1', does: writes}]}
"""

STATUS = 'sutaz_tui_service_status{service="db"}'
KNOWN = 'sutaz_tui_service_known{service="db"}'
ANSWERS = 'sutaz_tui_serve_answers_total{code="401"}'
CHECKS = 'sutaz_tui_checks{category="databases", outcome="%s"}'
# Of each alert, by what it fires at 30 minutes, and by what it does not.
CASES = {
    "SutazTuiServiceDown": ({STATUS: "4x60", KNOWN: "0x60"}, {STATUS: "4x60", KNOWN: "1x60"}),
    "SutazTuiServiceUnknown": ({STATUS: "2x60", KNOWN: "0x60"}, {STATUS: "1x60", KNOWN: "0x60"}),
    "SutazTuiServiceDegraded": ({STATUS: "3x60", KNOWN: "0x60"}, {STATUS: "1x50 3x9", KNOWN: "0x60"}),
    "SutazTuiChecksRed": (
        {CHECKS % "blocked": "1x60", CHECKS % "pass": "9x60"},
        {CHECKS % "fail": "0x60", CHECKS % "not_run": "9x60"},
    ),
    "SutazTuiPictureStale": ({"sutaz_tui_picture_stale": "1x60"}, {"sutaz_tui_picture_stale": "0x60"}),
    "SutazTuiGone": ({'up{job="sutaz-tui"}': "0x60"}, {'up{job="sutaz-tui"}': "1x60"}),
    "SutazTuiRefusesMany": ({ANSWERS: "0+10x60"}, {ANSWERS: "0+1x60"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory, shared_prometheus: Prometheus) -> Iterator[Serving]:
    """One that Prometheus scrapes with its token, and again with a wrong one."""
    folder = tmp_path_factory.mktemp("scraped")
    config = folder / "two.yaml"
    config.write_text(CONFIG % shared_prometheus.port)
    env = {"XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder / "run")}
    (folder / "wrong").write_text("x" * 43)
    with serving("-c", str(config), env=env) as served:
        targets = [{"targets": [f"127.0.0.1:{served.port}"]}]
        jobs = {"sutaz-tui": folder / "state" / "sutaz-tui" / "serve.token", "wrong": folder / "wrong"}
        shared_prometheus.scrape(
            [
                {"job_name": job, "authorization": {"credentials_file": str(file)}, "static_configs": targets}
                for job, file in jobs.items()
            ]
        )
        served.until("till DOWN")
        assert command("check", "own", "-c", str(config), env=env).returncode == 1
        yield served
    shared_prometheus.forget()


def answered(prometheus: Prometheus, expression: str) -> list[dict[str, Any]]:
    """What a query finds, as soon as it finds anything."""
    return eventually(lambda: prometheus.query(expression), f"{expression} finds something", 20)


def test_prometheus_reads_it_by_the_token_and_not_without(
    shared_prometheus: Prometheus, scraped: Serving
) -> None:
    for held in ('status{service="till"} == 4', 'status{service="here"} == 1'):
        assert answered(shared_prometheus, f"sutaz_tui_service_{held}")
    assert answered(shared_prometheus, 'up{job="wrong"} == 0 and on () up{job="sutaz-tui"} == 1')
    assert not shared_prometheus.query('sutaz_tui_build_info{job="wrong"}')
    assert answered(shared_prometheus, 'sutaz_tui_serve_answers_total{code="401"} > 0')
    assert answered(shared_prometheus, 'sutaz_tui_checks{category="own", outcome="error"} == 1')
    checks = {
        one["metric"]["outcome"]: one["value"][1] for one in shared_prometheus.query("sutaz_tui_checks")
    }
    assert checks == {"error": "1", "not_run": "1", "pass": "0", "fail": "0", "blocked": "0", "skip": "0"}


def _expressions() -> list[str]:
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for variable, value in (("$instance", ".+"), ("$service", ".+"), ("$__rate_interval", "1m")):
        found = [expression.replace(variable, value) for expression in found]
    return found


def test_every_panel_of_the_dashboard_shows_something(
    shared_prometheus: Prometheus, scraped: Serving
) -> None:
    assert len(_expressions()) > 12
    for expression in _expressions():
        assert answered(shared_prometheus, expression), expression


def test_every_metric_of_dashboard_and_rules_is_told(scraped: Serving) -> None:
    samples = [line for line in scraped.ask("/metrics").text.splitlines() if line[0] != "#"]
    told = set(NAME.findall("\n".join(samples)))
    used = set(NAME.findall(RULES.read_text("utf-8"))) | set(NAME.findall(json.dumps(DASHBOARD)))
    assert len(used) > 12
    assert not used - told, used - told


def promtool(*words: str) -> str:
    """What it prints; AssertionError where it finds a fault."""
    done = subprocess.run(
        [str(need("promtool")[0]), *words], capture_output=True, text=True, timeout=patient(60)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_alert_fires_by_its_trouble_and_by_nothing_else(tmp_path: Path) -> None:
    rules = {one["alert"]: one for one in yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]}
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(RULES))
    assert set(rules) == set(CASES)
    tests = []
    for name, cases in CASES.items():
        for fires, series in zip((True, False), cases, strict=True):
            # Its labels are what promtool would say anyway; that it fires at all is what is asked.
            asked = {"expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0)'}
            tests.append(
                {
                    "interval": "30s",
                    "input_series": [{"series": one, "values": values} for one, values in series.items()],
                    "promql_expr_test": [
                        {**asked, "eval_time": "30m", "exp_samples": [{"labels": "{}", "value": int(fires)}]}
                    ],
                }
            )
    file = tmp_path / "cases.yml"
    file.write_text(
        yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "30s", "tests": tests})
    )
    assert "SUCCESS" in promtool("test", "rules", str(file))
