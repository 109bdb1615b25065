"""One call of `check`: the needed services' probes, the checks, and red ones again where that is wanted."""

import math
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.attaching import of_recorder

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.engine.engine import Engine
    from sutaz_tui.model import CheckResult, CheckRun
    from sutaz_tui.state.write_turn import CheckTurns
    from sutaz_tui.wiring.checks import Checking

PAUSES = (2.0, 4.0, 8.0, 15.0)


@dataclass
class CheckRound:
    """One call of the command: the needed services' probes, the checks, and red ones again where that is wanted."""

    config: "Config"
    stack: "Demo | None"
    chosen: "list[Check]"
    allow: frozenset[str]
    ignore_needs: bool = False
    fail_fast: bool = False
    until_green: float | None = None
    repeat: int = 1
    within: float | None = None
    _recorder: "Engine | None" = field(default=None, init=False)
    _end: float = field(default=math.inf, init=False)

    async def run(self) -> "CheckRun":
        """All results; of a check that ran several times the worst, or with `--until-green` the last."""
        import asyncio
        from datetime import UTC, datetime

        from msgspec.structs import replace

        from sutaz_tui.wiring.checks import Checking

        began = datetime.now(UTC)
        if self.stack is not None:
            self.stack.start()
            await self.stack.listening()
        if self.within is not None:
            self._end = asyncio.get_running_loop().time() + self.within
        async with AsyncExitStack() as closing:
            turns = None
            running = Checking(self.config)
            closing.push_async_callback(running.aclose)
            if self.stack is None:
                self._recorder = await closing.enter_async_context(of_recorder(self.config))
                turns = await closing.enter_async_context(self._turn())
            run = await self._all_of(running)
            if turns is not None:
                await turns.share(run)
            # From the first question on, of the needed services too.
            return replace(run, started=began, finished=datetime.now(UTC))

    @asynccontextmanager
    async def _turn(self) -> "AsyncIterator[CheckTurns]":
        """Inside, others know what runs here, and nobody else's checks write; SutazError while another's do."""
        from sutaz_tui.errors import SutazError
        from sutaz_tui.model import CheckClass
        from sutaz_tui.state.write_turn import CheckTurns
        from sutaz_tui.text.units import first_of

        recorder = self._recorder
        turns = CheckTurns(self.config, lambda: recorder.link if recorder is not None else None)
        wanted = [one for one in self.chosen if self.allow.issuperset(one.wants)]
        scope = first_of(list(dict.fromkeys(one.category for one in wanted)), 2)
        if refusal := await turns.begin(
            scope, any(one.check_class is not CheckClass.READS for one in wanted)
        ):
            raise SutazError(f"nothing was run: {refusal}")
        try:
            yield turns
        finally:
            turns.end(scope)

    async def _all_of(self, running: "Checking") -> "CheckRun":
        import asyncio

        run = await self._once(running, self.chosen)
        for number in range(2, self.repeat + 1):
            if self._end <= asyncio.get_running_loop().time():
                break
            again = await self._once(running, self.chosen)
            run = _worse(run, again)
            _progress(f"run {number} of {self.repeat}: {_red(again)} red")
        return await self._until(running, run, self.until_green) if self.until_green is not None else run

    async def _once(self, running: "Checking", checks: "list[Check]") -> "CheckRun":
        import asyncio

        from sutaz_tui.process.progress import Progress

        if not self.ignore_needs:
            known = {service.id for service in self.config.services}
            needed = frozenset(id for one in checks for id in one.needs if id in known)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._end):
                    await running.probe(needed, self._recorder)
        progress = Progress(len(checks), "checks")
        try:
            return await running.run(
                checks,
                lambda _: progress.step(),
                allow=self.allow,
                ignore_needs=self.ignore_needs,
                fail_fast=self.fail_fast,
                scope="headless",
                until=self._end,
            )
        finally:
            progress.end()

    async def _until(self, running: "Checking", run: "CheckRun", seconds: float) -> "CheckRun":
        """Ask red reads again after growing pauses; checks that write are never repeated."""
        import asyncio

        from sutaz_tui.model import RED, CheckClass

        loop = asyncio.get_running_loop()
        end = min(loop.time() + seconds, self._end)
        tries = 0
        while True:
            red = {r.check_id for r in run.results if r.outcome in RED and r.check_class is CheckClass.READS}
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            if not red or loop.time() + pause > end:
                return run
            tries += 1
            _progress(f"{len(red)} red; try {tries + 1} in {pause:g} s")
            await asyncio.sleep(pause)
            again = await self._once(running, [one for one in self.chosen if one.id in red])
            run = _newer(run, again)


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(words, err=True)


def _red(run: "CheckRun") -> int:
    from sutaz_tui.model import RED

    return sum(result.outcome in RED for result in run.results)


def _newer(run: "CheckRun", again: "CheckRun") -> "CheckRun":
    from msgspec.structs import replace

    newer = {result.check_id: result for result in again.results}
    results = tuple(
        _after(result, newer[result.check_id]) if result.check_id in newer else result
        for result in run.results
    )
    return replace(run, results=results, finished=again.finished)


def _after(before: "CheckResult", now: "CheckResult") -> "CheckResult":
    """A result that says, where it passed at last, at which try and what was wrong before."""
    from msgspec.structs import replace

    from sutaz_tui.model import Outcome

    tries = before.tries + now.tries
    if now.outcome is not Outcome.PASS:
        return replace(now, tries=tries)
    return replace(now, tries=tries, found=f"{now.found}; only on try {tries}, before that {before.message}")


def _worse(run: "CheckRun", again: "CheckRun") -> "CheckRun":
    from msgspec.structs import replace

    from sutaz_tui.model import RED

    newer = {result.check_id: result for result in again.results}
    results = tuple(
        newer[result.check_id]
        if newer[result.check_id].outcome in RED and result.outcome not in RED
        else result
        for result in run.results
    )
    return replace(run, results=results, finished=again.finished)
