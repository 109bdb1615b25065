"""What the keys of the alerts do."""

from sutaz_tui.tui.keys import ASK, COUNTS, ENDS, HALVES, LOOKS, RUNS, SORTS, STEPS, TAKES, Action

ROWS: tuple[Action, ...] = (
    *STEPS,
    *ENDS,
    *HALVES,
    *LOOKS,
    *SORTS,
    Action("alerts.unfold", ("enter",), "unfold", "all of this alert, and back"),
    ASK,
    *RUNS,
    *TAKES,
    COUNTS,
)
