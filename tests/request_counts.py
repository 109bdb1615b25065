"""What each read-only check asks of the healthy simulated stack: `python -m tests.request_counts` writes it down."""

import asyncio
import json

from sutaz_tui.checks import registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Twin
from sutaz_tui.checks.by_kind import KIND_CHECKS
from sutaz_tui.demo.prove import with_more_kinds
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_stack import READS, not_passed, run
from tests.running import ROOT

FILE = ROOT / "sutaz_tui" / "checks" / "requests.json"


async def _logs_in(ask: Ask) -> str:
    await ask.login()
    return "logged in"


LOGIN = Check(
    "counting.login", "counting", "the account logs in", _logs_in, ("backend",), Twin(), logs_in=True
)
"""Runs before the others, so that none of them is the one that happens to log in for all."""


async def counted(stack: Demo) -> dict[str, int]:
    """Requests by check id; what does not pass was not counted to its end, and is an error."""
    counts: dict[str, int] = {}
    for heading in registry.HEADINGS:
        reads = [c for c in registry.load([heading.id]) if c.check_class is CheckClass.READS]
        found = await run(stack, [LOGIN, *reads], READS)
        assert not_passed(found) == {}
        counts |= {check.id: len(found[check.id].steps) for check in reads}
    of_kinds = [one.of_simulated() for one in KIND_CHECKS]
    reads = [check for check in of_kinds if check.check_class is CheckClass.READS]
    checking = Checking(with_more_kinds(stack))
    try:
        with stack.programs():
            ended = await checking.run(reads, ignore_needs=True)
    finally:
        await checking.aclose()
    by_id = {check.id: check.counted_as for check in reads}
    return counts | {by_id[result.check_id]: len(result.steps) for result in ended.results}


async def _write() -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        FILE.write_text(json.dumps(await counted(stack), indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
