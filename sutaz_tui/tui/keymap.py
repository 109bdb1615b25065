"""All rows of keys together: help, commands, counts and the config's `keymap:` are made from them. It knows no Textual."""

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches

from msgspec import Struct

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.keys import APP, COUNT_KEYS, Action, Group, named, shown
from sutaz_tui.tui.screens.alerts import keys as alerts
from sutaz_tui.tui.screens.board import keys as board
from sutaz_tui.tui.screens.charts import keys as charts
from sutaz_tui.tui.screens.checks import keys as checks
from sutaz_tui.tui.screens.log import keys as log
from sutaz_tui.tui.screens.remembered import keys as remembered
from sutaz_tui.tui.screens.service import keys as service

EVERYWHERE, BOARD, SERVICE, ALERTS, CHECKS, LOG = "everywhere", "board", "service", "alerts", "checks", "log"
HISTORY, UPTIME, DIFF, PATTERNS, LABELS, CHARTS, SLOW = (
    "history",
    "uptime",
    "diff",
    "patterns",
    "labels",
    "charts",
    "slow",
)
GROUPS: Mapping[str, tuple[Group, ...]] = {
    EVERYWHERE: APP,
    BOARD: board.GROUPS,
    SERVICE: service.GROUPS,
    ALERTS: alerts.GROUPS,
    CHECKS: checks.GROUPS,
    LOG: log.GROUPS,
    HISTORY: remembered.HISTORY_GROUPS,
    UPTIME: remembered.UPTIME_GROUPS,
    DIFF: remembered.DIFF_GROUPS,
    CHARTS: charts.GROUPS,
    SLOW: charts.SLOW_GROUPS,
    PATTERNS: log.PATTERNS_GROUPS,
    LABELS: log.LABELS_GROUPS,
}
"""The rows of each focus by their headings; a key means one thing in a focus, those of the app included."""
ROWS: Mapping[str, tuple[Action, ...]] = {
    focus: tuple(action for group in groups for action in group.actions) for focus, groups in GROUPS.items()
}
FOCUSES = tuple(focus for focus in ROWS if focus != EVERYWHERE)
ACTIONS: Mapping[str, Action] = {action.id: action for rows in ROWS.values() for action in rows}

ONLY_NOW = frozenset(action.name for action in ACTIONS.values() if action.only_now)
"""The calls, without arguments, that are refused while the past is shown."""


class Command(Struct, frozen=True):
    """A word of `:`, and the focuses whose row it is."""

    action: Action
    focuses: tuple[str, ...]


COMMANDS: Mapping[str, Command] = {
    word: Command(action, tuple(focus for focus, rows in ROWS.items() if action in rows))
    for word, action in (
        *((action.command, action) for action in ACTIONS.values() if action.command),
        ("q", ACTIONS["quit"]),
    )
}

# Digits and letters that other parts of the program keep for themselves.
RESERVED = frozenset({*COUNT_KEYS, "t", "f", "F", "l", "h"})

RENAMED: Mapping[str, str] = {
    **{f"{where}.{name}": name for where in ("checks", "service", "log") for name in ("copy", "print", "save")},
    **{f"{where}.{name}": name for where in ("checks", "service", "log") for name in ("tests", "failed", "count")},
    "checks.down": "move.down", "service.scroll-down": "move.down", "log.down": "move.down",
    "checks.up": "move.up", "service.scroll-up": "move.up", "log.up": "move.up",
    "checks.first": "move.first", "service.top": "move.first",
    "checks.last": "move.last", "service.bottom": "move.last",
    "service.half-down": "move.half-down", "service.half-up": "move.half-up",
    "checks.log": "log", "service.log": "log", "log.board": "log", "service.ask": "ask",
    "usual": "faster", "log.zoom": "zoom", "checks.evidence-up": "move.half-up",
    "log.find": "find", "log.find-next": "find.next", "log.find-previous": "find.previous", "log.filter": "filter",
}  # fmt: skip
"""What the ids of 0.1 are called now, where lists have come to share one."""
RENAMED_WORDS: Mapping[str, str] = {
    **{f"log-{word}": word for word in ("find", "filter", "copy", "print", "save", "zoom")},
    "usual": "faster",
}
"""The same of the words of `:`."""


def keys_of(action: Action, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of an action under a checked keymap."""
    mapped = keymap.get(action.id)
    return tuple(mapped.split(",")) if mapped else action.keys


def check_keymap(keymap: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The part of a config's keymap that can be used, and by id a sentence for each part that cannot.

    An action of a clash falls back to its own keys. What goes by an id of 0.1 is used, `renamed` tells of it.
    """
    good: dict[str, str] = {}
    faults: dict[str, str] = {}
    by_id = {RENAMED.get(id, id): id for id in keymap}
    for id, written in by_id.items():
        keys = [key.strip() for key in keymap[written].split(",") if key.strip()]
        if id not in ACTIONS:
            near = get_close_matches(id, ACTIONS, 1)
            hint = f"did you mean {near[0]}?" if near else "? lists the actions"
            faults[written] = f"there is no action {one_line(id, 40)!r}; {hint}"
        elif not keys:
            own = ", ".join(map(shown, ACTIONS[id].keys))
            faults[written] = f"{id} has no key" + (f"; it keeps {own}" if own else "")
        elif wrong := [one_line(key, 40) for key in keys if not named(key)]:
            faults[written] = f"no key is called {', '.join(wrong)}; examples: f5, ctrl+r, ?, space"
        elif taken := [key for key in keys if key in RESERVED]:
            faults[written] = f"{id} may not take {', '.join(taken)}: kept for the checks and the log"
        else:
            good[id] = ",".join(map(named, keys))
    while clash := _clash(good):
        first, second, key, where = clash
        loser = second if second in good else first
        del good[loser]
        faults[by_id[loser]] = (
            f"{shown(key)} is both {first} and {second} ({where}); {loser} keeps its own keys"
        )
    return good, faults


def renamed(keymap: Mapping[str, str]) -> list[str]:
    """A sentence for each id of 0.1 that a keymap goes by."""
    return [f"keymap: {id} is called {RENAMED[id]} now" for id in keymap if id in RENAMED]


def _clash(keymap: Mapping[str, str]) -> tuple[str, str, str, str] | None:
    for focus in FOCUSES:
        taken: dict[str, str] = {}
        for action in rows_of(focus):
            for key in keys_of(action, keymap):
                other = taken.setdefault(key, action.id)
                if other != action.id and (other in keymap or action.id in keymap):
                    return other, action.id, key, focus
    return None


def rows_of(focus: str) -> tuple[Action, ...]:
    """All that works in a focus."""
    return (*ROWS[focus], *ROWS[EVERYWHERE])


def action_of(focus: str, keys: Iterable[str], keymap: Mapping[str, str]) -> Action | None:
    """What a key (by any of its names) does in a focus under a checked keymap, None for nothing."""
    names = set(keys)
    return next((action for action in rows_of(focus) if names & {*keys_of(action, keymap)}), None)


class HelpRow(Struct, frozen=True):
    """What one action's keys are, what it does and how `keymap:` calls it."""

    keys: str
    words: str
    id: str


SOMETIMES = ("env.next", "env.previous", "ask.begin", "save-config")
"""Actions that mean something on some boards alone."""


def help_groups(
    focus: str,
    keymap: Mapping[str, str],
    is_whole: bool = False,
    also: Collection[str] = (),
    why_not: Callable[[str], str] = lambda _: "",
) -> dict[str, list[HelpRow]]:
    """The rows of every action that works in a focus, by heading; unless it is whole, those of the digits are one.

    Those of `SOMETIMES` are there where `also` has them; those whose call is refused (`why_not`) are left out.
    """
    found: dict[str, list[HelpRow]] = {}
    for group in (*GROUPS[focus], *APP):
        actions = [action for action in group.actions if not why_not(action.name)]
        if not actions:
            continue
        rows = found.setdefault(group.heading, [])
        for action in actions:
            row = _help_row(action, keymap)
            if action.id in SOMETIMES and action.id not in also and not is_whole:
                continue
            if is_whole or row.keys not in COUNT_KEYS:
                rows.append(row)
            elif row.keys == "1":
                rows.append(HelpRow("1-0", DIGIT_WORDS, ""))
    return found


def _help_row(action: Action, keymap: Mapping[str, str]) -> HelpRow:
    keys = keys_of(action, keymap)
    written = "0-9" if keys == COUNT_KEYS else "  ".join(map(shown, keys))
    return HelpRow(written or f":{action.command}", action.words, action.id)


DIGIT_WORDS = (
    "run read-only checks: "
    + "  ".join(f"{digit}\N{NO-BREAK SPACE}{category}" for digit, category in board.DIGITS.items())
    + "; outside test it shows what it would send, Enter runs it."
    + " Digits before a movement are a count: 10j"
)
