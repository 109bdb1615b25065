"""The agents category: every check is proven, and every old test of its row has a successor."""

from sutaz_tui.checks.agents import CATEGORY, NOT_COVERED
from sutaz_tui.demo.prove import prove


async def test_each_check_passes_on_the_healthy_stack_and_fails_on_its_own_fault_only() -> None:
    assert [str(unproven) for unproven in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert {f"agt-{number:02}" for number in range(1, 24)} <= covered
    assert len(CATEGORY.checks) >= 23
