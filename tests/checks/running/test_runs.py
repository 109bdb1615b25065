"""The desk: what runs beside what, what is remembered, tallies, `F` and cancelling."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Wrong
from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.model import CheckClass, CheckRun, Outcome, ServiceState, Status
from tests.checks.scripted import EVERYTHING, Watch, check, fails, passes, running, stack, state
from tests.hand_clock import HandClock, settle
from tests.loopback import until


class Table:
    """A desk with its clock, what it said and what it handed on to be kept."""

    def __init__(self) -> None:
        self.config = stack()
        self.states: dict[str, ServiceState] = {}
        self.clock = HandClock()
        self.changes = 0
        self.kept: list[CheckRun] = []
        self.desk: CheckRuns

    def changed(self) -> None:
        self.changes += 1


@asynccontextmanager
async def at_desk(*checks: Check) -> AsyncIterator[Table]:
    table = Table()
    async with running(table.config, lambda: table.states) as runner:
        table.desk = CheckRuns(runner, lambda: table.states, table.clock, table.changed, table.kept.append)
        table.desk.load(checks)
        try:
            yield table
        finally:
            await table.desk.stop()


async def ran(table: Table, checks: list[Check], scope: str, **more: Any) -> CheckRun:
    task = table.desk.run(checks, scope, **more)
    assert task is not None
    return await task


async def test_results_are_remembered_and_kept() -> None:
    checks = [check("good", passes, "redis"), check("bad", fails, "redis")]
    async with at_desk(*checks) as table:
        run = await ran(table, checks, "agents")
        assert table.kept == [run]
        assert {id: found.outcome for id, found in table.desk.results.items()} == {
            "agents.good": Outcome.PASS,
            "agents.bad": Outcome.FAIL,
        }
        assert [c.id for c in table.desk.failed(CheckClass.READS)] == ["agents.bad"]
        assert table.desk.before == {}
        await ran(table, checks, "agents")
        assert table.desk.before == {"agents.good": Outcome.PASS, "agents.bad": Outcome.FAIL}


async def test_nothing_to_run_is_told() -> None:
    async with at_desk() as table:
        assert table.desk.run([], "agents") is None
        assert not table.desk.is_running


async def test_a_scope_starts_anew_and_others_go_on() -> None:
    watch = Watch()
    one = check("a", watch.stays("a"))
    other = check("b", watch.stays("b"), category="api")
    async with at_desk(one, other) as table:
        first = table.desk.run([one], "agents")
        table.desk.run([other], "api")
        await until(lambda: sorted(watch.inside) == ["a", "b"])
        second = table.desk.run([one], "agents")
        assert first is not None and second is not None
        await until(first.done)
        assert first.cancelled() and not second.done()
        assert "b" in watch.inside
        await until(lambda: watch.order == ["a", "b", "a"])
        watch.go.set()
        await second
        await until(lambda: not table.desk.is_running)
        assert table.desk.results["api.b"].outcome is Outcome.PASS


async def test_the_tally_counts_up_while_it_runs() -> None:
    watch = Watch()
    checks = [check("a", watch.stays("a")), *(check(f"c{n}", passes) for n in range(3))]
    writes = check("w", passes, "redis", kind=CheckClass.WRITES)
    async with at_desk(*checks, writes) as table:
        before = table.desk.tallies(["agents"])["agents"]
        assert (before.total, before.at, before.not_run, before.running) == (5, None, 5, 0)
        task = table.desk.run(checks, "agents")
        assert task is not None
        await until(lambda: len(table.desk.results) == 3)
        now = table.desk.tallies(["agents"])["agents"]
        assert (now.running, now.done) == (4, 3)
        watch.go.set()
        await task
        after = table.desk.tallies(["agents"])["agents"]
        assert (after.running, after.passed, after.total, after.not_run, after.red) == (0, 4, 5, 1, 0)
        assert after.at is not None


async def test_a_skip_is_no_pass() -> None:
    writes = check("w", passes, "redis", kind=CheckClass.WRITES)
    async with at_desk(writes) as table:
        run = await ran(table, [writes], "agents")
        assert run.results[0].outcome is Outcome.SKIP
        tally = table.desk.tallies(["agents"])["agents"]
        assert (tally.passed, tally.not_run, tally.at) == (0, 1, None)


async def test_results_older_than_what_would_block_them_are_marked() -> None:
    checked = check("a", passes, "redis")
    async with at_desk(checked) as table:
        run = await ran(table, [checked], "agents")
        at = run.results[0].started
        for since, is_outdated in ((timedelta(seconds=1), True), (timedelta(seconds=-1), False)):
            table.states = {"redis": state(table.config, "redis", Status.DOWN, since=at + since)}
            assert table.desk.tallies(["agents"])["agents"].is_outdated is is_outdated
        table.states = {"redis": state(table.config, "redis", Status.DEGRADED, since=at + timedelta(1))}
        assert not table.desk.tallies(["agents"])["agents"].is_outdated


async def test_until_green_waits_longer_each_time_and_asks_only_what_is_red() -> None:
    asked: dict[str, list[float]] = {"mended": [], "good": [], "writes": []}

    async with at_desk() as table:

        def body(name: str, mended_after: int) -> Any:
            async def run(ask: Ask) -> str:
                asked[name].append(table.clock.monotonic())
                if len(asked[name]) <= mended_after:
                    raise Wrong("green", "red")
                return "green"

            return run

        checks = [
            check("mended", body("mended", 7)),
            check("good", body("good", 0)),
            check("writes", body("writes", 99), "redis", kind=CheckClass.WRITES),
        ]
        table.desk.load(checks)
        await ran(table, checks, "agents", allow=EVERYTHING)
        said: list[str] = []
        going = asyncio.create_task(table.desk.until_green(said.append))
        for _ in range(60):
            await settle()
            await table.clock.advance(1)
        assert await going == 0
        # The first of F is at once, then after 2, 4, 8 and each time 15 seconds.
        pauses = [round(b - a) for a, b in zip(asked["mended"][1:], asked["mended"][2:], strict=False)]
        assert pauses == [2, 4, 8, 15, 15, 15][: len(pauses)] and len(pauses) == 6
        assert said[:2] == ["try 2, next in 2 s; x stops", "try 3, next in 4 s; x stops"]
        assert len(asked["good"]) == len(asked["writes"]) == 1


async def test_until_green_gives_up_after_ten_minutes() -> None:
    bad = check("bad", fails)
    async with at_desk(bad) as table:
        await ran(table, [bad], "agents")
        await table.clock.advance(400)
        going = asyncio.create_task(table.desk.until_green(lambda _: None))
        for _ in range(500):
            await settle()
            await table.clock.advance(1)
        assert not going.done()
        for _ in range(150):
            await settle()
            await table.clock.advance(1)
        assert going.done()
        assert await going == 1


async def test_cancelling_drops_everything_now_and_says_how_much() -> None:
    watch = Watch()
    checks = [check(f"c{n}", watch.stays(f"c{n}")) for n in range(5)]
    async with at_desk(*checks) as table:
        task = table.desk.run(checks, "agents")
        await until(lambda: len(watch.inside) == 5)
        assert table.desk.cancel() == 5
        assert not table.desk.is_running
        assert table.desk.running() == frozenset()
        assert task is not None
        await until(task.done)
        assert watch.inside == [] and table.desk.results == {} and table.kept == []
        assert table.desk.cancel() == 0


async def test_stopping_waits_for_what_is_removed() -> None:
    removed: list[str] = []
    is_made = asyncio.Event()

    async def run(ask: Ask) -> str:
        async def undo() -> None:
            await settle()
            removed.append("sutaztui-key")

        ask.afterwards("sutaztui-key", undo)
        is_made.set()
        await asyncio.Event().wait()
        return ""

    made = check("a", run, "redis", kind=CheckClass.WRITES)
    async with at_desk(made) as table:
        table.desk.run([made], "agents", EVERYTHING)
        await is_made.wait()
        await table.desk.stop()
        assert removed == ["sutaztui-key"]
