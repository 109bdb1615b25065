"""The api checks: each can fail, and they find what is wrong with the backend and nothing else."""

from sutaz_tui.checks import registry
from sutaz_tui.checks.api import CATEGORY, NOT_COVERED
from sutaz_tui.demo.prove import prove
from tests.checks.on_stack import not_passed, results


async def test_each_is_proven() -> None:
    assert [str(one) for one in await prove(registry.load(["api"]))] == []


async def test_the_report_and_the_real_stack_are_green_here() -> None:
    for scenario in ("report", "real"):
        assert not_passed(await results(scenario, "api")) == {}


def test_every_old_test_of_the_row_is_covered() -> None:
    """By a check of these three categories, which share the backend's routes."""
    checks = registry.load(["api", "security", "jwt"])
    covered = {old for check in checks for old in check.covers} | set(NOT_COVERED)
    assert {f"api-{number:02}" for number in range(1, 22)} <= covered
    assert len(CATEGORY.checks) >= 21
