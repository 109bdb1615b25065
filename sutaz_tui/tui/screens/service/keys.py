"""What the keys of a service's screen do."""

from sutaz_tui.tui.keys import ASK, COUNTS, ENDS, HALVES, KNOWN, LOG_KEY, RUNS, STEPS, TAKES, Action

ROWS: tuple[Action, ...] = (
    *STEPS,
    *ENDS,
    *HALVES,
    Action("service.next", ("tab", "right"), "next(1)", "next service"),
    Action("service.previous", ("shift+tab", "left"), "next(-1)", "previous service"),
    LOG_KEY,
    ASK,
    KNOWN,
    *RUNS,
    *TAKES,
    COUNTS,
)
