"""Textual's bindings of a focus, made from the key table."""

from textual.binding import Binding, BindingType

from sutaz_tui.keys import EVERYWHERE, TABLE


def bindings(where: str) -> list[BindingType]:
    """The bindings of one focus, each with its action's id so that `keymap:` can change it."""
    prefix = "app." if where == EVERYWHERE else "screen."
    own = {"find", "filter", "ask", "ask_all", "slower", "usual", "known", "save", "copy", "print", "open"}
    own |= {"check", "tests", "failed", "checks", "again", "until_green", "repeat_reads", "drop"}
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
        if action.where == where
    ]
