"""How long a view takes from its word to its first rows on the screen, on the simulated stack."""

import asyncio
import time
from statistics import median

from sutaz_tui.tui.screens.service.screen import ServiceScreen
from sutaz_tui.views.registry import VIEWS
from tests.bench.row import Row
from tests.board.test_check_screens import Keys, opened
from tests.running import simulated

RUNS = 3
BOUND = 300.0
WITHIN = 20.0
ELSEWHERE = ("units",)
"""What asks no server of the stack."""


def first_data() -> list[Row]:
    """Each view that has an answer there: the median of three openings, the client's modules loaded."""
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    figures: dict[str, float] = {}
    with simulated("healthy") as stack:
        async with opened(stack, (160, 45)) as keys:
            ids = {service.kind for service in keys.app.engine.services}
            for view in VIEWS:
                if any(map(view.is_of, ids)) and view.id not in ELSEWHERE and not view.is_on_word:
                    figures[view.id] = median([await _opened(keys, view.id) for _ in range(RUNS)])
    slowest = max(figures, key=figures.__getitem__)
    words = ", ".join(f"{id} {figure:.0f}" for id, figure in sorted(figures.items()))
    return [Row("view-open", figures[slowest], "ms", BOUND, f"the slowest is {slowest}; all: {words}")]


async def _opened(keys: Keys, view: str) -> float:
    """Milliseconds until its first answer was shown."""
    app = keys.app
    began = time.perf_counter()
    app.action_view(view)
    while time.perf_counter() - began < WITHIN:
        screen = app.screen
        if isinstance(screen, ServiceScreen) and (query := screen.query_now) is not None:
            if query.trouble:
                raise RuntimeError(f"{view}: {query.trouble}")
            if query.answer is not None:
                await keys.pilot.pause()
                break
        await asyncio.sleep(0.002)
    else:
        raise RuntimeError(f"{view} showed nothing within {WITHIN:g} s")
    took = 1000 * (time.perf_counter() - began)
    app.to_board()
    await keys.pilot.pause()
    return took
