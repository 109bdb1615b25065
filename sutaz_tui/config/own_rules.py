"""What must hold of the user's own checks and their categories besides types."""

import re
from collections.abc import Iterator
from typing import Any

from sutaz_tui.config.conditions import WrongCondition, condition
from sutaz_tui.config.document import Document
from sutaz_tui.config.for_each import PLACES, is_meant
from sutaz_tui.config.kinds import KINDS
from sutaz_tui.config.own_checks import fault_of, kind_asked
from sutaz_tui.config.service_rules import status_rule
from sutaz_tui.config.words import ID, Path, quoted
from sutaz_tui.text.patterns import Expression, WrongPattern

OWN = "own"
TAKEN = frozenset({
    "agents", "api", "databases", "infrastructure", "mcp", "messaging", "monitoring", "vectors", "caching", "security", "jwt",
    "e2e", "pool", "load", "performance", OWN, *KINDS,
})  # fmt: skip
"""The categories that the program has: those that are built in, and one for each kind of services."""
_NAMED = re.compile(r"\{\{(\w+)\}\}")
KEYS_OF_THE_LIST = "fqt"
"""Letters that mean something else where a category's letter is pressed."""


class OwnRules:
    """The rules of the user's own checks and their categories."""

    def __init__(self, document: Document, section: dict[str, Any], classes: list[str]) -> None:
        self._document = document
        self._section = section
        self._classes = classes
        services = document.values.get("services") or []
        groups = [one.get("id") for one in document.values.get("groups") or [] if isinstance(one, dict)]
        # As they will stand: who names no group is in the first.
        first = {"group": groups[0]} if groups else {}
        self._services = [{**first, **entry} for entry in services if isinstance(entry, dict)]
        self._kinds = {entry.get("id"): entry.get("kind") for entry in self._services}
        categories = section.get("categories") or []
        self._categories = [entry.get("id") for entry in categories if isinstance(entry, dict)]
        self._seen: set[str] = set()

    def check(self) -> None:
        """Add every fault."""
        self._check_categories()
        defaults = self._section.get("defaults")
        if isinstance(defaults, dict):
            self._category_and_tries(("checks", "defaults"), defaults)
        for index, entry in enumerate(self._section.get(OWN) or []):
            if isinstance(entry, dict):
                self._check_own(("checks", OWN, index), entry)

    def _fault(self, path: Path, words: str) -> None:
        self._document.fault(path, words)

    def _check_categories(self) -> None:
        seen: dict[tuple[str, object], int] = {}
        for index, entry in enumerate(self._section.get("categories") or []):
            if not isinstance(entry, dict):
                continue
            path: Path = ("checks", "categories", index)
            id, key, digit = entry.get("id"), entry.get("key"), entry.get("digit")
            if isinstance(id, str) and (not ID.fullmatch(id) or "." in id):
                self._fault(
                    (*path, "id"), f"found {quoted(id)}, expected letters, digits, _ or -, at most 64"
                )
            elif id in TAKEN:
                self._fault((*path, "id"), f"found {id!r}, which the program has, expected another word")
            if key and (len(key) != 1 or not key.isascii() or not key.isalpha() or key in KEYS_OF_THE_LIST):
                self._fault((*path, "key"), f"found {quoted(key)}, expected one letter but f, q and t")
            if digit is not None and not 0 <= digit <= 9:
                self._fault((*path, "digit"), f"found {digit}, expected 0 to 9")
            for name in ("id", "key", "digit"):
                value = entry.get(name)
                if value in (None, ""):
                    continue
                if (name, value) in seen:
                    line = self._document.line(("checks", "categories", seen[name, value]))
                    self._fault(
                        (*path, name), f"found a second {value!r} (line {line}), expected each {name} once"
                    )
                seen.setdefault((name, value), index)

    def _category_and_tries(self, path: Path, entry: dict[str, Any]) -> None:
        category = entry.get("category")
        if category and category not in (OWN, *self._categories):
            nearest = self._document.nearest(category, [OWN, *filter(None, self._categories)])
            self._fault((*path, "category"), f"found {quoted(category)}, expected {nearest}")
        if (tries := entry.get("tries")) is not None and not 1 <= tries <= 10:
            self._fault((*path, "tries"), f"found {tries}, expected 1 to 10")
        if (timeout := entry.get("timeout")) is not None and timeout <= 0:
            self._fault((*path, "timeout"), f"found {timeout:g} s, expected more than 0")

    def _check_own(self, path: Path, entry: dict[str, Any]) -> None:
        meant = self._meant(path, entry)
        self._check_id(path, entry, meant)
        self._category_and_tries(path, entry)
        if (fault := fault_of(entry)) is not None:
            key, words = fault
            self._fault((*path, key) if key else path, words)
        if (does := entry.get("does", "reads")) not in self._classes:
            nearest = self._document.nearest(str(does), self._classes)
            self._fault((*path, "does"), f"found {does!r}, expected {nearest}")
        self._check_services(path, entry, meant)
        for where, request in _requests(path, entry):
            self._check_request(where, request, str(entry.get("kind")))

    def _meant(self, path: Path, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """The services that it is made for, None where it stands for itself."""
        for_each = entry.get("for_each")
        self._check_places(path, entry, isinstance(for_each, dict))
        if not isinstance(for_each, dict):
            return None
        found = [service for service in self._services if is_meant(for_each, service)]
        if not any(for_each.values()):
            self._fault((*path, "for_each"), "found nothing, expected a kind, a group or both")
        elif not found:
            there = sorted({str(service.get("kind")) for service in self._services})
            nearest = self._document.nearest(str(for_each.get("kind", "")), there)
            words = " and ".join(f"{key} {value!r}" for key, value in for_each.items() if value)
            self._fault(
                (*path, "for_each"), f"found no service of {words}, expected a kind such as {nearest}"
            )
        return found

    def _check_places(self, path: Path, entry: dict[str, Any], is_for_each: bool) -> None:
        for key in ("url", "address", "query", "queue"):
            for name in _NAMED.findall(str(entry.get(key, ""))):
                if name in PLACES and not is_for_each:
                    self._fault((*path, key), f"found {{{{{name}}}}} without for_each, expected both")
                elif name not in PLACES and is_for_each:
                    nearest = self._document.nearest(name, PLACES)
                    self._fault((*path, key), f"found {{{{{name}}}}}, expected {nearest} in the brackets")

    def _check_id(self, path: Path, entry: dict[str, Any], meant: list[dict[str, Any]] | None) -> None:
        id = entry.get("id")
        if not isinstance(id, str):
            return
        category = entry.get("category") or (self._section.get("defaults") or {}).get("category") or OWN
        ids = [id] if meant is None else [f"{id}.{service.get('id')}" for service in meant]
        for one in (f"{category}.{one.removeprefix(f'{category}.')}" for one in ids):
            if one in self._seen:
                told = id if meant is None else one
                self._fault((*path, "id"), f"found a second {told!r}, expected each id once")
            self._seen.add(one)

    def _check_services(self, path: Path, entry: dict[str, Any], meant: list[dict[str, Any]] | None) -> None:
        wanted = kind_asked(str(entry.get("kind")))
        asked_of = str(entry.get("service") or wanted or "")
        if wanted and meant and all(service.get("kind") == wanted for service in meant):
            asked_of = ""
        if wanted and asked_of and (found := self._kinds.get(asked_of)) not in (None, wanted):
            self._fault(path, f"found service {asked_of!r} of kind {found}, expected one of kind {wanted}")
        for service in [*(entry.get("needs") or []), *([asked_of] if asked_of else [])]:
            if service not in self._kinds:
                nearest = self._document.nearest(str(service), [str(id) for id in self._kinds])
                self._fault(path, f"found no service {service!r}, expected {nearest}")

    def _check_request(self, path: Path, request: dict[str, Any], kind: str) -> None:
        status_rule(self._document, path, request)
        pattern = request.get("regex")
        if isinstance(pattern, str) and (words := _pattern_fault(pattern)):
            self._fault((*path, "regex"), words)
        for index, written in enumerate(request.get("conditions") or ()):
            if not isinstance(written, str):
                continue
            try:
                condition(written, kind)
            except WrongCondition as error:
                self._fault((*path, "conditions", index), f"found {quoted(written)}, expected {error}")


def _requests(path: Path, entry: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield path, entry
    steps = entry.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else []):
        if isinstance(step, dict):
            yield (*path, "steps", number), step


def _pattern_fault(pattern: str) -> str:
    try:
        Expression(pattern)
    except WrongPattern as error:
        return f"found a regex that does not compile ({error}), expected one that does"
    return ""
