"""What the keys of the alerts do."""

from sutaz_tui.tui.keys import ASK, LISTED, LOOK, POLL, Action, Group

GROUPS = (
    *LISTED,
    Group(LOOK, (Action("alerts.unfold", ("enter",), "unfold", "all of this alert, and back"),)),
    Group(POLL, (ASK,)),
)
