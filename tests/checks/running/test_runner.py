"""The runner: what is not run and why, how a check ends, deadlines, evidence."""

import asyncio
from typing import Any

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, NotRun, Run, Wrong
from sutaz_tui.errors import Refused
from sutaz_tui.model import CheckClass, CheckResult, Outcome, Status, Step
from sutaz_tui.sources.evidence import record
from tests.checks.scripted import EVERYTHING, Watch, check, ended, fails, one, passes, running, stack, state

# What is not run, and why


async def with_state(checked: Check, status: Status, **more: Any) -> CheckResult:
    config = stack()
    found = state(config, "postgres", status, ":10000 refused")
    async with running(config, lambda: {"postgres": found}) as runner:
        return (await runner.run([checked], allow=EVERYTHING, **more)).results[0]


async def test_a_needed_service_that_is_down_blocks_and_is_named() -> None:
    watch = Watch()
    found = await with_state(check("a", watch.stays("a"), "kong", "postgres"), Status.DOWN)
    assert found.outcome is Outcome.BLOCKED
    assert found.message == "PostgreSQL is down: :10000 refused; this check waits for it"
    assert (found.expected, found.found) == ("what it needs is up", "PostgreSQL is down: :10000 refused")
    assert found.cause == "postgres"
    assert watch.order == []


async def test_the_cause_of_what_is_down_is_named() -> None:
    config = stack()
    down = state(config, "kong", Status.DOWN, "503", because=("postgres",))
    async with running(config, lambda: {"kong": down}) as runner:
        run = await runner.run([check("a", passes, "kong")])
    assert run.results[0].cause == "postgres"


@pytest.mark.parametrize(
    ("status", "cause"),
    [(Status.DEGRADED, "kong"), (Status.UNKNOWN, "kong"), (Status.UP, "")],
)
async def test_a_check_that_failed_names_its_service_as_the_cause_only_where_that_is_in_trouble(
    status: Status, cause: str
) -> None:
    config = stack()
    now = state(config, "kong", status, "as it is")
    async with running(config, lambda: {"kong": now}) as runner:
        run = await runner.run([check("a", fails, "kong")])
    assert (run.results[0].outcome, run.results[0].cause) == (Outcome.FAIL, cause)


@pytest.mark.parametrize("status", [Status.DEGRADED, Status.UNKNOWN, Status.UP])
async def test_what_is_not_down_is_asked(status: Status) -> None:
    assert (await with_state(check("a", passes, "postgres"), status)).outcome is Outcome.PASS


async def test_who_a_dead_service_is_fails_where_others_wait() -> None:
    """With PostgreSQL stopped 44 checks were blocked, and none that failed named it."""
    itself = check("postgres.itself", passes, "postgres", category="infrastructure")
    found = await with_state(itself, Status.DOWN)
    assert (found.outcome, found.is_down, found.cause) == (Outcome.FAIL, True, "postgres")
    assert found.found.startswith("PostgreSQL is down")
    other = await with_state(
        check("kong.itself", passes, "kong", "postgres", category="infrastructure"), Status.DOWN
    )
    assert other.outcome is Outcome.BLOCKED or other.found.startswith("PostgreSQL")


async def test_needs_can_be_ignored() -> None:
    found = await with_state(check("a", passes, "postgres"), Status.DOWN, ignore_needs=True)
    assert found.outcome is Outcome.PASS


async def test_what_is_not_deployed_is_skipped() -> None:
    found = await with_state(check("a", passes, "postgres"), Status.ABSENT)
    assert (found.outcome, found.message) == (Outcome.SKIP, "not deployed: postgres")


async def test_what_the_config_does_not_have_is_skipped() -> None:
    found = await one(check("a", passes, "grafana"))
    assert (found.outcome, found.message) == (Outcome.SKIP, "no service grafana in this config")


@pytest.mark.parametrize("kind", [kind for kind in CheckClass if kind is not CheckClass.READS])
async def test_only_reads_run_unasked(kind: CheckClass) -> None:
    watch = Watch()
    watch.go.set()
    found = await one(check("a", watch.stays("a"), "redis", kind=kind), allow=frozenset())
    assert found.outcome is Outcome.SKIP
    assert found.message.startswith("not allowed: it ") and found.message.endswith(f"--allow {kind}")
    assert watch.order == []
    assert (await one(check("a", passes, "redis", kind=kind))).outcome is Outcome.PASS


@pytest.mark.parametrize("kind", [CheckClass.LEAVES, CheckClass.ATTACK])
async def test_what_leaves_and_attacks_runs_only_where_env_is_test(kind: CheckClass) -> None:
    watch = Watch()
    watch.go.set()
    found = await one(check("a", watch.stays("a"), "redis", kind=kind), env="production")
    assert found.outcome is Outcome.SKIP
    assert found.message.endswith("which is done only where env is test")
    assert watch.order == []


async def test_without_an_account_a_check_is_skipped_and_names_the_setting() -> None:
    async def needs_token(ask: Ask) -> str:
        return await ask.token()

    found = await one(check("a", needs_token))
    assert (found.outcome, found.message) == (
        Outcome.SKIP,
        "no account: set checks.account in the config",
    )


# How a check ends


@pytest.mark.parametrize("said", ["all well", ""])
async def test_what_passes_tells_what_it_saw_and_else_that_it_is_as_expected(said: str) -> None:
    async def looks(ask: Ask) -> str:
        return said

    found = await one(check("a", looks, "redis"))
    words = said or "as expected"
    assert (found.outcome, found.expected) == (Outcome.PASS, "a is well")
    assert (found.found, found.message) == (words, words)


async def test_what_is_wrong_is_told_with_expected_and_found() -> None:
    found = await one(check("a", fails, "redis"))
    assert (found.outcome, found.expected, found.found) == (Outcome.FAIL, "8 agents", "6 agents")
    assert found.message == "expected 8 agents; found 6 agents"


async def test_a_source_that_fails_is_an_error_with_its_words() -> None:
    async def refused(ask: Ask) -> str:
        raise Refused("Redis", ":10001 refused")

    found = await one(check("a", refused))
    assert (found.outcome, found.found) == (Outcome.ERROR, "Redis: :10001 refused")


async def test_each_has_its_deadline() -> None:
    async def stays(ask: Ask) -> str:
        await asyncio.Event().wait()
        return ""

    found = await ended(check("a", stays, timeout=0.05), check("b", passes))
    assert (found["a"].outcome, found["a"].found) == (Outcome.ERROR, "no end within 0.05 s")
    assert found["b"].outcome is Outcome.PASS
    shortened = await one(check("a", stays, timeout=60.0), longest=0.05)
    assert shortened.found == "no end within 0.05 s"


async def test_a_fault_of_a_check_is_told_as_one_and_the_others_go_on() -> None:
    async def faulty(ask: Ask) -> str:
        empty: dict[str, str] = {}
        return empty["key"]

    found = await ended(check("a", faulty), check("b", passes))
    assert found["a"].outcome is Outcome.ERROR
    assert found["a"].message == "internal error of the check: KeyError: 'key'; please report it"
    assert found["b"].outcome is Outcome.PASS


async def test_a_check_can_say_that_it_does_not_apply() -> None:
    async def does_not(ask: Ask) -> str:
        raise NotRun("nothing to look at")

    found = await one(check("a", does_not))
    assert (found.outcome, found.message) == (Outcome.SKIP, "nothing to look at")


async def test_evidence_is_that_of_the_check_alone() -> None:
    def asks(name: str) -> Run:
        async def run(ask: Ask) -> str:
            record(Step(name, f"GET /{name}", "200", 0.001))
            await asyncio.sleep(0)
            record(Step(name, f"GET /{name}/2", "200", 0.001))
            return "asked"

        return run

    found = await ended(check("a", asks("a")), check("b", asks("b")))
    for name in ("a", "b"):
        assert [step.request for step in found[name].steps] == [f"GET /{name}", f"GET /{name}/2"]


async def test_secrets_are_masked_in_what_is_told() -> None:
    async def tells(ask: Ask) -> str:
        ask.hide("hunter2-hunter2")
        raise Wrong("no hunter2-hunter2", "a hunter2-hunter2")

    found = await one(check("a", tells))
    assert "hunter2" not in f"{found.expected} {found.found} {found.message}"
    assert found.found == "a ***"
