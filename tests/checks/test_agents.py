"""The agents category: every check is proven, and every old test of its row has a successor."""

from typing import Any

import pytest

from sutaz_tui.checks.agents import CATEGORY, NOT_COVERED
from sutaz_tui.checks.base import Check
from sutaz_tui.checks.monitoring import CATEGORY as MONITORING
from sutaz_tui.demo.prove import Control, prove
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_stack import READS, run, small_config

PIPELINE = next(check for check in MONITORING.checks if check.id == "monitoring.agents.pipeline")


async def test_each_check_passes_on_the_healthy_stack_and_fails_on_its_own_fault_only() -> None:
    assert [str(unproven) for unproven in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert {f"agt-{number:02}" for number in range(1, 24)} <= covered
    assert len(CATEGORY.checks) >= 23


def named(name: str) -> Check:
    return next(check for check in CATEGORY.checks if check.id == f"agents.{name}")


async def after_our_own_round(traits: dict[str, Any], check: Check) -> CheckResult:
    """How a check ends as `sutaz-tui check` runs it: one round of probes first, on a Prometheus that scrapes rarely."""
    with Demo("healthy") as stack:
        await stack.listening()
        await Control(stack.control).be({"scrape_seconds": 3600.0, **traits})
        config = small_config(stack)
        # What Prometheus had before anybody of ours asked.
        await run(stack, [PIPELINE], READS)
        checking = Checking(config)
        try:
            await checking.probe(frozenset(check.needs))
            return (await checking.run([check])).results[0]
        finally:
            await checking.aclose()


async def test_a_gauge_that_only_our_own_round_refreshed_is_stale() -> None:
    """Asking an agent for its health sets its gauge: "8 of 8 agree" was true because we had just asked all of them."""
    ended = await after_our_own_round({"stale_agent_gauges": True}, named("all.fresh-gauges"))
    assert ended.outcome is Outcome.FAIL
    assert "Letta showed 0 and is healthy" in ended.found


async def test_what_an_agent_lacks_in_prometheus_is_named_beside_what_is_stale() -> None:
    traits = {"stale_agent_gauges": True, "prometheus_missing_targets": ["sutazai-gpt-engineer:8000"]}
    ended = await after_our_own_round(traits, named("all.fresh-gauges"))
    assert ended.outcome is Outcome.FAIL
    assert ended.found.startswith("Prometheus has no gauge of GPT-Engineer; Letta showed 0 and is healthy")


async def test_beside_a_board_nothing_is_said_of_gauges_that_the_board_sets() -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        checking = Checking(small_config(stack), states=dict)
        try:
            [ended] = (await checking.run([named("all.fresh-gauges")])).results
        finally:
            await checking.aclose()
    assert ended.outcome is Outcome.SKIP and "with no board open" in ended.message


@pytest.mark.parametrize(("version", "outcome"), [("2.42.0", Outcome.FAIL), ("3.5.0", Outcome.PASS)])
async def test_a_page_that_prometheus_cannot_parse_is_not_shown_to_it(version: str, outcome: Outcome) -> None:
    """prometheus-client 0.22 quotes GPT-Engineer's hyphen, and Prometheus 2 then refuses the whole page."""
    quoted = (
        '# TYPE gpt_engineer_requests_total counter\n# HELP "gpt-engineer_health_status" Agent health\n'
        '{"gpt-engineer_health_status"} 1.0\n{"gpt-engineer_mcp_registered"} 1.0\n'
    )
    with Demo("healthy") as stack:
        await stack.listening()
        await Control(stack.control).be(
            patches=[
                {"endpoint": "gpt-engineer", "path": "/metrics", "body": quoted},
                {"endpoint": "prometheus", "path": "*/buildinfo", "set": {"data.version": version}},
            ]
        )
        ended = (await run(stack, [named("all.metrics")], READS))["agents.all.metrics"]
    assert ended.outcome is outcome
    assert outcome is Outcome.PASS or ended.found.startswith("GPT-Engineer: Prometheus cannot parse")
