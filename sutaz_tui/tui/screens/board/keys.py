"""What the keys of the board do."""

from sutaz_tui.tui.keys import (
    ASK,
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

DIGITS = {
    "1": "agents",
    "2": "api",
    "3": "databases",
    "4": "infrastructure",
    "5": "mcp",
    "6": "messaging",
    "7": "monitoring",
    "8": "vectors",
    "9": "caching",
    "0": "security",
}

ROWS: tuple[Action, ...] = (
    *STEPS,
    *ENDS,
    *HALVES,
    Action("group.next", ("tab",), "group(1)", "next group"),
    Action("group.previous", ("shift+tab",), "group(-1)", "previous group"),
    Action("column.right", ("right",), "column(1)", "the group to the right"),
    Action("column.left", ("left",), "column(-1)", "the group to the left"),
    Action("open", ("enter",), "app.open", "open it: why it is so, answers, history", "why"),
    Action(
        "trouble", ("exclamation_mark",), "trouble", "only trouble: blanks what is up, in place", "trouble"
    ),
    Action("cause", ("c",), "cause", "go to the cause, again to the next", "cause"),
    Action("zoom", ("z",), "zoom", "the map alone, and back", "zoom"),
    *LOOKS,
    *SORTS,
    Action("freeze", ("p",), "freeze", "freeze the picture, and go on", "freeze"),
    ASK,
    Action("ask.all", ("ctrl+r",), "app.ask_all", "ask every service now", "ask-all"),
    Action("slower", ("minus",), "app.slower", "ask everything half as often", "slower"),
    Action("usual", ("plus",), "app.usual", "ask as often as the config says", "usual"),
    KNOWN,
    HISTORY_KEY,
    UPTIME_KEY,
    *TAKES,
    *(
        Action(
            f"check.{category}",
            (digit,),
            f"app.check('{category}')",
            f"read-only {category} checks; asks first outside test",
            f"check-{category}",
        )
        for digit, category in DIGITS.items()
    ),
    *RUNS,
    Action("checks", ("T",), "app.checks", "open the results of the checks", "checks"),
    LOG_KEY,
)
