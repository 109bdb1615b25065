"""What the keys of the alerts do."""

from sutaz_tui.tui.keys import ASK, LISTED, LOOK, MOMENTS, POLL, Action, Group

GROUPS = (
    *LISTED,
    MOMENTS,
    Group(LOOK, (Action("alerts.unfold", ("enter",), "unfold", "all of this alert, and back"),)),
    Group(POLL, (ASK,)),
)
