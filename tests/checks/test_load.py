"""What load and performance are judged by: the limits of the config, and answers that are the ones wanted."""

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.checks.base import Check
from sutaz_tui.demo.prove import Control
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass, CheckResult, Outcome
from tests.checks.on_stack import EVERYTHING, LEAVE, run
from tests.servers.waiting import patient

LOADED = [
    check
    for check in registry.load(["load", "performance"])
    if check.service in ("backend", "chromadb", "qdrant") and "ollama" not in check.needs
]
SECONDS = [
    check
    for check in LOADED
    if not check.id.endswith((".recovery", ".metrics", ".memory", ".websocket.rate"))
]
HTML = "<!doctype html><title>Sign in</title><p>healthy models heartbeat result</p>"


async def ended(
    checks: list[Check], patches: list[dict[str, object]], faults: dict[str, str], leave: float = LEAVE
) -> dict[str, CheckResult]:
    with Demo("healthy") as stack:
        await stack.listening()
        await Control(stack.control).be(patches=patches, faults=faults)
        return await run(stack, checks, EVERYTHING, leave)


def passed(found: dict[str, CheckResult]) -> list[str]:
    return [id for id, result in found.items() if result.outcome is Outcome.PASS]


async def test_none_passes_that_took_longer_than_the_config_allows() -> None:
    """`load.login.concurrent` passed with a p95 of 9.8 s where `checks.limits.p95` is 1."""
    assert all(check.check_class is CheckClass.HEAVY for check in LOADED)
    too_slow = dict.fromkeys(("backend", "chromadb", "qdrant"), f"slow={patient(0.7):g}")
    slow = await ended(SECONDS, [], too_slow, leave=1.0)
    assert passed(slow) == []


@pytest.mark.parametrize("body", [HTML, {"status": "healthy"}], ids=["a page", "anybody's health"])
async def test_no_200_of_somebody_else_counts_as_an_answer(body: object) -> None:
    patches: list[dict[str, object]] = [
        {"endpoint": name, "status": 200, "body": body} for name in ("backend", "chromadb", "qdrant")
    ]
    assert passed(await ended(LOADED, patches, {})) == []
