"""The prover can fail: checks that are not what they promise are listed, and a good one is not."""

import dataclasses
from collections.abc import Iterable

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Run, Twin, Wrong, fault, patch, trait
from sutaz_tui.demo.prove import BROKEN, IMPOSTERS, prove, runs_of
from tests.checks.scripted import passes
from tests.running import command

TWIN = patch("letta", "/health", set={"status": "degraded"})


async def sees(ask: Ask) -> str:
    """Letta's health, as it is."""
    body = await ask.body("letta", "/health")
    ask.expect(body.get("status") == "healthy", "status healthy", body.get("status"))
    return "healthy"


def letta(name: str, run: Run, twin: Twin = TWIN) -> Check:
    return Check(f"agents.{name}", "agents", name, run, ("letta",), twin)


async def unproven(checks: Iterable[Check]) -> dict[str, set[str]]:
    """On which stacks each check ended otherwise than it should."""
    found: dict[str, set[str]] = {}
    runs: list[None] = []
    told = await prove(checks, ended=lambda: runs.append(None))
    assert len(runs) == runs_of(checks), "its bar ends at its end"
    for one in told:
        found.setdefault(one.check_id.partition(".")[2], set()).add(one.stack)
        assert str(one).startswith(f"{one.check_id}: on {one.stack} it should {one.should}, but ended ")
    return found


async def takes_any_answer(ask: Ask) -> str:
    await ask.get("letta", "/health")
    return "it answered"


async def takes_any_200(ask: Ask) -> str:
    ask.status(await ask.get("letta", "/health"), 200)
    return "200"


async def takes_a_refusal(ask: Ask) -> str:
    answer = await ask.get("letta", "/health")
    ask.status(answer, 200, 401, 404)
    return "refused or not"


async def is_never_content(ask: Ask) -> str:
    raise Wrong("the moon", "the sun")


async def test_each_kind_of_false_check_is_listed() -> None:
    found = await unproven(
        [
            letta("good", sees),
            letta("good_fault", sees, fault(letta="500")),
            letta("vacuous", passes),
            letta("any_answer", takes_any_answer),
            letta("any_200", takes_any_200),
            letta("refusal", takes_a_refusal),
            letta("other_twin", sees, patch("crewai", "/health", set={"status": "degraded"})),
            letta("no_twin", sees, Twin()),
            letta("other_trait", sees, trait(grafana_dashboards=0)),
            letta("moon", is_never_content),
        ]
    )
    broken = {f"a stack with {name}" for name in BROKEN}
    own = {"its own twin"}
    pages = {f"a stack with {who} at every port" for who in IMPOSTERS[:5]}
    assert found == {
        "vacuous": broken | own,
        "any_answer": {f"a stack with {name}" for name in BROKEN if name.startswith("all")} | pages | own,
        "any_200": {"a stack with all 200 with {}"} | pages | own,
        "refusal": {f"a stack with all {code}" for code in ("404", "401", "200 with {}")} | pages | own,
        "other_twin": own,
        "no_twin": own,
        "other_trait": own,
        "moon": {"the healthy stack"},
    }


async def test_a_check_that_is_skipped_on_a_broken_stack_is_listed() -> None:
    """One that says of a broken stack that it does not apply would never be red."""
    [real] = [check for check in registry.load(["agents"]) if check.id == "agents.letta.healthy"]
    assert await unproven([real]) == {}
    absent = dataclasses.replace(real, needs=("no-such-service",))
    assert "a stack with all 500" in (await unproven([absent]))["letta.healthy"]


@pytest.mark.parametrize(("words", "code"), [(("mcp.health",), 0), (("no-such",), 2)])
def test_the_command_ends_with_what_it_found(words: tuple[str, ...], code: int) -> None:
    done = command("check", "--prove", *words)
    assert done.returncode == code, done.stdout + done.stderr
    if not code:
        assert done.stdout == ""
        assert done.stderr.splitlines()[-1] == "1 checks, 0 unproven"


async def takes_any_model(ask: Ask) -> str:
    return f"model {(await ask.body('letta', '/health')).get('model')}"


async def stumbles(ask: Ask) -> str:
    status = (await ask.body("letta", "/health"))["status"]
    ask.expect(status.startswith("healthy"), "status healthy", status)
    return "healthy"


async def test_whatever_cannot_be_is_no_find_of_a_check() -> None:
    """`load nan`, "1 models: None" and "version 17" were passes."""
    found = await unproven([letta("takes_any", takes_any_model), letta("stumbles", stumbles)])
    planted = {"a stack with right keys with wrong types", "a stack with null for every value"}
    assert planted <= found["takes_any"]
    assert found["stumbles"] == planted
