"""What a check made is removed however it ends, and what could not be removed is listed."""

import asyncio
import time

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, Wrong
from sutaz_tui.errors import Refused
from sutaz_tui.model import CheckClass, Outcome
from tests.checks.scripted import EVERYTHING, Watch, check, ended, one, passes, running, stack
from tests.hand_clock import settle
from tests.loopback import until


def writes(removed: list[str], then: str) -> Run:
    """A body that makes two things, and then ends in a way."""

    async def run(ask: Ask) -> str:
        for name in ("sutaztui-1", "sutaztui-2"):

            async def undo(name: str = name) -> None:
                removed.append(name)

            ask.afterwards(f"key {name}", undo)
        if then == "fails":
            raise Wrong("a value", "none")
        if then == "crashes":
            raise KeyError(then)
        if then == "stays":
            await asyncio.Event().wait()
        return "made"

    return run


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        ("passes", Outcome.PASS),
        ("fails", Outcome.FAIL),
        ("crashes", Outcome.ERROR),
        ("stays", Outcome.ERROR),
    ],
)
async def test_what_was_made_is_removed_last_first_however_the_check_ends(
    then: str, outcome: Outcome
) -> None:
    removed: list[str] = []
    made = check("a", writes(removed, then), "redis", kind=CheckClass.WRITES, timeout=0.05)
    found = await one(made)
    assert found.outcome is outcome
    assert removed == ["sutaztui-2", "sutaztui-1"]
    assert found.left == ()


async def test_what_can_not_be_removed_is_listed_and_the_rest_is_removed() -> None:
    removed: list[str] = []

    async def run(ask: Ask) -> str:
        async def works() -> None:
            removed.append("key")

        async def refused() -> None:
            raise Refused("RabbitMQ", ":10005 refused")

        async def wrong() -> None:
            raise Wrong("204", "403")

        async def faulty() -> None:
            raise KeyError("queue")

        for words, undo in (("key", works), ("queue", refused), ("collection", wrong), ("user", faulty)):
            ask.afterwards(f"sutaztui-{words}", undo)
        return "made"

    found = await ended(check("a", run, "redis", kind=CheckClass.WRITES), check("b", passes))
    assert found["a"].left == (
        "sutaztui-user (internal error of the check: KeyError: 'queue')",
        "sutaztui-collection (expected 204; found 403)",
        "sutaztui-queue (:10005 refused)",
    )
    assert removed == ["key"]
    assert found["b"].outcome is Outcome.PASS


async def test_removing_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sutaz_tui.checks.running.runner.CLEAN_UP_WITHIN", 0.05)

    async def run(ask: Ask) -> str:
        async def stays() -> None:
            await asyncio.Event().wait()

        ask.afterwards("sutaztui-key", stays)
        return "made"

    assert (await one(check("a", run, "redis", kind=CheckClass.WRITES))).left == (
        "sutaztui-key (no time left)",
    )


async def test_a_cancel_drops_requests_at_once_starts_nothing_and_still_removes() -> None:
    removed: list[str] = []
    dropped: list[float] = []
    may_remove = asyncio.Event()
    is_made = asyncio.Event()
    watch = Watch()

    async def run(ask: Ask) -> str:
        async def undo() -> None:
            await may_remove.wait()
            removed.append("sutaztui-key")

        ask.afterwards("sutaztui-key", undo)
        is_made.set()
        try:
            await asyncio.Event().wait()
        finally:
            dropped.append(time.perf_counter())
        return ""

    later = [check(f"c{n}", watch.stays("later"), "redis", kind=CheckClass.WRITES) for n in range(3)]
    async with running(stack()) as runner:
        checks = [check("a", run, "redis", kind=CheckClass.WRITES), *later]
        going = asyncio.create_task(runner.run(checks, allow=EVERYTHING))
        await is_made.wait()
        cancelled = time.perf_counter()
        going.cancel()
        await until(lambda: bool(dropped))
        assert dropped[0] - cancelled < 0.2
        assert removed == []
        # A second cancel, of one who can not wait, leaves the removing alone.
        going.cancel()
        await settle()
        may_remove.set()
        with pytest.raises(asyncio.CancelledError):
            await going
    assert removed == ["sutaztui-key"]
    assert watch.order == []
