"""What must hold of the entries of `notify` besides types."""

import json
import re
from typing import Any

from sutaz_tui.config.addresses import url_fault
from sutaz_tui.config.document import Document
from sutaz_tui.config.notifiers import PLACES, WHATS
from sutaz_tui.config.words import ID, Path, quoted
from sutaz_tui.text.patterns import Expression, WrongPattern

_PLACE = re.compile(r"\{([A-Za-z_]+)\}")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def notify(document: Document) -> None:
    """Names are words of their own, what they tell of is there, and each way can be gone."""
    entries = document.values.get("notify")
    seen: set[str] = set()
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            path: Path = ("notify", index)
            _name(document, path, entry, seen)
            _what(document, path, entry)
            _times(document, path, entry)
            _way(document, path, entry)


def _name(document: Document, path: Path, entry: dict[str, Any], seen: set[str]) -> None:
    name = entry.get("name")
    if not isinstance(name, str):
        return
    if not ID.fullmatch(name):
        document.fault(
            (*path, "name"), f"found {quoted(name)}, expected letters, digits, . _ or -, at most 64"
        )
    elif name in seen:
        document.fault((*path, "name"), f"found a second {quoted(name)}, expected each name once")
    seen.add(name)


def _ids(document: Document, key: str) -> list[str]:
    found = document.values.get(key)
    return [
        str(one["id"])
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict) and "id" in one
    ]


def _what(document: Document, path: Path, entry: dict[str, Any]) -> None:
    services = _ids(document, "services")
    # Without a list of groups they are what services name.
    groups = _ids(document, "groups") or [
        str(one.get("group"))
        for one in document.values.get("services") or ()
        if isinstance(one, dict) and one.get("group")
    ]
    for key, valid in (("on", [*WHATS]), ("services", services), ("groups", groups)):
        for place, word in enumerate(entry.get(key) or ()):
            if isinstance(word, str) and word not in valid:
                document.fault(
                    (*path, key, place), f"found {quoted(word)}, expected {document.nearest(word, valid)}"
                )
    for place, rule in enumerate(entry.get("logs") or ()):
        if isinstance(rule, dict):
            _log(document, (*path, "logs", place), rule, services)
    if not entry.get("on", True) and not entry.get("logs") and not entry.get("disk"):
        document.fault((*path, "on"), "found nothing to tell of, expected on, logs or disk")


def _log(document: Document, path: Path, rule: dict[str, Any], services: list[str]) -> None:
    service, pattern = rule.get("service"), rule.get("pattern", "")
    if isinstance(service, str) and service not in services:
        document.fault(
            (*path, "service"), f"found {quoted(service)}, expected {document.nearest(service, services)}"
        )
    if bool(pattern) is bool(rule.get("silent")):
        document.fault(
            path, "found no rule, or two, expected a pattern, or silent: how long nothing may be written"
        )
    if pattern and isinstance(pattern, str):
        try:
            Expression(pattern)
        except WrongPattern as error:
            document.fault((*path, "pattern"), str(error))
    if isinstance(count := rule.get("count"), int) and not 1 <= count <= 10_000:
        document.fault((*path, "count"), f"found {count}, expected 1 to 10000")
    for key in ("within", "silent"):
        if isinstance(seconds := rule.get(key), int | float) and seconds and not 10 <= seconds <= 86_400:
            document.fault((*path, key), f"found {seconds:g} s, expected 10s to 1d")


def _times(document: Document, path: Path, entry: dict[str, Any]) -> None:
    for key, least, most in (("after", 0, 3600), ("timeout", 1, 60), ("disk", 0, 30 * 86_400)):
        if isinstance(seconds := entry.get(key), int | float) and not least <= seconds <= most:
            document.fault((*path, key), f"found {seconds:g} s, expected {least} to {most} s")
    sender = entry.get("from")
    if isinstance(sender, str) and sender not in ("recorder", "board"):
        document.fault((*path, "from"), f"found {quoted(sender)}, expected recorder or board")
    if sender == "recorder" and entry.get("to") == "terminal":
        document.fault((*path, "from"), "found recorder, expected board: a recorder has no terminal")


def _way(document: Document, path: Path, entry: dict[str, Any]) -> None:
    url = entry.get("url")
    if isinstance(url, str) and (expected := url_fault(url)):
        document.fault((*path, "url"), f"found {quoted(url)}, expected {expected}")
    elif isinstance(url, str) and entry.get("to") == "webhook" and (*path, "url") in document.taken:
        # Whoever knows the URL of a chat's hook may write there.
        names = document.taken[(*path, "url")].expanded.names
        document.secrets.setdefault(url, f"${names[0]}" if names else "")
    argv = entry.get("argv")
    if argv == [] or (argv and argv[0] == ""):
        document.fault((*path, "argv"), "found no program, expected [program, argument, …]")
    for place, word in enumerate(argv or ()):
        if isinstance(word, str) and "\0" in word:
            document.fault((*path, "argv", place), "found a NUL character, expected an argument without it")
    if entry.get("to") == "apprise" and entry.get("urls") == []:
        document.fault((*path, "urls"), "found no URL, expected at least one, such as ${MAIL_URL}")
    for place, number in enumerate(entry.get("osc") or ()):
        if number not in (9, 777):
            document.fault((*path, "osc", place), f"found {number}, expected 9 or 777")
    for name in entry.get("labels") or {}:
        if not _LABEL.fullmatch(str(name)):
            document.fault(
                (*path, "labels", str(name)), f"found {quoted(str(name))}, expected letters, digits and _"
            )
    _body(document, path, entry.get("body"))


def _body(document: Document, path: Path, body: object) -> None:
    if not isinstance(body, str) or not body:
        return
    for word in dict.fromkeys(_PLACE.findall(body)):
        if word not in PLACES:
            document.fault((*path, "body"), f"found {{{word}}}, expected {document.nearest(word, PLACES)}")
    if body.lstrip()[:1] in ("{", "["):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            # A text that begins with a place is one too.
            if not _PLACE.match(body.lstrip()):
                document.fault(
                    (*path, "body"), 'found JSON that is none, expected such as {"text": "{title}: {words}"}'
                )
