"""What the keys of the history's and the uptime's screen do."""

from sutaz_tui.tui.keys import (
    COUNTS,
    ENDS,
    HALVES,
    HISTORY_KEY,
    LOG_KEY,
    LOOKS,
    SORTS,
    STEPS,
    TAKES,
    UPTIME_KEY,
    Action,
)

LISTED = (
    *STEPS,
    *ENDS,
    *HALVES,
    *LOOKS,
    *SORTS,
    Action("span.longer", ("plus",), "span(1)", "a longer time"),
    Action("span.shorter", ("minus",), "span(-1)", "a shorter time"),
    Action("read", ("r",), "read", "read it again"),
    HISTORY_KEY,
    UPTIME_KEY,
    *TAKES,
    COUNTS,
)
HISTORY_ROWS: tuple[Action, ...] = (
    *LISTED,
    LOG_KEY,
    Action("history.open", ("enter",), "enter", "the changes of an incident; else the service"),
)
UPTIME_ROWS: tuple[Action, ...] = (
    *LISTED,
    Action("uptime.open", ("enter",), "enter", "what changed of this service"),
)
