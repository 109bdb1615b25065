"""Checks that are run together: in one turn, each told as soon as it has ended."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.turns import Turns
from sutaz_tui.model import RED, Outcome

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Batch, Check, Ended


def batches_of(checks: "Iterable[Check]") -> "list[tuple[Batch, list[Check]]]":
    """The checks that are run together, by their batch."""
    found: dict[int, tuple[Batch, list[Check]]] = {}
    for check in checks:
        if check.batch is not None:
            found.setdefault(id(check.batch), (check.batch, []))[1].append(check)
    return list(found.values())


async def run_batch(
    batch: "Batch",
    checks: "list[Check]",
    turns: Turns,
    tell: "Callable[[Check, Ended], None]",
    until: float | None,
    failed: asyncio.Event | None,
) -> None:
    """Run checks of one batch until a moment (by the loop's clock); `failed` is set by what is red, and stops it where given."""
    from sutaz_tui.checks.base import Ended

    told: set[str] = set()

    def ended(check: "Check", end: "Ended") -> None:
        told.add(check.id)
        if failed is not None and end.outcome in RED:
            failed.set()
        tell(check, end)

    words = "not run: the suite did not tell of it"
    try:
        async with asyncio.timeout_at(until), turns.turn(checks[0]):
            if failed is None or not failed.is_set():
                await batch.run(checks, ended, failed is not None)
            else:
                words = "not run: an earlier check failed"
    except TimeoutError:
        words = "not run: the time of the run was over"
    for check in checks:
        if check.id not in told:
            tell(check, Ended(Outcome.SKIP, "", "", words))
