"""What a screen drew goes with it: a board on which somebody looks around for a day stays as small as it was."""

import gc

from textual._styles_cache import StylesCache

from tests.board.showing import few, showing


def kept() -> int:
    """How many widgets' drawn lines are held."""
    gc.collect()
    return sum(isinstance(thing, StylesCache) for thing in gc.get_objects())


async def test_screens_that_were_closed_leave_nothing_that_they_drew() -> None:
    async with showing(*few()) as board:
        await board.press("enter", "escape", "A", "escape")
        before = kept()
        for _ in range(5):
            await board.press("enter", "escape", "A", "escape")
        assert kept() <= before
