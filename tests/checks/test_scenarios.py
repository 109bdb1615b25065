"""All checks, everything allowed, on the three named states of the simulated stack: red exactly where a fault is."""

from sutaz_tui.checks import registry
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_stack import EVERYTHING, small_config

# The faults that the report's green rows missed, and the check that is there for each.
MISSED = {
    "anybody registers as superuser": "security.register.superuser",
    "a refresh token survives logging out": "jwt.logout.ends_refresh",
    "script tags are stored as a name": "security.register.script_name",
    "queues without a consumer": "messaging.rabbitmq.consumers",
    "routes of Kong that lead nowhere": "messaging.kong.backend-route",
    "agents that answer 200 without a model": "agents.all.healthy",
    "the bridge routes CrewAI to Letta": "mcp.route.crewai",
    "passwords in /services": "mcp.services.secrets",
    "dead entries in Consul": "messaging.consul.dead",
}


async def ended(scenario: str) -> dict[str, CheckResult]:
    """All results, after one round of probes, by check id."""
    with Demo(scenario) as stack:
        await stack.listening()
        config = small_config(stack)
        checks = registry.load()
        checking = Checking(config)
        try:
            known = {service.id for service in config.services}
            await checking.probe(frozenset(id for check in checks for id in check.needs if id in known))
            run = await checking.run(checks, allow=EVERYTHING)
        finally:
            await checking.aclose()
    return {result.check_id: result for result in run.results}


def red(found: dict[str, CheckResult]) -> dict[str, str]:
    """What is red: its words by check id."""
    return {
        id: f"{result.outcome}: {result.message}"
        for id, result in found.items()
        if result.outcome in (Outcome.FAIL, Outcome.ERROR, Outcome.BLOCKED)
    }


async def test_the_healthy_stack_is_green_whatever_is_allowed() -> None:
    found = await ended("healthy")
    assert len(found) >= 254
    assert {id: r.message for id, r in found.items() if r.outcome is not Outcome.PASS} == {}
    assert {id: r.left for id, r in found.items() if r.left} == {}


async def test_the_report_is_red_where_the_report_is_red() -> None:
    found = await ended("report")
    reds = red(found)
    # Where the machine is slow, the load reaches the pool's limit too.
    of_the_pool = {id for id, words in reds.items() if "QueuePool" in words}
    assert {id.partition(".")[0] for id in of_the_pool} <= {"pool", "load"}, reds
    assert {id.partition(".")[0] for id in {*reds} - of_the_pool} == {"jwt", "caching", "e2e"}, reds
    assert {id: words for id, words in reds.items() if "500" not in words and id not in of_the_pool} == {}
    assert "QueuePool" in reds["pool.crowd"]
    skipped = {id: r.message for id, r in found.items() if r.outcome is Outcome.SKIP}
    assert set(skipped.values()) <= {
        "not deployed: alertmanager",
        "not deployed: prometheus, alertmanager",
    }, skipped


async def test_every_fault_of_the_real_stack_is_found_by_the_check_that_is_there_for_it() -> None:
    reds = red(await ended("real"))
    assert {fault: id for fault, id in MISSED.items() if id not in reds} == {}
    for id in MISSED.values():
        assert reds[id].startswith("fail: expected "), reds[id]
