"""A check that promises two things is shown to see each of them fail."""

import re
from dataclasses import replace

from sutaz_tui.checks import registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.burst import burst, resident
from sutaz_tui.checks.fresh_faults import FAULTS
from sutaz_tui.checks.second_twins import SECOND
from sutaz_tui.checks.wrong_content import WRONG_CONTENT
from sutaz_tui.demo.prove import prove

TWO = re.compile(r"\b(?:and|each|every|all|within)\b")
CHECKS = {check.id: check for check in registry.load()}


def test_each_title_with_two_promises_has_a_second_twin() -> None:
    assert {id for id, check in CHECKS.items() if TWO.search(check.title)} - set(SECOND) == set()


def test_no_second_twin_is_the_first_again_or_nobodys() -> None:
    for twins in (SECOND, WRONG_CONTENT):
        assert [id for id, twin in twins.items() if id not in CHECKS or CHECKS[id].twin == twin] == []
    assert [id for id, _, twin in FAULTS if id not in CHECKS or CHECKS[id].twin == twin] == []


async def test_a_check_that_takes_a_page_of_the_right_shape_for_the_truth_is_listed() -> None:
    """`memory does not grow over five bursts` by a page that a cache keeps."""

    async def trusting(ask: Ask) -> str:
        before = await resident(ask)
        await burst(ask, "backend", "/health", 5, 5)
        grown = await resident(ask) - before
        ask.expect(grown < 1e6, "less than 1 MB more", grown)
        return f"{grown:g} bytes"

    found = await prove([replace(CHECKS["load.memory"], run=trusting)])
    assert "wrong content" in {one.stack for one in found}


async def test_a_check_that_keeps_one_promise_of_two_is_listed() -> None:
    """`Letta answers as itself and reaches its model` by the model alone."""

    async def half(ask: Ask) -> str:
        body = await ask.body("letta", "/health")
        ask.expect(body.get("status") == "healthy" and body.get("ollama") is True, "healthy", "not")
        return "healthy"

    found = await prove([replace(CHECKS["agents.letta.healthy"], run=half)])
    assert {one.stack for one in found} == {"its second twin"}
