"""The title of the terminal's window: the one thing that is seen of a board in another tab."""

from sutaz_tui.model import GLYPHS, UNCHECKED, Snapshot, Status
from sutaz_tui.text.sanitise import one_line

ENV_LONGEST = 20


def window_title(snapshot: Snapshot, env: str) -> str:
    """How many are down, else degraded, and where: `✗1 PROD`; all up is `✓ PROD`, `o PROD`
    where all only run, `? PROD` until all have answered."""
    counts = snapshot.totals()
    worst = next((status for status in (Status.DOWN, Status.DEGRADED) if counts[status]), None)
    if worst is not None:
        sign = f"{GLYPHS[worst]}{counts[worst]}"
    else:
        is_open = counts[Status.UNKNOWN] or any(state.asked is None for state in snapshot.services)
        sign = GLYPHS[Status.UNKNOWN if is_open else Status.UP]
        if not is_open and not counts[Status.UP] and snapshot.unchecked_count():
            sign = UNCHECKED
    return f"{sign} {one_line(env, ENV_LONGEST).upper()}"
