"""Checks that are cancelled when they have written and before they have cleaned up."""

import asyncio
import dataclasses

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check
from sutaz_tui.config import Config
from sutaz_tui.model import CheckClass
from sutaz_tui.wiring.checks import Checking
from tests.servers.waiting import patient


async def cancelled(config: Config, check: Check) -> None:
    """Run a check until its body has done everything, cancel it there, and wait for its clean-up."""
    has_written = asyncio.Event()

    async def stays(ask: Ask) -> str:
        await check.run(ask)
        assert ask.undo, f"{check.id} announces nothing to remove"
        has_written.set()
        await asyncio.Event().wait()
        return ""

    checking = Checking(config)
    running = asyncio.create_task(
        checking.run([dataclasses.replace(check, run=stays)], allow=frozenset(CheckClass), ignore_needs=True)
    )
    ended = asyncio.create_task(has_written.wait())
    try:
        await asyncio.wait({running, ended}, timeout=patient(20), return_when=asyncio.FIRST_COMPLETED)
        assert has_written.is_set(), running.result() if running.done() else "it has not written within 20 s"
        running.cancel()
        await asyncio.wait({running}, timeout=patient(10))
        assert running.cancelled()
    finally:
        ended.cancel()
        running.cancel()
        await checking.aclose()


async def outcomes(config: Config, checks: list[Check], longest: float | None = None) -> dict[str, str]:
    """Outcome and message of each check, everything allowed, by its id without the category."""
    checking = Checking(config)
    try:
        run = await checking.run(checks, allow=frozenset(CheckClass), ignore_needs=True, longest=longest)
    finally:
        await checking.aclose()
    return {
        result.check_id.partition(".")[2]: f"{result.outcome}: {result.message}"
        + (f"; left {', '.join(result.left)}" if result.left else "")
        for result in run.results
    }
