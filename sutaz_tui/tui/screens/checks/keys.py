"""What the keys of the list of checks do."""

from sutaz_tui.tui.keys import (
    COUNTS,
    ENDS,
    HISTORY_KEY,
    LOG_KEY,
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
    *LOOKS,
    *SORTS,
    Action(
        "checks.evidence-down",
        ("ctrl+d", "pagedown", "enter", "space"),
        "scroll_evidence(8)",
        "evidence down",
    ),
    Action("checks.evidence-up", ("ctrl+u", "pageup"), "scroll_evidence(-8)", "evidence up"),
    Action("checks.again", ("full_stop",), "app.again", "run this one again"),
    Action(
        "checks.until-green", ("F",), "app.until_green", "again and again until none is red; any key stops"
    ),
    Action("checks.all", ("a",), "app.check('*')", "run everything that only reads"),
    Action("checks.repeat", ("R",), "app.repeat_reads", "run this scope's reads ten times, for flaky ones"),
    Action("checks.cancel", ("x",), "app.drop", "cancel what runs"),
    LOG_KEY,
    *RUNS,
    HISTORY_KEY,
    UPTIME_KEY,
    *TAKES,
    COUNTS,
)
