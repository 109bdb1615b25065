"""The keys at the board's foot: what matters here, now; where there is no room for all, those behind give way."""

from sutaz_tui.model import Snapshot, Status
from sutaz_tui.text.units import plural

TROUBLE = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN)


def board_keys(
    snapshot: Snapshot | None,
    is_filtered: bool,
    is_frozen: bool,
    has_failed: bool,
    held: int = 0,
    has_checks: bool = False,
) -> str:
    """The keys of a board that shows a snapshot, with checks that failed or without; `held` services wait to be asked."""
    counts = snapshot.totals() if snapshot is not None else {}
    has_causes = snapshot is not None and bool(snapshot.causes)
    is_past = snapshot is not None and snapshot.is_past
    keys = (
        (is_frozen, "p resume"),
        (held > 0, f"a asks {plural(held, 'service')}"),
        (is_filtered, "Esc all services"),
        (has_causes, "c cause"),
        (True, "j/k move"),
        (True, "Enter why"),
        (True, "l log then" if is_past else "l log"),
        (is_past, "[ ] a minute"),
        (is_past, "{ } a change"),
        (is_past, "d diff"),
        (any(counts.get(status) for status in TROUBLE), "! trouble"),
        (has_failed and not is_past, "f failed again"),
        (not is_past, "r poll"),
        (not is_past, "t checks"),
        (is_past and has_checks, "T checks"),
        (True, "H history"),
        (True, "/ find"),
        (True, "& filter"),
        (True, ": command"),
        (True, "? help"),
    )
    return "  ".join(words for is_shown, words in keys if is_shown)
