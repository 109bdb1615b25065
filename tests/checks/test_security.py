"""The security checks: each can fail, and what an attacker gets on the real stack is found by name."""

from sutaz_tui.checks import registry
from sutaz_tui.checks.security import CATEGORY, NOT_COVERED
from sutaz_tui.demo.prove import prove
from sutaz_tui.model import CheckClass, Outcome
from tests.checks.on_stack import READS, not_passed, results


async def test_each_is_proven() -> None:
    assert [str(one) for one in await prove(registry.load(["security"]))] == []


async def test_the_report_is_green_here() -> None:
    assert not_passed(await results("report", "security")) == {}


async def test_on_the_real_stack_each_true_fault_is_found() -> None:
    found = not_passed(await results("real", "security"))
    assert set(found) == {
        "security.register.superuser",
        "security.register.script_name",
        "security.broadcast.locked",
    }
    assert "registered with is_superuser True" in found["security.register.superuser"]
    assert "<script>" in found["security.register.script_name"]
    assert "open to everybody" in found["security.broadcast.locked"]


async def test_nothing_that_leaves_or_attacks_runs_unasked() -> None:
    found = await results("healthy", "security", allow=READS)
    for result in found.values():
        wanted = Outcome.PASS if result.check_class is CheckClass.READS else Outcome.SKIP
        assert result.outcome is wanted, result.message


def test_every_old_test_of_the_row_is_covered() -> None:
    """By a check of these three categories, which share the backend's routes."""
    checks = registry.load(["api", "security", "jwt"])
    covered = {old for check in checks for old in check.covers} | set(NOT_COVERED)
    assert {f"sec-{number:02}" for number in range(1, 20)} <= covered
    assert len(CATEGORY.checks) >= 19
