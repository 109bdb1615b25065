"""What a trouble comes from in the end, and that what is well comes from nothing."""

from sutaz_tui.errors import Refused, TimedOut
from sutaz_tui.model import Status
from sutaz_tui.probes.base import Finding
from tests.engine.scripted import Stand, tcp


def stack() -> Stand:
    return Stand(
        tcp("postgres", host="db"),
        tcp("backend", needs=("postgres",), host="app"),
        tcp("frontend", needs=("backend",), host="web"),
        tcp("kong", needs=("postgres",), host="gate"),
    )


async def test_what_hangs_on_something_that_hangs_comes_from_what_is_down_behind_both() -> None:
    async with stack() as stand:
        await stand.run(20)
        stand["postgres"].error = Refused("POSTGRES", ":1 refused")
        await stand.run(3)
        for id in ("backend", "frontend"):
            stand[id].error = TimedOut(id.upper(), "no answer within 5 s")
        await stand.run(35)
        assert stand.state("backend").because == stand.state("frontend").because == ("postgres",)
        [cause] = stand.engine.snapshot().causes
        assert (cause.id, set(cause.affected)) == ("postgres", {"backend", "frontend"})


async def test_what_is_well_is_because_of_nothing_whatever_it_says_of_what_is_down() -> None:
    async with stack() as stand:
        stand["kong"].finding = Finding("14 connections to postgres", latency=0.003)
        await stand.run(20)
        stand["postgres"].error = Refused("POSTGRES", ":1 refused")
        await stand.run(35)
        assert (stand.status("kong"), stand.state("kong").because) == (Status.UP, ())
        [cause] = stand.engine.snapshot().causes
        assert cause.affected == ()
