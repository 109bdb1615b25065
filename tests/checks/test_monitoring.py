"""The checks of the monitoring: proven, and true on a real Prometheus, node exporter and Alertmanager."""

import asyncio

from sutaz_tui.checks.base import Check
from sutaz_tui.checks.monitoring import CATEGORY, NOT_COVERED
from sutaz_tui.checks.monitoring.prometheus import TARGETS
from sutaz_tui.checks.registry import load
from sutaz_tui.config import Config, Source
from sutaz_tui.config.kinds import Alertmanager, Exporter, Prometheus
from sutaz_tui.config.schema import Basic
from sutaz_tui.demo.prove import Control, prove
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_servers import ask, ask_until, ask_until_passed, outcomes, troubled
from tests.checks.on_stack import results, small_config
from tests.loopback import configured
from tests.servers.alertmanager import Alertmanager as AlertmanagerServer
from tests.servers.node_exporter import NodeExporter
from tests.servers.prometheus import ALWAYS_FIRING
from tests.servers.prometheus import Prometheus as PrometheusServer
from tests.servers.waiting import patient

ROW = [f"mon-{number:02}" for number in range(1, 18)]
HERE = {"prometheus", "alertmanager", "node-exporter"}
# These need nothing but the three servers.
CHECKS = [check for check in CATEGORY.checks if set(check.needs) <= HERE]
PROMETHEUS = [check for check in CHECKS if check.needs == ("prometheus",)]
QUIET_RULE = {"alert": "Never", "expr": "vector(0) > 1", "labels": {"severity": "warning"}}


def spellings(server: PrometheusServer) -> list[str]:
    """Addresses of one server that Prometheus takes for many: names do not care for capitals."""
    names = ("localhost", "Localhost", "LOcalhost", "LOCalhost", "LOCAlhost", "LOCALhost", "LOCALHost")
    return [server.target, *(f"{name}:{server.port}" for name in names)]


def like_the_stack(server: PrometheusServer, exporter: NodeExporter) -> dict[str, list[str]]:
    """The stack's jobs, each with as many targets as there."""
    found = {job: spellings(server)[:count] for job, count in TARGETS.items()}
    return {**found, "node-exporter": [exporter.target]}


def config(
    prometheus: str, alertmanager: str, exporter: str, password: str = "", user: str = "jarvis"
) -> Config:
    auth = Basic(user=user, password=password) if password else None
    return configured(
        Prometheus(id="prometheus", title="Prometheus", source="prometheus"),
        Alertmanager(id="alertmanager", title="Alertmanager", address=alertmanager),
        Exporter(id="node-exporter", title="Node exporter", address=exporter, metric="node_load1"),
        sources={"prometheus": Source(url=prometheus, auth=auth)},
        secrets={"PROMETHEUS_PASSWORD": password} if password else {},
    )


def named(*ids: str) -> list[Check]:
    return [check for check in CATEGORY.checks if check.id.removeprefix("monitoring.") in ids]


async def test_each_can_fail_and_fails_only_on_its_own_fault() -> None:
    assert [str(one) for one in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_accounted_for() -> None:
    covered = {old for check in load(["monitoring"]) for old in check.covers}
    assert [old for old in ROW if (old in covered) == (old in NOT_COVERED)] == []
    assert len(CATEGORY.checks) >= len(ROW)
    assert len({check.id for check in CATEGORY.checks}) == len(CATEGORY.checks)


async def after_a_change(
    name: str, seen: dict[str, object], now: dict[str, object], longest: float | None = None
) -> CheckResult:
    """How a check ends just after the stack changed from what Prometheus has `seen` to what is so `now`."""
    with Demo("healthy") as stack:
        await stack.listening()
        control = Control(stack.control)
        await control.be(seen)
        checking = Checking(small_config(stack))
        try:
            await checking.run(named(name), longest=longest)
            await control.be(now)
            return (await checking.run(named(name), longest=longest)).results[0]
        finally:
            await checking.aclose()


async def test_a_true_change_is_no_fault_of_the_pipeline_before_the_next_scrape() -> None:
    """It was red for 15 s after each."""
    ended = await after_a_change(
        "agents.pipeline",
        {"scrape_seconds": 2.0},
        {"scrape_seconds": 2.0, "degraded_agents": ["crewai"]},
    )
    assert (ended.outcome, ended.found) == (Outcome.PASS, "crewai_health_status 0 in both")


async def test_one_missing_gauge_hides_no_wrong_one() -> None:
    seen: dict[str, object] = {
        "prometheus_missing_targets": ["sutazai-gpt-engineer:8000"],
        "scrape_seconds": 3600.0,
    }
    ended = await after_a_change("agents.gauges", seen, {**seen, "degraded_agents": ["letta"]}, patient(2))
    assert ended.outcome is Outcome.FAIL, ended.message
    assert "no gauge of GPT-Engineer" in ended.found and "Letta is degraded, its gauge 1" in ended.found


async def test_the_real_stack_is_red_where_nobody_would_be_told() -> None:
    found = await results("real", "monitoring")
    red = {id for id, result in found.items() if result.outcome is not Outcome.PASS}
    # Nobody declared Alertmanager absent to the checks: no round of probes went before.
    undeployed = {id for id in red if ".alertmanager." in id}
    assert red - undeployed == {"monitoring.prometheus.rules", "monitoring.cadvisor.containers"}
    assert "look at rule_files" in found["monitoring.prometheus.rules"].message


async def test_the_state_of_the_report_is_green_but_for_alertmanager() -> None:
    found = await results("report", "monitoring")
    red = {id for id, result in found.items() if result.outcome is not Outcome.PASS}
    assert red == {id for id in found if ".alertmanager." in id}


async def test_real_servers_set_up_as_the_stacks_pass_every_check(
    prometheus: PrometheusServer, alertmanager: AlertmanagerServer, node_exporter: NodeExporter
) -> None:
    targets = like_the_stack(prometheus, node_exporter)
    await asyncio.to_thread(prometheus.configure, targets, [QUIET_RULE], [alertmanager.target])
    await ask_until_passed(config(prometheus.url, alertmanager.url, node_exporter.url), CHECKS)


async def test_what_a_real_prometheus_lacks_is_named(
    prometheus: PrometheusServer, alertmanager: AlertmanagerServer, node_exporter: NodeExporter
) -> None:
    gone = node_exporter.target
    stack = config(prometheus.url, alertmanager.url, node_exporter.url)
    rules = [*ALWAYS_FIRING, QUIET_RULE]
    targets = {"ai-agents": spellings(prometheus)[:3], "node-exporter": [gone]}
    await asyncio.to_thread(node_exporter.stop)
    await asyncio.to_thread(prometheus.configure, targets, rules, [alertmanager.target])
    # Once it has reached Alertmanager, it fires and every target has been scraped.
    await ask_until_passed(stack, named("alertmanager.known", "alertmanager.told", "prometheus.fresh"))
    awaited = {"prometheus.quiet", "prometheus.up"}
    seen = await ask_until(stack, CHECKS, lambda troubles: awaited <= set(troubles))
    assert "AlwaysFiring" in seen["prometheus.quiet"]
    assert gone in seen["prometheus.up"]
    assert "ai-agents 3 of 8" in seen["prometheus.targets"]
    assert "3 targets" in seen["prometheus.agents"]
    assert "refused" in seen["node-exporter.metrics"]
    assert "prometheus.rules" not in seen


async def test_stopped_servers_are_told_as_refused(
    prometheus: PrometheusServer, alertmanager: AlertmanagerServer, node_exporter: NodeExporter
) -> None:
    stack = config(prometheus.url, alertmanager.url, node_exporter.url)
    for server in (prometheus, alertmanager, node_exporter):
        await asyncio.to_thread(server.stop)
    found = await ask(stack, CHECKS)
    assert outcomes(found) == {Outcome.ERROR}
    assert [words for words in troubled(found).values() if "refused" not in words] == []


async def test_paused_servers_are_told_as_silent(
    prometheus: PrometheusServer, alertmanager: AlertmanagerServer, node_exporter: NodeExporter
) -> None:
    stack = config(prometheus.url, alertmanager.url, node_exporter.url)
    for server in (prometheus, alertmanager, node_exporter):
        await asyncio.to_thread(server.pause)
    found = await ask(stack, CHECKS, longest=1.0)
    for server in (prometheus, alertmanager, node_exporter):
        await asyncio.to_thread(server.resume)
    assert outcomes(found) == {Outcome.ERROR}
    assert [words for words in troubled(found).values() if "within 1 s" not in words] == []


async def test_a_wrong_password_of_prometheus_is_told_without_showing_it() -> None:
    with PrometheusServer(locked=True) as server:
        right = config(server.url, server.url, server.url, server.password or "")
        assert troubled(await ask(right, named("prometheus.ready", "prometheus.quiet"))) == {}
        wrong = config(server.url, server.url, server.url, "not-it-4711")
        found = await ask(wrong, PROMETHEUS)
    assert outcomes(found) <= {Outcome.FAIL, Outcome.ERROR}
    for result in found.values():
        assert "401" in result.message or "login" in result.message
        assert "not-it-4711" not in f"{result.message} {result.steps}"
