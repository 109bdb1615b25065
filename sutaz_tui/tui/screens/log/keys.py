"""What the keys of a log do, below the board or on a screen of its own."""

from sutaz_tui.tui.keys import (
    CHECK,
    COUNTS,
    LISTED,
    LOG_KEY,
    LOOK,
    LOOKS,
    MOVE,
    READ,
    RUNS,
    SPANS,
    STEPS,
    TAKE,
    TAKES,
    TO_ROW,
    ZOOM,
    Action,
    Group,
)

GROUPS = (
    Group(
        MOVE,
        (
            *STEPS,
            Action(
                "log.first", ("g", "home"), "first", "the oldest line; then fetch older ones", counted=TO_ROW
            ),
            Action("log.follow", ("G", "end"), "follow", "newest line, and follow", "follow", TO_ROW),
            Action("log.half-down", ("ctrl+d",), "half_page(1)", "half a page down"),
            Action("log.half-up", ("ctrl+u",), "half_page(-1)", "half a page up"),
            Action("log.page-down", ("pagedown", "space"), "page(1)", "a page down"),
            Action("log.page-up", ("pageup", "b"), "page(-1)", "a page up"),
            COUNTS,
            Action("log.stop", ("p",), "stop", "pause, and resume", "log-stop"),
            Action("log.error-next", ("e",), "next_of('error', 1)", "next error"),
            Action("log.error-previous", ("E",), "next_of('error', -1)", "previous error"),
            Action("log.warning-next", ("w",), "next_of('warn', 1)", "next warning"),
            Action("log.warning-previous", ("W",), "next_of('warn', -1)", "previous warning"),
            Action("log.hole", ("x",), "next_hole", "next hole: lines not read, or lost", "log-hole"),
            Action("log.time", ("T",), "time", "go to a time: 14:07, -5m, 1h, head", "log-time"),
            Action("log.mark", ("m",), "mark", "set or clear a bookmark", "log-mark"),
            Action("log.mark-next", ("u",), "next_mark(1)", "next bookmark"),
            Action("log.mark-previous", ("U",), "next_mark(-1)", "previous bookmark"),
        ),
    ),
    Group(
        LOOK,
        (
            *LOOKS,
            Action("log.level", ("L",), "level", "minimum level: all, info, warn, error", "log-level"),
            Action(
                "log.open", ("enter",), "open", "its fields, traceback, repeats; a gap: fetch it", "log-open"
            ),
            Action("log.around", ("o",), "around", "all lines around this one, and back", "around"),
            Action("log.same", ("equals_sign",), "same_value", "only this field's value or request", "same"),
            Action("log.request", ("O",), "app.request", "this request or trace, in all services", "request"),
            Action("log.folding", ("v",), "folding", "fold alike lines, or show each", "folding"),
            Action("log.histogram", ("i",), "histogram", "lines, warnings and errors over time", "histogram"),
            Action(
                "log.patterns",
                ("P",),
                "app.patterns",
                "its patterns: new ones first, counts, trend",
                "patterns",
            ),
            Action("log.bar-left", ("left",), "bar(-1)", "histogram: the column before"),
            Action("log.bar-right", ("right",), "bar(1)", "histogram: the next column"),
            Action("log.labels", (), "app.labels", "the labels of Loki: values, volume of each", "labels"),
            Action("log.wrap", ("ctrl+w",), "wrap", "wrap long lines, or cut them", "wrap"),
            Action("log.stamps", ("s",), "stamps", "time: local, UTC, since the line before", "stamps"),
            Action("log.health", ("H",), "health", "show or fold health-check lines", "health-lines"),
            Action("log.again", ("r",), "again", "reload this log", "log-again"),
            Action("log.unmask", (), "unmask", "show secrets for 60 s, on the screen alone", "unmask"),
        ),
    ),
    Group(
        "the panel",
        (
            LOG_KEY,
            ZOOM,
            Action("log.taller", ("plus",), "taller(1)", "two lines more; a shorter span", "taller"),
            Action("log.shorter", ("minus",), "taller(-1)", "two lines fewer; a longer span", "shorter"),
            Action("log.close", (), "app.log_close", "close the log, as q and Esc do", "log-close"),
        ),
    ),
    Group(CHECK, RUNS),
    Group(
        TAKE,
        (
            *TAKES,
            Action("log.lnav", (), "app.log_lnav", "copy the lnav command for this log", "lnav"),
        ),
    ),
)

PATTERNS_GROUPS = (
    *LISTED,
    Group(
        LOOK,
        (
            Action("patterns.open", ("enter",), "enter", "its lines, in the log"),
            Action("patterns.unfold", ("o",), "unfold", "the whole pattern, and back"),
            *SPANS,
            READ,
        ),
    ),
)
LABELS_GROUPS = (
    *LISTED,
    Group(LOOK, (Action("labels.open", ("enter",), "enter", "the log of this label or value"), READ)),
)
