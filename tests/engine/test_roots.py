"""What a trouble comes from in the end, and that what is well, or was never asked, tells of nothing."""

from msgspec.structs import replace

from sutaz_tui.engine.hosts import silent_hosts
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


async def test_what_names_another_comes_from_what_is_behind_that_one() -> None:
    async with stack() as stand:
        await stand.run(20)
        stand["frontend"].finding = Finding("backend is slow", Status.DEGRADED, 0.003, "slow")
        await stand.run(60)
        stand["postgres"].error = Refused("POSTGRES", ":1 refused")
        await stand.run(3)
        stand["backend"].error = TimedOut("BACKEND", "no answer within 5 s")
        await stand.run(35)
        assert stand.state("frontend").because == ("postgres",)


async def test_what_is_well_is_because_of_nothing_whatever_it_says_of_what_is_down() -> None:
    async with stack() as stand:
        stand["kong"].finding = Finding("14 connections to postgres", latency=0.003)
        await stand.run(20)
        stand["postgres"].error = Refused("POSTGRES", ":1 refused")
        await stand.run(35)
        assert (stand.status("kong"), stand.state("kong").because) == (Status.UP, ())
        [cause] = stand.engine.snapshot().causes
        assert cause.affected == ()


async def test_a_silent_host_is_a_cause_whoever_on_it_was_never_asked() -> None:
    ids = [f"s{number}" for number in range(7)]
    async with Stand(*(tcp(id, host="far") for id in ids)) as stand:
        for id in ids:
            stand[id].error = TimedOut(id.upper(), "no answer within 5 s")
        await stand.run(60)
        by_id = {state.service.id: state for state in stand.engine.snapshot().services}
        for id in ids[3:]:
            by_id[id] = replace(by_id[id], asked=None, status=Status.UNKNOWN)
        graph = stand.engine.store.dependencies
        [cause] = silent_hosts(by_id, ids[:3], lambda _: None, graph)
        assert cause.affected == tuple(ids[:3])
