"""What the keys of the alerts do."""

from sutaz_tui.tui.keys import (
    ASK,
    COUNTS,
    ENDS,
    HALVES,
    HISTORY_KEY,
    LOOKS,
    RUNS,
    SORTS,
    STEPS,
    TAKES,
    UPTIME_KEY,
    Action,
)

ROWS: tuple[Action, ...] = (
    *STEPS,
    *ENDS,
    *HALVES,
    *LOOKS,
    *SORTS,
    Action("alerts.unfold", ("enter",), "unfold", "all of this alert, and back"),
    ASK,
    *RUNS,
    HISTORY_KEY,
    UPTIME_KEY,
    *TAKES,
    COUNTS,
)
