"""What the keys of a log do, below the board or on a screen of its own."""

from sutaz_tui.tui.keys import COUNTS, LOG_KEY, LOOKS, RUNS, STEPS, TAKES, TO_ROW, Action

ROWS: tuple[Action, ...] = (
    *STEPS,
    Action("log.first", ("g", "home"), "first", "the oldest line here; then older ones come", counted=TO_ROW),
    Action("log.follow", ("G", "end"), "follow", "the newest line, and follow", "follow", TO_ROW),
    Action("log.half-down", ("ctrl+d",), "half_page(1)", "half a page down"),
    Action("log.half-up", ("ctrl+u",), "half_page(-1)", "half a page up"),
    Action("log.page-down", ("pagedown", "space"), "page(1)", "a page down"),
    Action("log.page-up", ("pageup", "b"), "page(-1)", "a page up"),
    Action("log.stop", ("p",), "stop", "stop following, and go on", "log-stop"),
    *LOOKS,
    Action("log.level", ("L",), "level", "least level: all, info, warn, error", "log-level"),
    Action("log.error-next", ("e",), "next_of('error', 1)", "next error"),
    Action("log.error-previous", ("E",), "next_of('error', -1)", "previous error"),
    Action("log.warning-next", ("w",), "next_of('warn', 1)", "next warning"),
    Action("log.warning-previous", ("W",), "next_of('warn', -1)", "previous warning"),
    Action("log.time", ("T",), "time", "go to a moment: 14:07, -5m, 1h, head", "log-time"),
    Action("log.mark", ("m",), "mark", "mark this line, or unmark it", "log-mark"),
    Action("log.mark-next", ("u",), "next_mark(1)", "next mark"),
    Action("log.mark-previous", ("U",), "next_mark(-1)", "previous mark"),
    Action("log.open", ("enter",), "open", "its fields, traceback, alike ones; a gap: fetch it", "log-open"),
    Action("log.wrap", ("ctrl+w",), "wrap", "wrap long lines, or cut them", "wrap"),
    Action("log.stamps", ("s",), "stamps", "time: local, UTC, since the line before", "stamps"),
    Action("log.health", ("H",), "health", "show health-check lines, or fold them", "health-lines"),
    *TAKES,
    Action("log.again", ("r",), "again", "read this log again", "log-again"),
    Action(
        "log.zoom", ("z",), "screen.log_zoom", "all lines below the head for the log, and back", "log-zoom"
    ),
    Action("log.taller", ("plus",), "screen.log_taller(2)", "two lines more for the log", "taller"),
    Action("log.shorter", ("minus",), "screen.log_taller(-2)", "two lines fewer for the log", "shorter"),
    Action("log.unmask", (), "unmask", "show secrets for 60 s, on the screen alone", "unmask"),
    Action("log.lnav", (), "app.log_lnav", "copy the command that opens this log in lnav", "lnav"),
    LOG_KEY,
    Action("log.close", (), "app.log_close", "close the log, as q and Esc do", "log-close"),
    COUNTS,
    *RUNS,
)
