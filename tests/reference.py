"""What is made from registries in docs/: keys, kinds, views, the upgrade's tables (`python -m tests.reference`)."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
import yaml

from sutaz_tui.config import KINDS, Kind, ServiceConfig
from sutaz_tui.tui.keymap import BOARD, EVERYWHERE, FOCUSES, GROUPS, RENAMED, RENAMED_WORDS
from sutaz_tui.tui.keys import COUNT_KEYS, Action, Group, shown
from sutaz_tui.views.alerts import ALERTS
from sutaz_tui.views.base import View
from sutaz_tui.views.registry import VIEWS, views_of

DOCS = Path(__file__).parent.parent / "docs"
ASKED = DOCS.parent / "sutaz_tui" / "views" / "asked.yaml"
ADDRESSES = {
    "url": "a URL",
    "port": "host:port",
    "host": "a host",
    "url?": "a URL, may be left out",
}


def keys_page() -> str:
    """docs/keys.md: every row of keys by where it works, with its command and the name that `keymap:` knows it by."""
    lines = [
        "# Keys",
        "",
        "Written by `make docs` from the rows that the program itself uses; a test compares them. `?` shows those of the "
        "screen that is open, with what your `keymap:` made of them. *id* is what `keymap:` in the config calls one: "
        "`keymap: {ask: F5}`. *command* is the word behind `:`.",
    ]
    for focus in (EVERYWHERE, BOARD, *(one for one in FOCUSES if one != BOARD)):
        lines += ["", f"## {focus}", "", "| keys | what it does | command | id |", "|---|---|---|---|"]
        lines += map(_key_row, _actions(GROUPS[focus]))
    return "\n".join(lines) + "\n"


def _actions(groups: Iterable[Group]) -> Iterable[Action]:
    return (action for group in groups for action in group.actions)


def _key_row(action: Action) -> str:
    names = ("0-9",) if action.keys == COUNT_KEYS else tuple(map(shown, action.keys))
    keys = " ".join(f"`{_cell(name)}`" for name in names)
    command = f"`:{action.command}`" if action.command else ""
    return f"| {keys} | {_cell(action.words)} | {command} | `{action.id}` |"


def kinds_page() -> str:
    """docs/kinds.md: every kind with its keys, their defaults, what one round asks and its views."""
    common = {field.encode_name for field in msgspec.structs.fields(ServiceConfig)}
    lines = [
        "# Kinds of services",
        "",
        "Written by `make docs` from the registry of kinds; a test compares them. What every kind has (`id`, `address`, "
        "`interval`, `depends_on`, `tls`, …) stands in [config.example.yaml](../config.example.yaml).",
        "",
        "`sutaz-tui config cost` says what these come to with your config.",
    ]
    for name, kind in KINDS.items():
        lines += ["", f"## {name}", "", _doc(kind.struct), "", _round(kind), ""]
        own = [one for one in msgspec.structs.fields(kind.struct) if one.encode_name not in common]
        if own:
            lines += ["| key | default |", "|---|---|"]
            lines += [f"| `{one.encode_name}` | {_default(one)} |" for one in own]
            lines.append("")
        if views := views_of(name):
            lines += ["Views: " + ", ".join(f"`:{view.id}`" for view in views) + ".", ""]
        lines.pop()
    return "\n".join(lines) + "\n"


def views_page() -> str:
    """docs/views.md: every view by its word, with the kinds that have it, how often it asks, and all that it may ask."""
    asked: dict[str, dict[str, list[str]]] = yaml.safe_load(ASKED.read_text("utf-8"))
    lines = [
        "# Views",
        "",
        "Written by `make docs` from the registry of views; a test compares them. Each is a table about one service or the "
        "whole stack: on the board `:WORD`, or `Enter` and `Tab` on a service; in a shell `sutaz-tui show WORD`, also as "
        "JSON and CSV. `:agents` goes to the board's group: `Tab` on one of its services is the view. A view only reads, and "
        "asks while it is looked at.",
        "",
        "| word | shows | of kinds | asks every |",
        "|---|---|---|---|",
        *(_view_row(view) for view in VIEWS),
        f"| `{ALERTS.id}` | {_cell(ALERTS.words)} | the whole stack | - |",
        "",
        "## All that they ask",
        "",
        "As [asked.yaml](../sutaz_tui/views/asked.yaml) lists it, to which a tour of all views is held on the simulated "
        "stack and on real servers. `{…}` is one name or id; of PostgreSQL each is one statement of a read-only session.",
        "",
        "| view | asks | what |",
        "|---|---|---|",
    ]
    for view in VIEWS:
        for kind, texts in asked[view.id].items():
            words = (
                f"{len(texts)} `SELECT`"
                if kind == "postgres"
                else ", ".join(f"`{_cell(one)}`" for one in texts)
            )
            lines.append(f"| `{view.id}` | {kind} | {words} |")
    return "\n".join(lines) + "\n"


def _view_row(view: View) -> str:
    kinds = ", ".join(f"`{kind}`" for kind in (view.kind, *view.also))
    every = "on its word alone" if view.is_on_word else f"{view.interval:g} s"
    return f"| `{view.id}` | {_cell(view.words)} | {kinds} | {every} |"


def _doc(struct: type) -> str:
    """What a class says of itself, a paragraph a line."""
    words = (struct.__doc__ or "").strip()
    return "\n\n".join(" ".join(part.split()) for part in words.split("\n\n"))


def _round(kind: Kind) -> str:
    where = (
        f"at its `address` ({ADDRESSES[kind.address]})"
        if kind.address
        else "by its own keys, without `address`"
    )
    where = "through its `source`" + (f" and {where}" if kind.address else "") if kind.through else where
    more = f", which set off {kind.sets_off} more" if kind.sets_off else ""
    requests = f"{kind.requests} request" + ("s" if kind.requests != 1 else "") + f" a round{more}"
    kept = (
        f"up to {kind.kept} connection{'s' * (kind.kept != 1)} kept open" if kind.kept else "none kept open"
    )
    times = f"every {kind.interval:g} s, deadline {kind.timeout:g} s, slow above {kind.warn:g} s"
    return f"Asked {where}; {times}; {requests}, {kept}."


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "must be given"
    value = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    if value is None or value == "":
        return "none"
    return f"`{_cell(msgspec.json.encode(value).decode())}`"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def renamed_tables(page: str) -> str:
    """docs/upgrade.md with the tables of what is called otherwise now."""
    for heading, names, form in (
        ("Ids of `keymap:`", RENAMED, "`{}`"),
        ("Words of `:`", RENAMED_WORDS, "`:{}`"),
    ):
        rows = [f"| {form.format(old)} | {form.format(new)} |" for old, new in sorted(names.items())]
        table = "\n".join((f"| {heading} in 0.1 | now |", "|---|---|", *rows))
        page, count = re.subn(
            rf"^\| {re.escape(heading)} in 0\.1 \|.*?\n(?=\n)",
            lambda _, t=table: t + "\n",
            page,
            flags=re.M | re.S,
        )
        assert count == 1, f"the page has no table of {heading}"
    return page


def upgrade_page() -> str:
    """docs/upgrade.md: written by hand, but for its tables."""
    return renamed_tables((DOCS / "upgrade.md").read_text("utf-8"))


PAGES: Mapping[str, Callable[[], str]] = {
    "keys.md": keys_page,
    "kinds.md": kinds_page,
    "views.md": views_page,
    "upgrade.md": upgrade_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
