"""The key table: every action, its keys, where they work, what they do, and the word that `:` knows it by.

Bindings, help, palette, commands and the config's `keymap:` are all made from it. A key means another thing only in
another focus (`where`), and stands here once for each.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

EVERYWHERE, BOARD, SERVICE, CHECKS, LOG = "everywhere", "board", "service", "checks", "log"
FOCUSES = (BOARD, SERVICE, CHECKS, LOG)


class Action(Struct, frozen=True):
    """One thing that a key does.

    `id` is what `keymap:` names, `keys` Textual's names of keys (none: it has a command alone), `where` the focus in
    which they work, `call` the action method with its arguments, `command` the word after `:`, "" for none.
    `counted` is the call behind a count where it is not that of `call`, `{count}` in place of the number.
    """

    id: str
    keys: tuple[str, ...]
    where: str
    call: str
    words: str
    command: str = ""
    counted: str = ""

    def with_count(self, count: int) -> str:
        """The call behind a count (`10j`), "" where a count means nothing: so many times as far, or the row of that number."""
        if self.counted:
            return self.counted.format(count=count)
        number = _LAST_NUMBER.search(self.call)
        return f"{self.call[: number.start()]}{int(number[0]) * count})" if number else ""


_LAST_NUMBER = re.compile(r"-?\d+(?=\)$)")

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
COUNT, COUNT_KEYS, COUNT_WORDS = "count", tuple("0123456789"), "a count for the key behind it: 10j, 5G"
TO_ROW = "go_to_row({count})"

TABLE: tuple[Action, ...] = (
    Action("move.down", ("j", "down"), BOARD, "move(1)", "next service"),
    Action("move.up", ("k", "up"), BOARD, "move(-1)", "previous service"),
    Action("move.first", ("g", "home"), BOARD, "move(-1000000)", "first service", counted=TO_ROW),
    Action("move.last", ("G", "end"), BOARD, "move(1000000)", "last service", counted=TO_ROW),
    Action("move.half-down", ("ctrl+d", "pagedown"), BOARD, "half_page(1)", "half a page down"),
    Action("move.half-up", ("ctrl+u", "pageup"), BOARD, "half_page(-1)", "half a page up"),
    Action("group.next", ("tab",), BOARD, "group(1)", "next group"),
    Action("group.previous", ("shift+tab",), BOARD, "group(-1)", "previous group"),
    Action("column.right", ("right",), BOARD, "column(1)", "the group to the right"),
    Action("column.left", ("left",), BOARD, "column(-1)", "the group to the left"),
    Action("open", ("enter",), BOARD, "open", "open it: why it is so, answers, history", "why"),
    Action(
        "trouble",
        ("exclamation_mark",),
        BOARD,
        "trouble",
        "only trouble: blanks what is up, in place",
        "trouble",
    ),
    Action("cause", ("c",), BOARD, "cause", "go to the cause, again to the next", "cause"),
    Action("zoom", ("z",), BOARD, "zoom", "the map alone, and back", "zoom"),
    Action("find", ("slash",), BOARD, "find", "find a service by name, word or summary", "find"),
    Action("find.next", ("n",), BOARD, "find_again(1)", "next that was found"),
    Action("find.previous", ("N",), BOARD, "find_again(-1)", "previous that was found"),
    Action("filter", ("ampersand",), BOARD, "filter", "show only what matches; Esc shows all", "filter"),
    Action("freeze", ("p",), BOARD, "freeze", "freeze the picture, and go on", "freeze"),
    Action("ask", ("r",), BOARD, "ask", "ask this service now", "ask"),
    Action("ask.all", ("ctrl+r",), BOARD, "ask_all", "ask every service now", "ask-all"),
    Action("slower", ("minus",), BOARD, "slower", "ask everything half as often", "slower"),
    Action("usual", ("plus",), BOARD, "usual", "ask as often as the config says", "usual"),
    Action("known", ("M",), BOARD, "known", "mark this trouble as known, or unmark it", "known"),
    Action("save", ("S",), BOARD, "save", "save what is shown as text into the state folder", "save"),
    Action("copy", ("y",), BOARD, "copy", "copy the line of this service", "copy"),
    Action("print", ("Y",), BOARD, "print", "leave the screen and print the line plainly", "print"),
    *(
        Action(
            f"check.{category}",
            (digit,),
            BOARD,
            f"check('{category}')",
            f"read-only {category} checks; asks first outside test",
            f"check-{category}",
        )
        for digit, category in DIGITS.items()
    ),
    Action("tests", ("t",), BOARD, "tests", "run tests: all categories, by letter", "tests"),
    Action("failed", ("f",), BOARD, "failed", "run again what was red and only reads", "failed"),
    Action("checks", ("T",), BOARD, "checks", "open the results of the checks", "checks"),
    Action("log", ("l",), BOARD, "log", "its log below; again: into it and back", "logs"),
    Action("checks.down", ("j", "down"), CHECKS, "move(1)", "next check"),
    Action("checks.up", ("k", "up"), CHECKS, "move(-1)", "previous check"),
    Action("checks.first", ("g", "home"), CHECKS, "move(-1000000)", "first check", counted=TO_ROW),
    Action("checks.last", ("G", "end"), CHECKS, "move(1000000)", "last check", counted=TO_ROW),
    Action(
        "checks.evidence-down",
        ("ctrl+d", "pagedown", "enter", "space"),
        CHECKS,
        "scroll_evidence(8)",
        "evidence down",
    ),
    Action("checks.evidence-up", ("ctrl+u", "pageup"), CHECKS, "scroll_evidence(-8)", "evidence up"),
    Action("checks.again", ("full_stop",), CHECKS, "again", "run this one again"),
    Action("checks.failed", ("f",), CHECKS, "failed", "run again what was red and only reads"),
    Action(
        "checks.until-green",
        ("F",),
        CHECKS,
        "until_green",
        "again and again until none is red; any key stops",
    ),
    Action("checks.all", ("a",), CHECKS, "check('*')", "run everything that only reads"),
    Action(
        "checks.repeat", ("R",), CHECKS, "repeat_reads", "run this scope's reads ten times, for flaky ones"
    ),
    Action("checks.cancel", ("x",), CHECKS, "drop", "cancel what runs"),
    Action("checks.log", ("l",), CHECKS, "log", "the log of what it touched, at that moment"),
    Action("checks.tests", ("t",), CHECKS, "tests", "all categories, by letter"),
    Action("checks.copy", ("y",), CHECKS, "copy", "copy the line that repeats the question"),
    Action("checks.print", ("Y",), CHECKS, "print", "leave the screen and print that line plainly"),
    Action("checks.save", ("S",), CHECKS, "save", "save what is shown as text into the state folder"),
    Action("checks.count", COUNT_KEYS, CHECKS, COUNT, COUNT_WORDS),
    Action("service.count", COUNT_KEYS, SERVICE, COUNT, COUNT_WORDS),
    Action("service.tests", ("t",), SERVICE, "tests", "run tests: all categories, by letter"),
    Action("service.failed", ("f",), SERVICE, "failed", "run again what was red and only reads"),
    Action("service.scroll-down", ("j", "down"), SERVICE, "scroll(1)", "down"),
    Action("service.scroll-up", ("k", "up"), SERVICE, "scroll(-1)", "up"),
    Action("service.top", ("g", "home"), SERVICE, "scroll(-1000000)", "top", counted=TO_ROW),
    Action("service.bottom", ("G", "end"), SERVICE, "scroll(1000000)", "bottom", counted=TO_ROW),
    Action("service.half-down", ("ctrl+d", "pagedown", "space"), SERVICE, "half_page(1)", "half a page down"),
    Action("service.half-up", ("ctrl+u", "pageup"), SERVICE, "half_page(-1)", "half a page up"),
    Action("service.next", ("tab", "right"), SERVICE, "next(1)", "next service"),
    Action("service.previous", ("shift+tab", "left"), SERVICE, "next(-1)", "previous service"),
    Action("service.log", ("l",), SERVICE, "log", "its log"),
    Action("service.ask", ("r",), SERVICE, "ask", "ask it now"),
    Action("service.copy", ("y",), SERVICE, "copy", "copy the line that repeats the question"),
    Action("service.print", ("Y",), SERVICE, "print", "leave the screen and print that line plainly"),
    Action("service.save", ("S",), SERVICE, "save", "save what is shown as text into the state folder"),
    Action("log.down", ("j", "down"), LOG, "move(1)", "next line"),
    Action("log.up", ("k", "up"), LOG, "move(-1)", "previous line; stops following"),
    Action(
        "log.first", ("g", "home"), LOG, "first", "the oldest line here; then older ones come", counted=TO_ROW
    ),
    Action("log.follow", ("G", "end"), LOG, "follow", "the newest line, and follow", "follow", TO_ROW),
    Action("log.half-down", ("ctrl+d",), LOG, "half_page(1)", "half a page down"),
    Action("log.half-up", ("ctrl+u",), LOG, "half_page(-1)", "half a page up"),
    Action("log.page-down", ("pagedown", "space"), LOG, "page(1)", "a page down"),
    Action("log.page-up", ("pageup", "b"), LOG, "page(-1)", "a page up"),
    Action("log.stop", ("p",), LOG, "stop", "stop following, and go on", "log-stop"),
    Action("log.find", ("slash",), LOG, "log_find", "find a text, or /a regex/", "log-find"),
    Action("log.find-next", ("n",), LOG, "find_again(1)", "next that was found"),
    Action("log.find-previous", ("N",), LOG, "find_again(-1)", "previous that was found"),
    Action(
        "log.filter",
        ("ampersand",),
        LOG,
        "log_filter",
        "only lines with a text; !text: without it",
        "log-filter",
    ),
    Action("log.level", ("L",), LOG, "level", "least level: all, info, warn, error", "log-level"),
    Action("log.error-next", ("e",), LOG, "next_of('error', 1)", "next error"),
    Action("log.error-previous", ("E",), LOG, "next_of('error', -1)", "previous error"),
    Action("log.warning-next", ("w",), LOG, "next_of('warn', 1)", "next warning"),
    Action("log.warning-previous", ("W",), LOG, "next_of('warn', -1)", "previous warning"),
    Action("log.time", ("T",), LOG, "log_time", "go to a moment: 14:07, -5m, 1h, head", "log-time"),
    Action("log.mark", ("m",), LOG, "mark", "mark this line, or unmark it", "log-mark"),
    Action("log.mark-next", ("u",), LOG, "next_mark(1)", "next mark"),
    Action("log.mark-previous", ("U",), LOG, "next_mark(-1)", "previous mark"),
    Action(
        "log.open", ("enter",), LOG, "open", "its fields, traceback, alike ones; a gap: fetch it", "log-open"
    ),
    Action("log.wrap", ("ctrl+w",), LOG, "wrap", "wrap long lines, or cut them", "wrap"),
    Action("log.stamps", ("s",), LOG, "stamps", "time: local, UTC, since the line before", "stamps"),
    Action("log.health", ("H",), LOG, "health", "show health-check lines, or fold them", "health-lines"),
    Action("log.copy", ("y",), LOG, "log_copy", "copy this line", "log-copy"),
    Action(
        "log.print", ("Y",), LOG, "log_print", "leave the screen and print this line plainly", "log-print"
    ),
    Action(
        "log.save", ("S",), LOG, "log_save", "save what is shown as text into the state folder", "log-save"
    ),
    Action("log.again", ("r",), LOG, "log_again", "read this log again", "log-again"),
    Action("log.zoom", ("z",), LOG, "log_zoom", "all lines below the head for the log, and back", "log-zoom"),
    Action("log.taller", ("plus",), LOG, "log_taller(2)", "two lines more for the log", "taller"),
    Action("log.shorter", ("minus",), LOG, "log_taller(-2)", "two lines fewer for the log", "shorter"),
    Action("log.unmask", (), LOG, "unmask", "show secrets for 60 s, on the screen alone", "unmask"),
    Action("log.lnav", (), LOG, "log_lnav", "copy the command that opens this log in lnav", "lnav"),
    Action("log.board", ("l",), LOG, "log", "back to the board; the log goes on"),
    Action("log.close", (), LOG, "log_close", "close the log, as q and Esc do", "log-close"),
    Action("log.count", COUNT_KEYS, LOG, COUNT, COUNT_WORDS),
    Action("log.tests", ("t",), LOG, "tests", "run tests: all categories, by letter"),
    Action("log.failed", ("f",), LOG, "failed", "run again what was red and only reads"),
    Action("back", ("q", "escape"), EVERYWHERE, "back", "one step out; on the board q twice quits"),
    Action("help", ("question_mark", "f1"), EVERYWHERE, "keys_help", "what the keys do here", "help"),
    Action("command", ("colon",), EVERYWHERE, "command", "type a command; Tab completes"),
    Action("palette", ("ctrl+p",), EVERYWHERE, "palette", "choose a command from a list", "palette"),
    Action("repaint", ("ctrl+l",), EVERYWHERE, "repaint", "paint the screen anew", "repaint"),
    Action("mouse", ("f2",), EVERYWHERE, "mouse", "mouse on and off: a click selects, never runs", "mouse"),
    Action(
        "suspend",
        ("ctrl+z",),
        EVERYWHERE,
        "suspend_process",
        "suspend; nothing is asked meanwhile",
        "suspend",
    ),
    Action("cancel", ("ctrl+c",), EVERYWHERE, "cancel", "cancel what runs, else quit"),
    Action("quit", ("Q", "ctrl+q"), EVERYWHERE, "leave", "quit", "quit"),
)

COMMANDS: Mapping[str, Action] = {action.command: action for action in TABLE if action.command} | {
    "q": next(action for action in TABLE if action.id == "quit")
}

# Digits and letters that other parts of the program keep for themselves.
RESERVED = frozenset({*"0123456789", "t", "f", "F", "l", "h"})

_SHOWN = {
    "exclamation_mark": "!", "slash": "/", "ampersand": "&", "minus": "-", "plus": "+", "question_mark": "?",
    "colon": ":", "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "shift+tab": "shift+Tab",
    "full_stop": ".", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "f1": "F1", "f2": "F2",
}  # fmt: skip


def shown(key: str) -> str:
    """A key as people write it."""
    return _SHOWN.get(key, key)


def keys_of(action: Action, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of an action under a checked keymap."""
    mapped = keymap.get(action.id)
    return tuple(mapped.split(",")) if mapped else action.keys


def check_keymap(keymap: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The part of a config's keymap that can be used, and a sentence for each part that cannot.

    An action of a clash falls back to its own keys.
    """
    known = {action.id: action for action in TABLE}
    good: dict[str, str] = {}
    problems = []
    for id, keys in keymap.items():
        wanted = [key.strip() for key in keys.split(",") if key.strip()]
        if id not in known:
            problems.append(f"keymap: there is no action {id!r}; ? lists the actions")
        elif not wanted:
            problems.append(f"keymap: {id} has no key; it keeps {', '.join(map(shown, known[id].keys))}")
        elif taken := [key for key in wanted if key in RESERVED]:
            problems.append(f"keymap: {id} may not take {', '.join(taken)}: kept for the checks and the log")
        else:
            good[id] = ",".join(wanted)
    while clash := _clash(good):
        first, second, key, where = clash
        loser = second if second in good else first
        del good[loser]
        problems.append(
            f"keymap: {shown(key)} is both {first} and {second} ({where}); {loser} keeps its own keys"
        )
    return good, problems


def _clash(keymap: Mapping[str, str]) -> tuple[str, str, str, str] | None:
    taken: dict[tuple[str, str], str] = {}
    for action in TABLE:
        for key in keys_of(action, keymap):
            places: Iterable[str] = FOCUSES if action.where == EVERYWHERE else (action.where,)
            for where in places:
                other = taken.setdefault((where, key), action.id)
                if other != action.id and (other in keymap or action.id in keymap):
                    return other, action.id, key, where
    return None


def action_of(where: str, keys: Iterable[str], keymap: Mapping[str, str]) -> Action | None:
    """What a key (by any of its names) does in a focus under a checked keymap, None for nothing."""
    names = set(keys)
    return next(
        (a for a in TABLE if a.where in (where, EVERYWHERE) and names & {*keys_of(a, keymap)}),
        None,
    )


def _shown_keys(keys: tuple[str, ...]) -> str:
    return "0-9" if keys == COUNT_KEYS else "  ".join(map(shown, keys))


def help_lines(where: str, keymap: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Keys, words and id of every action that works in a focus, in the table's order."""
    return [
        (
            _shown_keys(keys_of(action, keymap)) or f":{action.command}",
            action.words,
            action.id,
        )
        for action in TABLE
        if action.where in (where, EVERYWHERE)
    ]
