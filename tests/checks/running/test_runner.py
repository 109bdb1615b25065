"""The runner: who runs beside whom, what is not run and why, deadlines, and what is removed however a check ends."""

import asyncio
import time
from typing import Any

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, NotRun, Run, Wrong
from sutaz_tui.errors import Refused
from sutaz_tui.model import CheckClass, CheckResult, Outcome, Status, Step
from sutaz_tui.sources.evidence import record
from tests.checks.scripted import EVERYTHING, Watch, check, fails, passes, running, stack, state
from tests.hand_clock import settle
from tests.loopback import until


async def ended(*checks: Check, env: str = "test", **more: Any) -> dict[str, CheckResult]:
    async with running(stack(env)) as runner:
        run = await runner.run(checks, **{"allow": EVERYTHING, **more})
    return {found.check_id.partition(".")[2]: found for found in run.results}


async def one(checked: Check, **more: Any) -> CheckResult:
    (found,) = (await ended(checked, **more)).values()
    return found


# Who runs beside whom


async def test_reads_run_together_up_to_the_bound() -> None:
    watch = Watch()
    checks = [check(f"c{n}", watch.stays(f"c{n}")) for n in range(9)]
    async with running(stack(concurrency=3)) as runner:
        going = asyncio.create_task(runner.run(checks))
        await until(lambda: len(watch.inside) == 3)
        watch.go.set()
        assert (await going).count(Outcome.PASS) == 9
    assert max(map(len, watch.together)) == 3


async def test_writes_run_one_at_a_time_a_service() -> None:
    watch = Watch()
    checks = [
        check(f"{id}{n}", watch.stays(f"{id}{n}"), id, kind=CheckClass.WRITES)
        for id in ("redis", "kong")
        for n in range(3)
    ]
    async with running(stack()) as runner:
        going = asyncio.create_task(runner.run(checks, allow=EVERYTHING))
        await until(lambda: len(watch.inside) == 2)
        assert {name[:-1] for name in watch.inside} == {"redis", "kong"}
        watch.go.set()
        await going
    for together in watch.together:
        assert len({name[:-1] for name in together}) == len(together), together


async def test_a_heavy_one_runs_alone_and_after_the_light_ones() -> None:
    watch = Watch()
    watch.go.set()
    checks = [
        check("heavy1", watch.stays("heavy1"), "redis", kind=CheckClass.HEAVY),
        check("read", watch.stays("read")),
        check("heavy2", watch.stays("heavy2"), "kong", kind=CheckClass.HEAVY),
        check("write", watch.stays("write"), "kong", kind=CheckClass.WRITES),
    ]
    async with running(stack()) as runner:
        await runner.run(checks, allow=EVERYTHING)
    assert [names for names in watch.together if any("heavy" in name for name in names)] == [
        frozenset({"heavy1"}),
        frozenset({"heavy2"}),
    ]
    assert set(watch.order[:2]) == {"read", "write"}


async def test_what_shares_a_budget_runs_in_order() -> None:
    watch = Watch()
    watch.go.set()
    names = [f"c{n}" for n in range(5)]
    async with running(stack()) as runner:
        await runner.run([check(name, watch.stays(name), budget="reset") for name in names])
    assert watch.order == names
    assert all(len(together) == 1 for together in watch.together)


@pytest.mark.parametrize("kind", [CheckClass.READS, CheckClass.WRITES, CheckClass.HEAVY])
async def test_nothing_of_another_run_is_measured_with_a_heavy_one(kind: CheckClass) -> None:
    watch = Watch()
    load = check("load", watch.stays("load"), "redis", kind=CheckClass.HEAVY)
    other = check("other", watch.stays("other"), "kong", kind=kind)
    async with running(stack()) as runner:
        first = asyncio.create_task(runner.run([load], allow=EVERYTHING))
        await until(lambda: watch.inside == ["load"])
        second = asyncio.create_task(runner.run([other], allow=EVERYTHING))
        await settle()
        assert watch.inside == ["load"]
        watch.go.set()
        await asyncio.gather(first, second)
    assert watch.order == ["load", "other"]
    assert all(len(names) == 1 for names in watch.together)


async def test_a_heavy_one_waits_for_what_another_run_reads() -> None:
    watch = Watch()
    load = check("load", watch.stays("load"), "redis", kind=CheckClass.HEAVY)
    async with running(stack(concurrency=1)) as runner:
        reads = [check(f"read{n}", watch.stays(f"read{n}")) for n in range(2)]
        first = asyncio.create_task(runner.run(reads))
        await until(lambda: watch.inside == ["read0"])
        second = asyncio.create_task(runner.run([load], allow=EVERYTHING))
        await settle()
        watch.go.set()
        await asyncio.gather(first, second)
    assert watch.order == ["read0", "read1", "load"]
    assert all(len(names) == 1 for names in watch.together)


@pytest.mark.parametrize("ends", ["load", "read"])
async def test_a_run_that_is_dropped_holds_up_no_other(ends: str) -> None:
    watch = Watch()
    made = {
        "load": check("load", watch.stays("load"), "redis", kind=CheckClass.HEAVY),
        "read": check("read", watch.stays("read")),
    }
    [waits] = made.keys() - {ends}
    async with running(stack()) as runner:
        dropped = asyncio.create_task(runner.run([made[ends]], allow=EVERYTHING))
        await until(lambda: watch.inside == [ends])
        # Nor one that is dropped while it waits.
        late = asyncio.create_task(runner.run([made[waits]], allow=EVERYTHING))
        kept = asyncio.create_task(runner.run([made[waits]], allow=EVERYTHING))
        await settle()
        late.cancel()
        dropped.cancel()
        watch.go.set()
        await kept
        await asyncio.wait([dropped, late])
    assert watch.order == [ends, waits]


@pytest.mark.parametrize("shared", [{"budget": "reset"}, {"kind": CheckClass.WRITES}])
async def test_budgets_and_writes_go_one_after_another_across_runs(shared: dict[str, Any]) -> None:
    watch = Watch()
    async with running(stack()) as runner:
        runs = [
            asyncio.create_task(
                runner.run([check(name, watch.stays(name), "redis", **shared)], allow=EVERYTHING)
            )
            for name in ("one", "two")
        ]
        await until(lambda: bool(watch.inside))
        await settle()
        watch.go.set()
        await asyncio.gather(*runs)
    assert watch.order == ["one", "two"]
    assert all(len(names) == 1 for names in watch.together)


async def test_fail_fast_starts_nothing_more() -> None:
    watch = Watch()
    watch.go.set()
    checks = [
        check("bad", fails, budget="b"),
        *(check(f"c{n}", watch.stays("c"), budget="b") for n in range(3)),
    ]
    found = await ended(*checks, fail_fast=True)
    assert found["bad"].outcome is Outcome.FAIL
    assert {found[f"c{n}"].message for n in range(3)} == {"not run: an earlier check failed"}
    assert {found[f"c{n}"].outcome for n in range(3)} == {Outcome.SKIP}
    assert watch.order == []


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
    down = state(config, "kong", Status.DOWN, "503", because="postgres")
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
    assert found["a"].message == "a fault of the check itself: KeyError: 'key'; please report it"
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


# Cleaning up


def writes(removed: list[str], then: str) -> Run:
    """A body that makes two things, and then ends in a way."""

    async def run(ask: Ask) -> str:
        for name in ("sutaztui-1", "sutaztui-2"):

            async def undo(name: str = name) -> None:
                removed.append(name)

            ask.afterwards(f"key {name}", undo)
        if then == "fails":
            raise Wrong("a value", "none")
        if then == "crashes":
            raise KeyError(then)
        if then == "stays":
            await asyncio.Event().wait()
        return "made"

    return run


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        ("passes", Outcome.PASS),
        ("fails", Outcome.FAIL),
        ("crashes", Outcome.ERROR),
        ("stays", Outcome.ERROR),
    ],
)
async def test_what_was_made_is_removed_last_first_however_the_check_ends(
    then: str, outcome: Outcome
) -> None:
    removed: list[str] = []
    made = check("a", writes(removed, then), "redis", kind=CheckClass.WRITES, timeout=0.05)
    found = await one(made)
    assert found.outcome is outcome
    assert removed == ["sutaztui-2", "sutaztui-1"]
    assert found.left == ()


async def test_what_can_not_be_removed_is_listed_and_the_rest_is_removed() -> None:
    removed: list[str] = []

    async def run(ask: Ask) -> str:
        async def works() -> None:
            removed.append("key")

        async def refused() -> None:
            raise Refused("RabbitMQ", ":10005 refused")

        async def wrong() -> None:
            raise Wrong("204", "403")

        async def faulty() -> None:
            raise KeyError("queue")

        for words, undo in (("key", works), ("queue", refused), ("collection", wrong), ("user", faulty)):
            ask.afterwards(f"sutaztui-{words}", undo)
        return "made"

    found = await ended(check("a", run, "redis", kind=CheckClass.WRITES), check("b", passes))
    assert found["a"].left == (
        "sutaztui-user (a fault of the check itself: KeyError: 'queue')",
        "sutaztui-collection (expected 204; found 403)",
        "sutaztui-queue (:10005 refused)",
    )
    assert removed == ["key"]
    assert found["b"].outcome is Outcome.PASS


async def test_removing_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sutaz_tui.checks.running.runner.CLEAN_UP_WITHIN", 0.05)

    async def run(ask: Ask) -> str:
        async def stays() -> None:
            await asyncio.Event().wait()

        ask.afterwards("sutaztui-key", stays)
        return "made"

    assert (await one(check("a", run, "redis", kind=CheckClass.WRITES))).left == (
        "sutaztui-key (no time left)",
    )


async def test_a_cancel_drops_requests_at_once_starts_nothing_and_still_removes() -> None:
    removed: list[str] = []
    dropped: list[float] = []
    may_remove = asyncio.Event()
    is_made = asyncio.Event()
    watch = Watch()

    async def run(ask: Ask) -> str:
        async def undo() -> None:
            await may_remove.wait()
            removed.append("sutaztui-key")

        ask.afterwards("sutaztui-key", undo)
        is_made.set()
        try:
            await asyncio.Event().wait()
        finally:
            dropped.append(time.perf_counter())
        return ""

    later = [check(f"c{n}", watch.stays("later"), "redis", kind=CheckClass.WRITES) for n in range(3)]
    async with running(stack()) as runner:
        checks = [check("a", run, "redis", kind=CheckClass.WRITES), *later]
        going = asyncio.create_task(runner.run(checks, allow=EVERYTHING))
        await is_made.wait()
        cancelled = time.perf_counter()
        going.cancel()
        await until(lambda: bool(dropped))
        assert dropped[0] - cancelled < 0.2
        assert removed == []
        # A second cancel, of one who can not wait, leaves the removing alone.
        going.cancel()
        await settle()
        may_remove.set()
        with pytest.raises(asyncio.CancelledError):
            await going
    assert removed == ["sutaztui-key"]
    assert watch.order == []
