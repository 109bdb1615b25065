"""Checks on a timer: when they are due, by whom, what never is, and what a run says that it changed."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from sutaz_tui.checks.base import Check
from sutaz_tui.checks.running.timed import TimedChecks, finished_words, timed_checks, turned
from sutaz_tui.cli.record import _timed
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass, CheckResult, CheckRun, Outcome
from sutaz_tui.state.history.memory import Memory
from sutaz_tui.state.history.spans import events
from sutaz_tui.wiring.engine import build
from tests.checks.scripted import check, result, run_of
from tests.hand_clock import HandClock
from tests.loopback import until
from tests.servers.waiting import patient

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.SKIP


def results(*pairs: tuple[str, Outcome]) -> dict[str, CheckResult]:
    return {id: result(id, outcome) for id, outcome in pairs}


def test_a_finished_run_says_what_changed_since_the_last() -> None:
    before = results(("a", PASS), ("b", PASS), ("c", FAIL), ("d", FAIL), ("e", SKIP))
    run = run_of(
        *results(
            ("a", FAIL), ("b", Outcome.BLOCKED), ("c", PASS), ("d", FAIL), ("e", FAIL), ("f", FAIL)
        ).values()
    )
    assert turned(run, before) == "2 turned red, 1 green"
    assert finished_words(run, before) == f"{run.scope}: 1 pass, 5 red; 2 turned red, 1 green"
    assert turned(run_of(result("c", PASS)), before) == "1 turned green"
    assert turned(run_of(result("a", PASS)), before) == ""
    assert turned(run_of(result("a", FAIL)), {}) == ""


def test_only_what_reads_and_logs_nobody_in_is_asked_on_a_timer() -> None:
    checks = [
        check("reads"),
        check("logs_in", logs_in=True),
        *(check(str(kind), kind=kind) for kind in CheckClass if kind is not CheckClass.READS),
    ]
    assert [one.id for one in timed_checks(checks, "agents")] == ["agents.reads"]


class Desk:
    """A timer with what it asked and told."""

    def __init__(self, every: float) -> None:
        self.clock = HandClock()
        self.results: dict[str, CheckResult] = {}
        self.ends = PASS
        self.asked: list[str] = []
        self.told: list[str] = []
        self.is_ours = True
        self.timed = TimedChecks(
            {"agents": every}, lambda _: [check("one")], self._run, lambda: self.results,
            lambda: self.is_ours, self.told.append, self.clock,
        )  # fmt: skip

    async def _run(self, checks: list[Check], category: str) -> CheckRun:
        self.asked.append(f"{self.clock.monotonic():.0f}")
        found = [result(one.id, self.ends, started=self.clock.now()) for one in checks]
        self.results.update({one.check_id: one for one in found})
        return run_of(*found)


@asynccontextmanager
async def desk(every: float) -> AsyncIterator[Desk]:
    made = Desk(every)
    task = asyncio.create_task(made.timed.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_category_is_asked_each_so_often_and_not_at_the_start() -> None:
    async with desk(60) as made:
        await made.clock.advance(59)
        assert made.asked == []
        await made.clock.advance(130)
        assert made.asked == ["60", "120", "180"]


async def test_who_does_not_write_the_history_asks_nothing() -> None:
    async with desk(60) as made:
        made.is_ours = False
        await made.clock.advance(200)
        assert made.asked == []
        made.is_ours = True
        await made.clock.advance(2)
        assert len(made.asked) == 1


async def test_a_category_that_turns_red_or_green_is_told_once() -> None:
    async with desk(60) as made:
        await made.clock.advance(61)
        made.ends = FAIL
        await made.clock.advance(120)
        made.ends = PASS
        await made.clock.advance(120)
    assert made.told == ["checks of agents: 1 red: agents.one", "checks of agents: all green"]


async def test_the_recorder_asks_and_a_category_that_turned_red_stands_in_the_history(tmp_path: Path) -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        config = stack.smallest_config()
        config = dataclasses.replace(config, checks=replace(config.checks, every={"caching": 0.2}))
        engine = build(config)
        memory = Memory(config, "record", tmp_path, recorded=tmp_path)
        told: list[str] = []
        with memory.recording(engine, told.append) as recorder:
            assert recorder is not None
            await engine.start()
            recording = asyncio.create_task(recorder.run())
            try:
                async with _timed(engine, recorder, told.append):
                    await until(lambda: recorder.is_writing)
                    stack_be(stack, {"redis_info": ["maxmemory_policy:noeviction"]})
                    await until(lambda: any("caching.policy" in words for words in told))
            finally:
                recording.cancel()
                recorder.close()
                await engine.stop()
        assert memory.file is not None
        whole = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
        found = memory.file.read(lambda database: events(database, *whole))
        assert any(event.kind == "checks" and "caching.policy" in event.words for event in found)


def stack_be(stack: Demo, traits: dict[str, object]) -> None:
    import json
    import urllib.request

    body = json.dumps({"traits": traits}).encode()
    request = urllib.request.Request(f"{stack.control}/control/state", body, method="PUT")
    urllib.request.urlopen(request, timeout=patient(30)).close()
