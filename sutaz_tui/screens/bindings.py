"""Textual's bindings of a focus, made from the key table."""

from textual.binding import Binding, BindingType

from sutaz_tui.keys import EVERYWHERE, LOG, TABLE

# What of the log's keys is more than its panel can do.
LOG_CALLS = frozenset(
    action.call.partition("(")[0] for action in TABLE if action.where == LOG and action.call.startswith("log")
)


def bindings(where: str) -> list[BindingType]:
    """The bindings of one focus, each with its action's id so that `keymap:` can change it."""
    # The log stands on more than one screen: what its keys do is its own.
    prefix = {EVERYWHERE: "app.", LOG: ""}.get(where, "screen.")
    own = {"find", "filter", "ask", "ask_all", "slower", "usual", "known", "save", "copy", "print", "open"}
    own |= {"check", "tests", "failed", "checks", "again", "until_green", "repeat_reads", "drop", "log"}
    if where == LOG:
        own = {"check", "tests", "failed", *LOG_CALLS}
    return [
        Binding(
            ",".join(action.keys),
            ("app." if action.call.partition("(")[0] in own else prefix) + action.call,
            action.words,
            id=action.id,
            show=False,
            priority=action.id == "cancel",
        )
        for action in TABLE
        if action.where == where and action.keys
    ]
