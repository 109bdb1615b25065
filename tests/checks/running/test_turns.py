"""Who runs beside whom: reads together, writes one at a time a service, heavy ones alone, across runs too."""

import asyncio
from typing import Any

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong
from sutaz_tui.model import CheckClass, Outcome
from tests.checks.scripted import EVERYTHING, Watch, check, ended, fails, running, stack
from tests.hand_clock import settle
from tests.loopback import until


async def test_reads_run_together_up_to_the_bound() -> None:
    watch = Watch()
    checks = [check(f"c{n}", watch.stays(f"c{n}")) for n in range(9)]
    async with running(stack(concurrency=3)) as runner:
        going = asyncio.create_task(runner.run(checks))
        await until(lambda: len(watch.inside) == 3)
        watch.go.set()
        assert (await going).count(Outcome.PASS) == 9
    assert max(map(len, watch.together)) == 3


async def test_reads_of_one_service_run_beside_each_other() -> None:
    watch = Watch()
    checks = [check(f"c{n}", watch.stays(f"c{n}"), "redis") for n in range(3)]
    async with running(stack()) as runner:
        going = asyncio.create_task(runner.run(checks))
        await until(lambda: len(watch.inside) == 3)
        watch.go.set()
        await going


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


@pytest.mark.parametrize("kind", [CheckClass.LEAVES, CheckClass.ATTACK])
async def test_what_logs_in_by_the_dozen_never_slows_a_read(kind: CheckClass) -> None:
    """A read once ended "no end within 10 s" because registrations and lockouts ran beside it."""
    watch = Watch()
    watch.go.set()
    checks = [
        check("crowd", watch.stays("crowd"), "kong", kind=kind, budget="b"),
        check("load", watch.stays("load"), "kong", kind=CheckClass.HEAVY),
        check("read", watch.stays("read"), budget="b"),
        check("write", watch.stays("write"), "kong", kind=CheckClass.WRITES),
    ]
    async with running(stack(concurrency=1)) as runner:
        await runner.run(checks, allow=EVERYTHING)
    assert set(watch.order[:2]) == {"read", "write"} and watch.order[2:] == ["crowd", "load"]
    assert all(len(names) == 1 for names in watch.together)


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


async def test_what_was_checked_while_we_loaded_the_stack_says_so() -> None:
    both = asyncio.Barrier(2)

    async def late(_: Ask) -> str:
        raise Wrong("an answer", "none")

    async def together(ask: Ask) -> str:
        await both.wait()
        return await late(ask)

    checks = [check(name, together, name, kind=CheckClass.ATTACK) for name in ("redis", "kong")]
    found = await ended(*checks, check("alone", late))
    assert found["alone"].found == "none"
    assert {found[name].found for name in ("redis", "kong")} == {
        "none; 1 more of our own checks loaded the stack meanwhile"
    }


async def test_a_run_ends_when_its_time_is_over() -> None:
    watch = Watch()
    async with running(stack(concurrency=1)) as runner:
        seconds = 0.05
        until = asyncio.get_running_loop().time() + seconds
        run = await runner.run(
            [check("quick"), check("slow", watch.stays("slow")), check("waits")], until=until
        )
    quick, slow, waits = run.results
    assert quick.outcome is Outcome.PASS
    assert {slow.outcome, waits.outcome} == {Outcome.ERROR}
    assert slow.found == "it had not ended when the time of the run was over"
