"""Whatever happens, and in whatever order: spans leave no gap while somebody watches, and since never lies."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sutaz_tui.model import Status
from tests.hand_clock import HandClock
from tests.state.history.remembering import Watched, assert_gapless

TOLERANCE = 13.0
"""Seconds by which a change is seen late: an interval, and the second ask."""
SHORTEST = 60.0
"""A phase of the service; what is over between two asks nobody sees."""

steps = st.one_of(
    st.tuples(st.just("run"), st.integers(1, 90)),
    st.tuples(st.just("flip"), st.just(0)),
    st.tuples(st.just("stop"), st.integers(1, 4000)),
    st.tuples(st.just("kill"), st.integers(1, 4000)),
    st.tuples(st.just("freeze"), st.integers(1, 600)),
    st.tuples(st.just("set clock"), st.sampled_from([-7200, -3600, -30, 30, 3600, 90_000])),
    st.tuples(st.just("set clock while nothing runs"), st.sampled_from([-7200, -3600, -30, 30, 3600])),
)


class World:
    """A service that is up or down in truth, and programs that watch it, one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.is_up = True
        self.flipped = -1e9
        self.program: Watched | None = None

    @property
    def time(self) -> float:
        """True seconds."""
        return self.clock.monotonic()

    async def begin(self) -> None:
        self.program = Watched(self.folder, self.clock)
        self.follow_truth()
        await self.program.stand.__aenter__()
        self.program.look()

    def follow_truth(self) -> None:
        if self.program is not None:
            (self.program.heal if self.is_up else self.program.refuse)()

    async def do(self, what: str, much: int) -> None:
        assert self.program is not None
        match what:
            case "run":
                await self.program.run(much)
            case "flip":
                if self.time - self.flipped < SHORTEST:
                    await self.program.run(SHORTEST)
                self.is_up, self.flipped = not self.is_up, self.time
                self.follow_truth()
            case "freeze":
                self.clock.freeze(much)
                await self.program.run(1)
            case "set clock":
                self.clock.set(much)
                self.program.look()
            case "set clock while nothing runs":
                await self.end("stop")
                self.clock.set(much)
                await self.begin()
            case _:
                await self.end(what)
                await self.clock.advance(much)
                await self.begin()

    async def end(self, how: str) -> None:
        assert self.program is not None
        (self.program.stop if how == "stop" else self.program.kill)()
        await self.program.stand.__aexit__()

    def check_since(self) -> None:
        """What is shown lasts no longer than it does in truth."""
        assert self.program is not None
        state = self.program.stand.state("redis")
        if state.since is None or state.asked is None or state.status not in (Status.UP, Status.DOWN):
            return
        claimed = (self.clock.now() - state.since).total_seconds()
        is_right = (state.status is Status.UP) is self.is_up
        true = self.time - self.flipped if is_right else 0.0
        if is_right:
            assert claimed <= true + TOLERANCE, (claimed, true, state.status)

    def check_spans(self) -> None:
        """Each watch is filled from the first answer to its end, in order, by spans that touch and do not overlap."""
        assert self.program is not None
        assert_gapless(self.program.spans(), self.program.watches())


@given(st.lists(steps, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_spans_are_gapless_and_ordered_and_since_never_lies(script: list[tuple[str, int]]) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder))
            await world.begin()
            for what, much in script:
                await world.do(what, much)
                world.check_since()
                world.check_spans()
            await world.do("run", 30)
            world.check_since()
            await world.end("stop")
            world.check_spans()

    asyncio.run(live())
