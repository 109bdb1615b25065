"""What the keys of the history's and the uptime's screen do."""

from sutaz_tui.tui.keys import DIFF, LISTED, LOG_KEY, LOOK, PAST, READ, SPANS, Action, Group

BOTH = (
    *LISTED,
    Group(
        PAST,
        (
            *SPANS,
            READ,
        ),
    ),
)
HISTORY_GROUPS = (
    *BOTH,
    Group(
        LOOK,
        (
            LOG_KEY,
            Action("history.open", ("enter",), "enter", "go there: the board as it was then"),
            DIFF,
            Action("history.unfold", ("o",), "unfold", "the changes of an incident, and back"),
        ),
    ),
)
UPTIME_GROUPS = (
    *BOTH,
    Group(LOOK, (Action("uptime.open", ("enter",), "enter", "what changed of this service"),)),
)
DIFF_GROUPS = (
    *LISTED,
    Group(LOOK, (LOG_KEY, Action("diff.open", ("enter",), "enter", "the service of the row"))),
)
