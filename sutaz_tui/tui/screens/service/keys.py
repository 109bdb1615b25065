"""What the keys of a service's screen do."""

from sutaz_tui.tui.keys import (
    ASK,
    KNOWN,
    LISTED,
    LOG_KEY,
    LOOK,
    MOMENTS,
    MOVE,
    PAST,
    POLL,
    RELATED,
    SPANS,
    Action,
    Group,
)
from sutaz_tui.views.registry import VIEWS

GROUPS = (
    *LISTED,
    MOMENTS,
    Group(
        MOVE,
        (
            Action("view.next", ("tab",), "view(1)", "next view"),
            Action("view.previous", ("shift+tab",), "view(-1)", "previous view"),
            Action("service.next", ("right",), "next(1)", "next service; in curves the cursor"),
            Action("service.previous", ("left",), "next(-1)", "previous service; in curves the cursor"),
            *RELATED,
        ),
    ),
    Group(
        LOOK,
        (
            Action(
                "unfold",
                ("enter",),
                "unfold",
                "in a table: where this row leads, else all of it; in curves: go there",
            ),
            Action(
                "answers",
                ("o",),
                "answers",
                "open the raw answers, or all of a row, and fold them",
                "answers",
            ),
            LOG_KEY,
        ),
    ),
    Group(PAST, SPANS),
    Group(POLL, (ASK, KNOWN)),
    Group(
        "views",
        (
            Action("metrics", (), "app.metrics", "its charts, as Prometheus has them", "metrics"),
            Action("slow", (), "app.slow", "why it is slow: what rose first", "slow"),
            *(Action(f"view.{view.id}", (), f"app.view('{view.id}')", view.words, view.id) for view in VIEWS),
        ),
    ),
)
