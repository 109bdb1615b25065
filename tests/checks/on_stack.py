"""Checks run on a simulated stack, and what it was asked meanwhile."""

import asyncio
import json
import urllib.request
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from sutaz_tui.checks import registry
from sutaz_tui.checks.base import Check
from sutaz_tui.config import Config
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass, CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from sutaz_tui.wiring.engine import build
from tests.servers.waiting import patient, slowness

EVERYTHING = frozenset(CheckClass)
READS = frozenset({CheckClass.READS})
LEAVE = 5.0
"""How much slower a machine may become while checks run that are not about speed."""


async def results(
    scenario: str, *categories: str, allow: frozenset[CheckClass] = EVERYTHING
) -> dict[str, CheckResult]:
    """The results of whole categories on a stack of their own, by check id."""
    with Demo(scenario) as stack:
        await stack.listening()
        return await run(stack, registry.load(categories), allow)


async def run(
    stack: Demo, checks: Iterable[Check], allow: frozenset[CheckClass], leave: float = LEAVE
) -> dict[str, CheckResult]:
    """The results of checks on a stack that listens, by check id."""
    checking = Checking(small_config(stack, leave))
    try:
        ended = await checking.run(list(checks), allow=allow)
    finally:
        await checking.aclose()
    return {result.check_id: result for result in ended.results}


def small_config(stack: Demo, leave: float = LEAVE) -> Config:
    """The config of a stack with the smallest load figures, judged as this machine is slow, and `leave` times slower yet."""
    config = stack.smallest_config()
    limits = config.checks.limits
    limits = msgspec.structs.replace(
        limits, p95=patient(leave * limits.p95), rps=limits.rps / (leave * slowness())
    )
    return replace(config, checks=msgspec.structs.replace(config.checks, limits=limits))


def not_passed(found: dict[str, CheckResult]) -> dict[str, str]:
    """What did not pass: its message by check id."""
    return {
        id: f"{result.outcome}: {result.message}"
        for id, result in found.items()
        if result.outcome is not Outcome.PASS
    }


async def forget(stack: Demo) -> None:
    """Have the stack count from here."""
    await asyncio.to_thread(_control, stack, "POST", "/control/counts/reset")


async def requests(stack: Demo) -> list[dict[str, Any]]:
    """What the stack was asked since it was told to forget."""
    found: list[dict[str, Any]] = await asyncio.to_thread(_control, stack, "GET", "/control/requests")
    return found


Sent = frozenset[tuple[str, str, str]]


async def sent(stack: Demo) -> Sent:
    """Endpoint, method and path of what the stack was asked since it was told to forget."""
    return frozenset((one["endpoint"], one["method"], one["path"]) for one in await requests(stack))


async def sent_by_checks_alone(stack: Demo) -> Sent:
    """What read-only checks send and boards and logs do not: by it a test sees whether a check ran on a live board."""
    await forget(stack)
    await run(stack, [c for c in registry.load() if c.check_class is CheckClass.READS], READS)
    by_checks = await sent(stack)
    await forget(stack)
    engine = build(stack.config())
    try:
        for _ in range(2):
            await engine.one_round()
    finally:
        await engine.stop()
    others = await sent(stack)
    return frozenset(one for one in by_checks - others if one[0] not in ("docker", "loki"))


def _control(stack: Demo, method: str, path: str) -> Any:
    request = urllib.request.Request(stack.control + path, method=method)
    with urllib.request.urlopen(request, timeout=patient(10)) as answer:
        return json.loads(answer.read())
