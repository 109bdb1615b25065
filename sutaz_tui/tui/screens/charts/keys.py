"""What the keys of charts do."""

from sutaz_tui.tui.keys import ASK, LISTED, LOG_KEY, LOOK, MOMENTS, MOVE, PAST, POLL, SPANS, Action, Group

CURSOR = (
    Action("cursor.right", ("right",), "cursor(1)", "cursor on; past the edge: later"),
    Action("cursor.left", ("left",), "cursor(-1)", "cursor back; past the edge: earlier"),
    Action("pan.later", ("shift+right",), "pan(1)", "half a span later, up to now"),
    Action("pan.earlier", ("shift+left",), "pan(-1)", "half a span earlier"),
)
GROUPS = (
    *LISTED,
    MOMENTS,
    Group(MOVE, (*CURSOR, Action("charts.view", ("tab",), "view", "of a query: chart or table"))),
    Group(
        LOOK,
        (
            Action(
                "charts.enter",
                ("enter",),
                "enter",
                "all as it was at the cursor; without one: edit the query",
            ),
            LOG_KEY,
        ),
    ),
    Group(PAST, SPANS),
    Group(POLL, (ASK,)),
)
SLOW_GROUPS = (
    *LISTED,
    MOMENTS,
    Group(MOVE, CURSOR),
    Group(LOOK, (Action("slow.enter", ("enter",), "enter", "all as it was at the cursor"), LOG_KEY)),
    Group(PAST, SPANS),
    Group(POLL, (ASK,)),
)
