"""What the keys of the board do."""

from sutaz_tui.tui.keys import (
    ASK,
    CHECK,
    COMMON,
    KNOWN,
    LOG_KEY,
    LOOK,
    MOMENTS,
    MOVE,
    POLL,
    RELATED,
    ZOOM,
    Action,
    Group,
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

GROUPS = (
    *COMMON,
    MOMENTS,
    Group(
        MOVE,
        (
            Action("group.next", ("tab",), "group(1)", "next group"),
            Action("group.previous", ("shift+tab",), "group(-1)", "previous group"),
            Action("column.right", ("right",), "column(1)", "the group to the right"),
            Action("column.left", ("left",), "column(-1)", "the group to the left"),
            *RELATED,
            Action("cause", ("c",), "cause", "go to the cause, again to the next", "cause"),
        ),
    ),
    Group(
        LOOK,
        (
            Action("open", ("enter",), "app.open", "open it: why, answers, history", "why"),
            LOG_KEY,
            Action("trouble", ("exclamation_mark",), "trouble", "only trouble, and back", "trouble"),
            ZOOM,
            Action("freeze", ("p",), "freeze", "pause the screen, and resume", "freeze", only_now=True),
        ),
    ),
    Group(
        POLL,
        (
            ASK,
            Action(
                "ask.begin",
                ("a",),
                "app.begin_asking",
                "poll the services too, where Docker alone was read",
                "begin",
                only_now=True,
            ),
            Action("ask.all", ("ctrl+r",), "app.ask_all", "poll every service now", "ask-all", only_now=True),
            Action("slower", ("minus",), "app.slower", "poll half as often", "slower", only_now=True),
            Action(
                "faster",
                ("plus",),
                "app.faster",
                "poll twice as often, at most each second",
                "faster",
                only_now=True,
            ),
            KNOWN,
        ),
    ),
    Group(
        CHECK,
        (
            *(
                Action(
                    f"check.{category}",
                    (digit,),
                    f"app.check_digit('{digit}')",
                    f"read-only {category} checks, or those that have this digit; asks first outside test",
                    f"check-{category}",
                    only_now=True,
                )
                for digit, category in DIGITS.items()
            ),
            Action("checks", ("T",), "app.checks", "open the results of the checks", "checks"),
        ),
    ),
)
