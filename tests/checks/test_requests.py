"""The numbers of requests that are told before checks run are those that they send."""

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.checks.base import Check, Twin
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass
from sutaz_tui.tui.screens.checks.offer import measured, offer
from tests.checks.on_stack import READS, forget, requests, run
from tests.request_counts import counted


def reads(category: str) -> list[Check]:
    return [check for check in registry.load([category]) if check.check_class is CheckClass.READS]


async def test_each_check_sends_what_is_written_of_it() -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        assert await counted(stack) == measured(), "python -m tests.request_counts writes it anew"


@pytest.mark.parametrize("category", ["api", "security"])
async def test_a_category_sends_as_many_as_its_offer_says_and_its_login(category: str) -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        checks = reads(category)
        told = sum(measured()[check.id] for check in checks)
        await forget(stack)
        found = await run(stack, checks, READS)
        asked = sum(len(result.steps) for result in found.values())
        assert told <= asked <= told + 1
        # Everything that reaches the stack is recorded; what it does not take for a request is a bare connection.
        assert len(await requests(stack)) <= asked
        assert offer(category, checks, {}).words == (
            f"{category}: {len(checks)} read-only checks, about {told} requests"
        )
        assert offer(category, checks, found).words == (
            f"{category}: {len(checks)} read-only checks, {asked} requests last time"
        )


def test_a_users_own_check_is_not_counted_and_told() -> None:
    async def asks(_: object) -> str:
        return "well"

    own = Check("own.shop", "own", "the shop", asks, ("backend",), Twin())
    checks = [*reads("mcp"), own]
    told = sum(measured()[check.id] for check in checks[:-1])
    assert offer("all", checks, {}).words == (
        f"all: {len(checks)} read-only checks, about {told} requests + those of 1 own"
    )


def test_nothing_to_run_is_no_offer() -> None:
    assert offer("5 mcp", [], {}).checks == 0
