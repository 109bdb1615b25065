"""What must hold of the `checks` section besides types."""

import re
from typing import Any

from sutaz_tui.config.document import Document
from sutaz_tui.config.own_rules import TAKEN, OwnRules
from sutaz_tui.config.words import Path
from sutaz_tui.model import LOGINS, CheckClass

LOG_IN = frozenset(("jwt", "load", "performance"))
"""Categories of which nothing is left where nobody logs in and nothing is loaded."""
LEAST_EVERY = 60.0
SUITE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def checks(document: Document) -> None:
    """Classes are known, allowed only where env is test, and figures are above nothing."""
    section: Any = document.values.get("checks")
    if not isinstance(section, dict):
        return
    classes = [str(kind) for kind in CheckClass]
    allow = section.get("allow") or []
    for index, word in enumerate(allow):
        if word not in (*classes, LOGINS):
            nearest = document.nearest(str(word), [*classes, LOGINS])
            document.fault(("checks", "allow", index), f"found {word!r}, expected {nearest}")
    env = document.values.get("env", "production")
    if allow and env != "test":
        words = (
            f"found classes allowed where env is {env!r}, expected none: only env: test may allow them here"
        )
        document.fault(("checks", "allow"), words)
    OwnRules(document, section, classes).check()
    _suites(document, section, classes)
    _every(document, section)
    if section.get("concurrency", 1) < 1:
        document.fault(("checks", "concurrency"), f"found {section['concurrency']}, expected at least 1")
    limits = section.get("limits")
    for key, value in limits.items() if isinstance(limits, dict) else ():
        if isinstance(value, int | float) and value < 0:
            document.fault(("checks", "limits", key), f"found {value:g}, expected 0 or more")


def _every(document: Document, section: dict[str, Any]) -> None:
    """Categories that are asked on a timer: known ones, not without a pause."""
    own = [
        str(one.get("id"))
        for key in ("categories", "pytest", "junit")
        for one in section.get(key) or ()
        if isinstance(one, dict)
    ]
    every = section.get("every")
    for category, seconds in every.items() if isinstance(every, dict) else ():
        path: Path = ("checks", "every", category)
        if category not in TAKEN and category not in own:
            nearest = document.nearest(str(category), [*sorted(TAKEN), *own])
            document.fault(path, f"found no category {category!r}, expected {nearest}")
        elif category in LOG_IN:
            document.fault(path, f"found {category}, whose checks log in, expected one that only reads")
        if isinstance(seconds, int | float) and seconds < LEAST_EVERY:
            document.fault(path, f"found {seconds:g} s, expected at least {LEAST_EVERY:g} s")


def _suites(document: Document, section: dict[str, Any], classes: list[str]) -> None:
    """A suite is a category: its id is a word of its own."""
    taken = {str(one.get("id")) for one in section.get("categories") or () if isinstance(one, dict)}
    taken |= TAKEN
    for key in ("pytest", "junit"):
        for index, entry in enumerate(section.get(key) or ()):
            if not isinstance(entry, dict):
                continue
            path: Path = ("checks", key, index)
            id = str(entry.get("id", ""))
            if id in taken:
                document.fault(
                    (*path, "id"), f"found {id!r}, which is another category, expected a word of its own"
                )
            elif not SUITE_ID.fullmatch(id):
                document.fault((*path, "id"), f"found {id!r}, expected a word of letters, digits, - and _")
            taken.add(id)
            if (does := entry.get("does", "heavy")) not in classes:
                document.fault(
                    (*path, "does"), f"found {does!r}, expected {document.nearest(str(does), classes)}"
                )
            for name in ("timeout", "test_timeout", "within"):
                value = entry.get(name, 1)
                if isinstance(value, int | float) and value < (0 if name == "within" else 0.001):
                    document.fault((*path, name), f"found {value:g}, expected more than 0")
