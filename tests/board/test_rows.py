"""Each row of keys is a method of whoever it belongs to, and a key means one thing."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from textual.actions import parse
from textual.keys import _character_to_key

from sutaz_tui.tui import screens
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.keymap import (
    ACTIONS,
    COMMANDS,
    EVERYWHERE,
    FOCUSES,
    LOG,
    RENAMED,
    RENAMED_WORDS,
    ROWS,
    check_keymap,
    renamed,
    rows_of,
)
from sutaz_tui.tui.keys import COUNT, Action, named
from sutaz_tui.tui.screens.base import BaseScreen
from sutaz_tui.tui.screens.board.screen import BoardScreen
from sutaz_tui.tui.screens.log.panel import LogPanel
from sutaz_tui.tui.screens.log.screen import LogScreen
from sutaz_tui.tui.tab import Tab

LOG_SCREENS = (BoardScreen, LogScreen)


def screens_of(kind: type) -> Iterator[type]:
    """It and all that are made from it."""
    yield kind
    for one in kind.__subclasses__():
        yield from screens_of(one)


def owners(focus: str) -> tuple[type, ...]:
    """Those whose rows of keys these are."""
    if focus == EVERYWHERE:
        return (SutazApp,)
    for module in pkgutil.walk_packages(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    binding = (one for one in (*screens_of(BaseScreen), LogPanel) if "BINDINGS" in vars(one))
    return tuple(one for one in binding if getattr(one, "focus_name", "") == focus)


@pytest.mark.parametrize("focus", ROWS)
def test_no_key_is_dead(focus: str) -> None:
    for action in ROWS[focus]:
        if action.call == COUNT:
            continue
        for call in filter(None, (action.call, action.with_count(3))):
            prefix, name, parameters = parse(call)
            takers = {
                "app": (SutazApp,),
                "screen": LOG_SCREENS if focus == LOG else owners(focus),
                "": owners(focus),
            }[prefix]
            assert takers, f"{action.id}: {call}"
            for taker in takers:
                # What is about one stack is done by its tab.
                method = getattr(taker, f"action_{name}", None) or getattr(Tab, f"action_{name}", None)
                assert callable(method), f"{action.id}: {taker.__name__} has no action_{name}"
                required = method.__code__.co_argcount - 1 - len(method.__defaults__ or ())
                assert required <= len(parameters) <= method.__code__.co_argcount - 1, action.id


@pytest.mark.parametrize("focus", FOCUSES)
def test_no_key_means_two_things_in_one_focus(focus: str) -> None:
    keys = [key for action in rows_of(focus) for key in action.keys]
    assert len(keys) == len(set(keys))
    ids = [action.id for action in rows_of(focus)]
    assert len(ids) == len(set(ids))


def test_one_id_is_one_row_wherever_it_stands() -> None:
    known: dict[str, Action] = {}
    for rows in ROWS.values():
        for action in rows:
            assert known.setdefault(action.id, action) is action
    assert len(COMMANDS) == len({action.command for action in ACTIONS.values() if action.command}) + 1


def test_an_id_of_0_1_still_works_and_is_told() -> None:
    assert set(RENAMED.values()) <= set(ACTIONS) and not set(RENAMED) & set(ACTIONS)
    assert set(RENAMED_WORDS.values()) <= set(COMMANDS) and not set(RENAMED_WORDS) & set(COMMANDS)
    keymap = {"service.ask": "f5"}
    assert check_keymap(keymap) == ({"ask": "f5"}, {})
    assert renamed(keymap) == ["keymap: service.ask is called ask now"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("f5", "f5"), ("F5", "f5"), ("ctrl+r", "ctrl+r"), ("?", "question_mark"), ("Esc", "escape"), ("U", "U"),
        ("question_mark", "question_mark"), ("~", "tilde"), ("space", "space"), ("/", "slash"),
        ("f99", ""), ("ctrl-r", ""), ("cmd+r", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_key_may_be_written_as_people_write_it(written: str, name: str) -> None:
    assert named(written) == name
    assert len(written) != 1 or _character_to_key(written) == name


def test_each_key_of_ours_is_one() -> None:
    for action in ACTIONS.values():
        assert all(named(key) == key for key in action.keys), action.id
