"""The jwt checks: each can fail, and the faults of accounts and tokens are found by the one that is there for it."""

from sutaz_tui.checks import accounts, registry
from sutaz_tui.checks.jwt import CATEGORY, NOT_COVERED
from sutaz_tui.demo.prove import Control, prove
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_stack import EVERYTHING, READS, not_passed, results, run


async def test_each_is_proven() -> None:
    assert [str(one) for one in await prove(registry.load(["jwt"]))] == []


async def test_in_the_report_only_the_own_user_is_red() -> None:
    found = not_passed(await results("report", "jwt"))
    assert set(found) == {"jwt.me.own_user", "jwt.me.no_password"}
    assert all("found 500" in words for words in found.values())


async def test_on_the_real_stack_a_refresh_token_survives_logging_out() -> None:
    found = not_passed(await results("real", "jwt"))
    assert set(found) == {"jwt.logout.ends_refresh"}
    assert "200: it still brings tokens" in found["jwt.logout.ends_refresh"]


async def test_logging_out_spoils_no_other_check() -> None:
    """On a stack that ends sessions, all that reads runs twice by one login a run."""
    with Demo("healthy") as stack:
        await stack.listening()
        for _ in range(2):
            found = await run(stack, registry.load(["jwt"]), READS)
            assert {r.outcome for r in found.values() if r.check_class is CheckClass.READS} == {Outcome.PASS}


async def test_no_token_and_no_password_is_kept_as_evidence() -> None:
    found = await results("healthy", "jwt")
    kept = "\n".join(
        f"{result.message} {step.request} {step.answer} {step.reproduce}"
        for result in found.values()
        for step in result.steps
    )
    assert "/api/v1/auth/login" in kept
    # A token is a head, claims and a signature; the masked ones are `***`.
    assert "eyJ" not in kept
    assert accounts.PASSWORD not in kept


async def test_a_reset_waits_for_the_minute_to_pass_or_says_why_not() -> None:
    limited = [check for check in registry.load(["security"]) if check.id == "security.reset.limited"]
    unknown = [check for check in registry.load(["jwt"]) if check.id == "jwt.reset.unknown"]
    with Demo("healthy") as stack:
        await stack.listening()
        assert not_passed(await run(stack, limited, EVERYTHING)) == {}
        checking = Checking(stack.config())
        try:
            impatient = await checking.run(unknown, allow=EVERYTHING, longest=2.0)
        finally:
            await checking.aclose()
        result = impatient.results[0]
        assert result.outcome is Outcome.ERROR
        assert "429" in result.message
        assert "run it again" in result.message
        path = "/api/v1/auth/password-reset"
        wait_one = {"endpoint": "backend", "path": path, "headers": {"retry-after": "1"}}
        # A second passes, then the stack is one that has not been asked within the minute.
        control = Control(stack.control)
        await control.put("/control/patches", patches=[{**wait_one, "status": 429}])
        result = next(iter((await run(stack, unknown, EVERYTHING)).values()))
        waited = [step for step in result.steps if step.what == "waiting"]
        assert [step.elapsed for step in waited] == [1]
        assert result.outcome is Outcome.FAIL


def test_every_old_test_of_the_row_is_covered() -> None:
    """By a check of these three categories, which share the backend's routes."""
    checks = registry.load(["api", "security", "jwt"])
    covered = {old for check in checks for old in check.covers} | set(NOT_COVERED)
    assert {f"jwt-{number:02}" for number in range(1, 23)} <= covered
    assert len(CATEGORY.checks) >= 18
