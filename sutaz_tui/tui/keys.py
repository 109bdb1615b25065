"""What a key does, as data: a row an action. Here stand the rows of the app and those that several lists share.

What a screen or panel does alone stands beside it, in a `keys.py` of its own; `keymap.py` puts all of them together.
"""

import re
import unicodedata

from msgspec import Struct


class Action(Struct, frozen=True):
    """One thing that a key does.

    `id` is what `keymap:` names, `keys` Textual's names of keys (none: it has a command alone), `call` the action method
    with its arguments, of whom the row belongs to, or behind `app.` of the app and behind `screen.` of the screen that is
    open. `command` is the word after `:`, "" for none. `counted` is the call behind a count where it is not that of
    `call`, `{count}` in place of the number. `only_now`: it runs, asks or marks, and is refused while the past is shown.
    """

    id: str
    keys: tuple[str, ...]
    call: str
    words: str
    command: str = ""
    counted: str = ""
    only_now: bool = False

    @property
    def name(self) -> str:
        """Its call without arguments."""
        return self.call.partition("(")[0]

    def with_count(self, count: int) -> str:
        """The call behind a count (`10j`), "" where a count means nothing: so many times as far, or the row of that number."""
        if self.counted:
            return self.counted.format(count=count)
        number = _LAST_NUMBER.search(self.call)
        return f"{self.call[: number.start()]}{int(number[0]) * count})" if number else ""


class Group(Struct, frozen=True):
    """Rows that belong together, under one heading of the help; what has the same heading stands there together."""

    heading: str
    actions: tuple[Action, ...]


_LAST_NUMBER = re.compile(r"-?\d+(?=\)$)")
COUNT_KEYS = tuple("0123456789")
# Counts are taken before any binding is looked for, by the app.
COUNT = "app.count"
TO_ROW = "go_to_row({count})"

MOVE, LOOK, POLL, CHECK, PAST, TAKE, PROGRAM = (
    "move", "look", "polling", "checks", "the past", "copy and save", "everywhere"
)  # fmt: skip
"""The headings of the help, in their order; a screen may have others."""

APP = (
    Group(
        PROGRAM,
        (
            Action("back", ("q",), "app.back", "one step out; on the board q twice quits"),
            Action("out", ("escape",), "app.out", "one step out; never quits"),
            Action("help", ("question_mark", "f1"), "app.keys_help", "the keys here", "help"),
            Action("command", ("colon",), "app.command", "type a command; Tab completes"),
            Action("palette", ("ctrl+p",), "app.palette", "choose a command from a list", "palette"),
            Action("alerts", ("A",), "app.alerts", "firing alerts, and who silenced them", "alerts"),
            Action(
                "env.next", ("right_parenthesis",), "app.env(1)", "the next config that is open", "env-next"
            ),
            Action("env.previous", ("left_parenthesis",), "app.env(-1)", "the config before", "env-previous"),
            Action(
                "reload", (), "app.reload", "read the config again; one at fault changes nothing", "reload"
            ),
            Action("save-config", (), "app.save_config", "write a config of this board", "save-config"),
            Action("repaint", ("ctrl+l",), "app.repaint", "redraw the screen", "repaint"),
            Action("mouse", ("f2",), "app.mouse", "mouse on and off: a click selects, never runs", "mouse"),
            Action(
                "suspend",
                ("ctrl+z",),
                "app.suspend_process",
                "suspend; nothing is polled meanwhile",
                "suspend",
            ),
            Action("cancel", ("ctrl+c",), "app.cancel", "cancel what runs; twice quits"),
            Action("quit", ("Q", "ctrl+q"), "app.leave", "quit", "quit"),
        ),
    ),
)

# What lists share: a list takes those that it has.

STEPS = (
    Action("move.down", ("j", "down"), "move(1)", "one down"),
    Action("move.up", ("k", "up"), "move(-1)", "one up; a log stops following"),
)
ENDS = (
    Action("move.first", ("g", "home"), "move(-1000000)", "the first", counted=TO_ROW),
    Action("move.last", ("G", "end"), "move(1000000)", "the last", counted=TO_ROW),
)
HALVES = (
    Action("move.half-down", ("ctrl+d", "pagedown", "space"), "half_page(1)", "half a page down"),
    Action("move.half-up", ("ctrl+u", "pageup"), "half_page(-1)", "half a page up"),
)
LOOKS = (
    Action("find", ("slash",), "find", "find a text or /a regex/; !text: without it", "find"),
    Action("find.next", ("n",), "find_again(1)", "next match"),
    Action("find.previous", ("N",), "find_again(-1)", "previous match"),
    Action("filter", ("ampersand",), "filter", "show only what matches; !text: all but", "filter"),
)
SORTS = (
    Action("sort.left", ("less_than_sign",), "sort(-1)", "sort by the column to the left"),
    Action("sort.right", ("greater_than_sign",), "sort(1)", "sort by the column to the right"),
    Action("sort.invert", ("I",), "invert", "invert the order"),
)
TAKES = (
    Action("copy", ("y",), "app.copy", "copy the line of what is selected", "copy"),
    Action("print", ("Y",), "app.print", "print that line to the terminal", "print"),
    Action("save", ("S",), "app.save", "save the screen to a file in the state folder", "save"),
)
RUNS = (
    Action("tests", ("t",), "app.tests", "run checks: all categories, by letter", "tests", only_now=True),
    Action("failed", ("f",), "app.failed", "run failed read-only checks again", "failed", only_now=True),
)
LOG_KEY = Action("log", ("l",), "app.log", "its log; in the log panel: back to the board", "logs")
ASK = Action("ask", ("r",), "app.ask", "poll this service now", "ask", only_now=True)
KNOWN = Action(
    "known", ("M",), "app.known", "acknowledge this trouble (known), or undo it", "known", only_now=True
)
RELATED = (
    Action("needs", ("K",), "related(-1)", "what it needs, one a press", "needs"),
    Action("needed-by", ("J",), "related(1)", "its dependents, one a press", "dependents"),
)
ZOOM = Action("zoom", ("z",), "screen.zoom", "this part alone, and back", "zoom")
HISTORY_KEY = Action("history", ("H",), "app.history", "what changed, and when", "history")
UPTIME_KEY = Action("uptime", ("U",), "app.uptime", "uptime of each service", "uptime")
DIFF = Action("diff", ("d",), "app.diff", "what differs between then and now", "diff")
READ = Action("read", ("r",), "read", "reload")
SPANS = (
    Action("span.longer", ("plus",), "span(1)", "longer span"),
    Action("span.shorter", ("minus",), "span(-1)", "shorter span"),
)
MOMENTS = Group(
    PAST,
    (
        Action("past.minute-back", ("left_square_bracket",), "app.minute(-1)", "as it was a minute before"),
        Action("past.minute-on", ("right_square_bracket",), "app.minute(1)", "a minute on, up to now"),
        Action("past.change-before", ("left_curly_bracket",), "app.change(-1)", "at the change before"),
        Action("past.change-after", ("right_curly_bracket",), "app.change(1)", "at the change after"),
        DIFF,
    ),
)
"""What goes back in time, on what shows one moment."""
COUNTS = Action("count", COUNT_KEYS, COUNT, "a count for the key behind it: 10j, 5G")

COMMON = (
    Group(MOVE, (*STEPS, *ENDS, *HALVES)),
    Group(LOOK, (*LOOKS, *SORTS)),
    Group(CHECK, RUNS),
    Group(PAST, (HISTORY_KEY, UPTIME_KEY)),
    Group(TAKE, TAKES),
)
"""What the board and every list have."""
LISTED = (*COMMON, Group(MOVE, (COUNTS,)))
"""What every list has; on the board digits run checks too."""

_SHOWN = {
    "exclamation_mark": "!", "left_parenthesis": "(", "right_parenthesis": ")",
    "slash": "/", "ampersand": "&", "minus": "-", "plus": "+", "question_mark": "?",
    "colon": ":", "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "shift+tab": "shift+Tab",
    "full_stop": ".", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "f1": "F1", "f2": "F2",
    "less_than_sign": "<", "greater_than_sign": ">", "left": "←", "right": "→", "left_square_bracket": "[",
    "right_square_bracket": "]", "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip


_NAMED = {name: key for key, name in _SHOWN.items()}
# Names of Textual's that are not Unicode's: keys of the keyboard, and signs that it calls otherwise.
_SIGNS = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus"}
_SIGNS |= {"plus_sign": "plus", "low_line": "underscore"}
_KEYS = frozenset(
    {*["up", "down", "left", "right", "backspace", "delete", "insert"], *_SHOWN, *_SIGNS.values()}
)


def shown(key: str) -> str:
    """A key as people write it."""
    return _SHOWN.get(key, key)


def named(written: str) -> str:
    """Textual's name of a key as people write it ("?", "Esc", "F5", "ctrl+r"); "" where no key is called so."""
    *modifiers, last = written.split("+") if len(written) > 1 else [written]
    name = _NAMED.get(last) or (_sign(last) if len(last) == 1 else last.lower())
    is_key = re.fullmatch(r"[A-Za-z0-9]|f([1-9]|1\d|2[0-4])", name) or name in _KEYS or _is_unicode(name)
    are_known = all(one in ("ctrl", "shift", "alt", "meta", "super", "hyper") for one in modifiers)
    return "+".join([*modifiers, name]) if is_key and are_known else ""


def _sign(character: str) -> str:
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _SIGNS.get(name, name)


def _is_unicode(name: str) -> bool:
    try:
        return bool(unicodedata.lookup(name.replace("_", " ")))
    except KeyError:
        return False
