"""What the keys of a service's screen do."""

from sutaz_tui.tui.keys import (
    ASK,
    COUNTS,
    ENDS,
    HALVES,
    HISTORY_KEY,
    KNOWN,
    LOG_KEY,
    LOOKS,
    RUNS,
    SORTS,
    STEPS,
    TAKES,
    UPTIME_KEY,
    Action,
)
from sutaz_tui.views.registry import VIEWS

ROWS: tuple[Action, ...] = (
    *STEPS,
    *ENDS,
    *HALVES,
    *LOOKS,
    *SORTS,
    Action("view.next", ("tab",), "view(1)", "next view"),
    Action("view.previous", ("shift+tab",), "view(-1)", "previous view"),
    Action("service.next", ("right",), "next(1)", "next service"),
    Action("service.previous", ("left",), "next(-1)", "previous service"),
    Action("unfold", ("enter",), "unfold", "in a table: all of this row, and back"),
    *(Action(f"view.{view.id}", (), f"app.view('{view.id}')", view.words, view.id) for view in VIEWS),
    LOG_KEY,
    ASK,
    KNOWN,
    *RUNS,
    HISTORY_KEY,
    UPTIME_KEY,
    *TAKES,
    COUNTS,
)
