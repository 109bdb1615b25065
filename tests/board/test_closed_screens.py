"""What was drawn is let go of: a board on which somebody looks around for a day stays as small as it was."""

import gc

from rich.segment import Segment
from textual._styles_cache import StylesCache

from sutaz_tui.tui.terminal.compositor import forget_drawn
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


async def test_what_is_repainted_for_hours_is_not_kept() -> None:
    async with showing(*few()) as board:
        for _ in range(20):
            await board.run(7)
        dirty = {type(one).__name__: len(one._dirty_regions) for one in board.app.screen.walk_children()}
        # What draws itself as a whole has its own region there until it does.
        assert max(dirty.values()) <= 1, dirty


async def test_pieces_of_text_are_let_go_of_each_minute_and_the_board_looks_the_same() -> None:
    async with showing(*few()) as board:
        assert forget_drawn in [timer._callback for timer in board.app._timers]
        before = board.text
        forget_drawn()
        assert not Segment._split_cells.cache_info().currsize
        board.app.screen.refresh()
        await board.settle()
        assert board.text == before
