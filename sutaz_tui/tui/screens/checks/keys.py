"""What the keys of the list of checks do."""

from sutaz_tui.tui.keys import CHECK, LISTED, LOG_KEY, LOOK, MOMENTS, Action, Group

GROUPS = (
    *LISTED,
    MOMENTS,
    Group(LOOK, (Action("checks.evidence-down", ("enter",), "half_page(1)", "evidence down"), LOG_KEY)),
    Group(
        CHECK,
        (
            Action("checks.again", ("full_stop",), "app.again", "run this one again", only_now=True),
            Action(
                "checks.until-green",
                ("F",),
                "app.until_green",
                "run failed ones until all are green",
                only_now=True,
            ),
            Action("checks.all", ("a",), "app.check('*')", "run all read-only checks", only_now=True),
            Action(
                "checks.repeat",
                ("R",),
                "app.repeat_reads",
                "run these ten times, for flaky ones",
                only_now=True,
            ),
            Action("checks.cancel", ("x",), "app.drop", "cancel what runs"),
        ),
    ),
)
