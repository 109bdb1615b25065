"""How a whole stack is, in a sign: in the title of the terminal's window, and in the row of tabs."""

from sutaz_tui.model import GLYPHS, UNCHECKED, Snapshot, Status
from sutaz_tui.text.sanitise import one_line

ENV_LONGEST = 20


def window_title(snapshot: Snapshot, env: str) -> str:
    """How many are down, else degraded, and where: `✗1 PROD`; all up is `✓ PROD`, `o PROD`
    where all only run, `? PROD` until all have answered."""
    return f"{sign_of(snapshot)} {one_line(env, ENV_LONGEST).upper()}"


def sign_of(snapshot: Snapshot) -> str:
    """How many are down, else degraded: `✗1`, `!2`; `✓` where all are up, `o` where all only run, `?` until all have answered."""
    counts = snapshot.totals()
    worst = next((status for status in (Status.DOWN, Status.DEGRADED) if counts[status]), None)
    if worst is not None:
        return f"{GLYPHS[worst]}{counts[worst]}"
    if counts[Status.UNKNOWN] or any(state.asked is None for state in snapshot.services):
        return GLYPHS[Status.UNKNOWN]
    only_run = not counts[Status.UP] and snapshot.unchecked_count()
    return UNCHECKED if only_run else GLYPHS[Status.UP]
