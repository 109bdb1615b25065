"""More is due than this program can ask: what answers is asked in time, and nobody is blamed for our delay."""

import asyncio

from sutaz_tui.errors import TimedOut
from sutaz_tui.model import Answer, Status
from sutaz_tui.output.plain import PlainBoard
from tests.engine.scripted import Scripted, Stand, tcp
from tests.hand_clock import HandClock

DEADLINE = 5.0


class Silent(Scripted):
    """Does not answer until it is `awake`: its ask holds a slot until its deadline."""

    awake = False

    async def ask(self) -> Answer:
        if self.awake:
            self.error = None
            return await super().ask()
        await self.clock.wait(asyncio.Event(), DEADLINE)
        self.error = TimedOut(self.service.title, f"no answer within {DEADLINE:g} s")
        return await super().ask()


def stand_of(silent: int, healthy: int) -> Stand:
    """The silent ones first, as in the config in which it was seen."""
    names = [f"s{number}" for number in range(silent)] + [f"h{number}" for number in range(healthy)]
    stand = Stand(*(tcp(name, interval=15.0, host=name) for name in names), clock=HandClock())
    for name in names[:silent]:
        stand.probes[name] = Silent(stand.probes[name].service, stand.clock)
    return stand


async def test_a_thousand_silent_services_starve_none_of_two_hundred_that_answer() -> None:
    async with stand_of(1000, 200) as stand:
        # Who keeps silent is not known before it was asked: 1,000 deadlines of 5 s in 64 slots.
        await stand.run(90)
        healthy = [f"h{number}" for number in range(200)]
        for id in healthy:
            stand[id].asked.clear()
        await stand.run(120)
        snapshot = stand.engine.snapshot()
        states = {state.service.id: state for state in snapshot.services}
        assert {states[id].status for id in healthy} == {Status.UP}
        assert min(len(stand[id].asked) for id in healthy) >= 6, "every 15 s, as its interval says"
        assert not [state for state in states.values() if "three intervals" in (state.error or "")]
        assert {state.status for id, state in states.items() if id not in healthy} <= {
            Status.DOWN,
            Status.DEGRADED,
        }
        assert snapshot.behind > 100


async def test_what_is_due_and_not_asked_keeps_its_last_status_and_nobody_is_blamed() -> None:
    async with Stand(tcp("a"), tcp("b"), asks=1) as stand:
        stand["a"].stuck = asyncio.Event()
        await stand.run(300)
        waits, asked = stand.state("b"), stand.state("a")
        assert (waits.status, waits.error) == (Status.UP, None)
        assert not waits.is_fresh(stand.clock.now()), "it is shown with its age"
        assert (asked.status, asked.word) == (Status.UNKNOWN, "stale"), (
            "this one was asked and does not answer"
        )
        assert stand.engine.snapshot().behind == 1
        stand["b"].stuck = asyncio.Event()
        stand["a"].stuck.set()
        await stand.run(1)
        assert stand.status("b") is Status.UP, "its turn has only just come"
        assert stand.engine.snapshot().behind == 0
        await stand.run(35)
        assert stand.state("b").word == "stale", "it was asked and does not answer"


async def test_it_says_that_it_is_behind_and_when_it_has_caught_up() -> None:
    board = PlainBoard("test")
    async with stand_of(450, 20) as stand:
        said = [
            words for words in await _told(stand, board, 150) if "behind" in words or "caught up" in words
        ]
        assert len(said) == 1 and "due, so older values are shown" in said[0]
        for probe in stand.probes.values():
            if isinstance(probe, Silent):
                probe.awake = True
        said = [
            words for words in await _told(stand, board, 150) if "behind" in words or "caught up" in words
        ]
        assert len(said) == 1 and said[0].endswith("caught up")


async def _told(stand: Stand, board: PlainBoard, seconds: int) -> list[str]:
    lines: list[str] = []
    for _ in range(seconds // 5):
        await stand.run(5)
        lines += board.lines(stand.engine.snapshot())
    return lines
