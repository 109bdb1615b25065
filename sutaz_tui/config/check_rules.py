"""What must hold of the `checks` section besides types."""

from typing import Any

from sutaz_tui.config.own_checks import fault_of, kind_asked
from sutaz_tui.config.walk import Document
from sutaz_tui.model import LOGINS, CheckClass
from sutaz_tui.text.patterns import Expression, WrongPattern


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
    seen: set[str] = set()
    entries = [entry for entry in document.values.get("services") or [] if isinstance(entry, dict)]
    kinds = {entry.get("id"): entry.get("kind") for entry in entries}
    for index, entry in enumerate(section.get("own") or []):
        if isinstance(entry, dict):
            _own(document, index, entry, seen, kinds, classes)
    if section.get("concurrency", 1) < 1:
        document.fault(("checks", "concurrency"), f"found {section['concurrency']}, expected at least 1")
    limits = section.get("limits")
    for key, value in limits.items() if isinstance(limits, dict) else ():
        if isinstance(value, int | float) and value < 0:
            document.fault(("checks", "limits", key), f"found {value:g}, expected 0 or more")


def _own(
    document: Document,
    index: int,
    entry: dict[str, Any],
    seen: set[str],
    kinds: dict[Any, Any],
    classes: list[str],
) -> None:
    path = ("checks", "own", index)
    services = list(kinds)
    id = entry.get("id")
    if isinstance(id, str):
        if id in seen:
            document.fault((*path, "id"), f"found a second {id!r}, expected each id once")
        seen.add(id)
    if (fault := fault_of(entry)) is not None:
        key, words = fault
        document.fault((*path, key) if key else path, words)
    if (does := entry.get("does", "reads")) not in classes:
        document.fault((*path, "does"), f"found {does!r}, expected {document.nearest(str(does), classes)}")
    kind = str(entry.get("kind"))
    asked_of = str(entry.get("service") or kind_asked(kind) or "")
    if (wanted := kind_asked(kind)) and (found := kinds.get(asked_of)) not in (None, wanted):
        document.fault(path, f"found service {asked_of!r} of kind {found}, expected one of kind {wanted}")
    for service in [*(entry.get("needs") or []), *([asked_of] if asked_of else [])]:
        if service not in services:
            document.fault(
                path, f"found no service {service!r}, expected {document.nearest(str(service), services)}"
            )
    steps = entry.get("steps")
    asked = [entry, *(steps if isinstance(steps, list) else [])]
    for number, request in enumerate(asked):
        pattern = request.get("regex") if isinstance(request, dict) else None
        if isinstance(pattern, str) and (words := _pattern_fault(pattern)):
            document.fault((*path, "steps", number - 1, "regex") if number else (*path, "regex"), words)


def _pattern_fault(pattern: str) -> str:
    try:
        Expression(pattern)
    except WrongPattern as error:
        return f"found a regex that does not compile ({error}), expected one that does"
    return ""
