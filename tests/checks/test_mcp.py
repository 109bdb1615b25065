"""The bridge's category: every check is proven, and every old test of its row has a successor."""

from sutaz_tui.checks import messaging
from sutaz_tui.checks.mcp import CATEGORY, NOT_COVERED
from sutaz_tui.checks.messaging.management import takes
from sutaz_tui.demo.prove import prove


async def test_each_check_passes_on_the_healthy_stack_and_fails_on_its_own_fault_only() -> None:
    assert [str(unproven) for unproven in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_covered_here_or_where_it_says() -> None:
    covered = {old for check in CATEGORY.checks for old in check.covers} | set(NOT_COVERED)
    assert {f"mcp-{number:02}" for number in range(1, 23)} <= covered
    elsewhere = {old: check.id for check in messaging.CATEGORY.checks for old in check.covers}
    for old, why in NOT_COVERED.items():
        assert elsewhere[old] in why


def test_a_topic_pattern_takes_the_keys_that_the_broker_would_route() -> None:
    for pattern, key, is_taken in (
        ("agent.letta.*", "agent.letta.task", True),
        ("agent.letta.*", "agent.letta (memgpt).task", False),
        ("agent.letta.*", "agent.letta", False),
        ("agent.letta.*", "agent.letta.task.one", False),
        ("agent.#", "agent", True),
        ("agent.#", "agent.a.b.c", True),
        ("#.task", "agent.letta.task", True),
        ("bridge.*", "agent.task", False),
    ):
        assert takes(pattern, key) is is_taken, (pattern, key)
