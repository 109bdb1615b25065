"""Textual's bindings of a focus, made from the key table."""

from textual.binding import Binding, BindingType

from sutaz_tui.tui.keys import COUNT, EVERYWHERE, LOG, TABLE

# What of the log's keys is more than its panel can do.
LOG_CALLS = frozenset(
    action.call.partition("(")[0] for action in TABLE if action.where == LOG and action.call.startswith("log")
)


_OF_SERVICES = {
    "find",
    "filter",
    "ask",
    "ask_all",
    "slower",
    "usual",
    "known",
    "save",
    "copy",
    "print",
    "open",
    "log",
}
_OF_CHECKS = {"check", "tests", "failed", "checks", "again", "until_green", "repeat_reads", "drop"}


def placed(where: str, call: str) -> str:
    """A call of the key table with the one who takes it, for Textual: the app, the screen, or (no prefix) the log."""
    name = call.partition("(")[0]
    # The log stands on more than one screen: what its keys do is its own.
    of_app = _OF_CHECKS | (LOG_CALLS if where == LOG else _OF_SERVICES)
    prefix = "app." if name in of_app else {EVERYWHERE: "app.", LOG: ""}.get(where, "screen.")
    return prefix + call


def bindings(where: str) -> list[BindingType]:
    """The bindings of one focus, each with its action's id so that `keymap:` can change it."""
    return [
        Binding(
            ",".join(action.keys),
            placed(where, action.call),
            action.words,
            id=action.id,
            show=False,
            priority=action.id == "cancel",
        )
        for action in TABLE
        # Counts are taken before any binding is looked for.
        if action.where == where and action.keys and action.call != COUNT
    ]
