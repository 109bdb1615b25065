"""What somebody is told who comes back to an open board."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sutaz_tui.tui.away import IDLE, POLLED_WITHIN, SLEPT, Away
from tests.board.showing import Board, few, showing


@asynccontextmanager
async def left() -> AsyncIterator[Board]:
    """A board whose own clock is the one that the test moves."""
    async with showing(*few()) as board:
        board.app.tab.clock = board.stand.clock
        board.app.tab.__dict__.pop("away", None)
        await board.press("j")
        yield board


async def test_after_an_idle_hour_the_first_key_tells_what_changed() -> None:
    async with left() as board:
        board.refuse("redis")
        for _ in range(70):
            board.stand.clock.freeze(58)
            await board.run(1)
            board.app.tick()
        await board.press("j")
        await board.settle()
        assert "you were away 1h08m: 1 change" in board.foot
        await board.press("k")
        assert board.app.away.pressed(board.stand.clock.monotonic()) == 0, "it is told once"


async def test_after_a_sleep_it_is_told_when_all_was_polled_again() -> None:
    async with left() as board:
        board.app.tick()
        board.refuse("redis")
        # The machine slept: nothing ran, and no key can have been pressed.
        board.stand.clock.freeze(25 * 60)
        board.app.tick()
        await board.settle()
        await board.run(POLLED_WITHIN + 1)
        assert "you were away 25m: 1 change" in board.foot


async def test_a_quiet_night_has_no_changes() -> None:
    async with left() as board:
        board.stand.clock.freeze(8 * 3600)
        board.app.tick()
        await board.settle()
        await board.run(POLLED_WITHIN + 1)
        assert "you were away 8h00m: no changes" in board.foot


def test_a_second_that_took_a_minute_was_a_sleep_and_is_told_once() -> None:
    away = Away(100.0)
    assert away.ticked(101.0) == 0
    assert away.ticked(101.0 + SLEPT) == SLEPT
    assert away.ticked(102.0 + SLEPT) == 0
    assert away.pressed(103.0 + SLEPT) == 0
    assert away.pressed(103.0 + SLEPT + IDLE) == IDLE
    assert away.pressed(104.0 + SLEPT + IDLE) == 0
