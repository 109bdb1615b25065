"""What must hold of the `logs` section, and of the `logs` of a service, besides types."""

import re
from typing import Any

from sutaz_tui.config.document import Document
from sutaz_tui.config.words import Path, quoted
from sutaz_tui.text.patterns import Expression, TooSlow, WrongPattern
from sutaz_tui.text.sanitise import one_line

RANGES = {"buffer": (1_000, 1_000_000), "height": (3, 200), "count_below": (0, 1 << 50)}
"""The least and the most of each figure."""

SAMPLE_TIME = 0.05
"""Seconds of CPU that a format may take for one of its samples."""

_WAYS = ("container", "selector", "file", "journal")
_NAME = re.compile(r"[\w-]{1,40}")
_UNIT = re.compile(r"[\w@:.\\-]{1,255}")


def logs(document: Document) -> None:
    """Figures are in their range, sources are there, and a service's log is told in one way that can be asked."""
    found = document.values.get("logs")
    section: dict[str, Any] = found if isinstance(found, dict) else {}
    for key, (least, most) in RANGES.items():
        value = section.get(key)
        if value is not None and not least <= value <= most:
            document.fault(("logs", key), f"found {value}, expected {least} to {most}")
    _formats(document, section.get("formats") or [])
    _queries(document, section.get("queries") or {})
    sources = document.values.get("sources")
    valid = [name for name, entry in sources.items() if entry] if isinstance(sources, dict) else []
    services = [one for one in document.values.get("services") or [] if isinstance(one, dict)]
    for kind in ("loki", "docker"):
        name = section.get(kind)
        if name and name not in valid:
            words = f"found {quoted(name)}, expected {document.nearest(name, valid)} of `sources`"
            document.fault(("logs", kind), words)
    asked = {
        kind: bool(section.get(kind)) or any(one.get("kind") == kind for one in services)
        for kind in ("loki", "docker")
    }
    for index, service in enumerate(document.values.get("services") or []):
        place = service.get("logs") if isinstance(service, dict) else None
        if isinstance(place, dict):
            _place(document, ("services", index, "logs"), place, asked)
            name, other = place.get("loki"), next((key for key in _WAYS if place.get(key)), "selector")
            if name and (name not in valid or other != "selector"):
                what = (
                    f"{document.nearest(name, valid)} of `sources`"
                    if name not in valid
                    else f"no {other} beside it"
                )
                document.fault(("services", index, "logs", "loki"), f"found {quoted(name)}, expected {what}")


def _formats(document: Document, formats: list[Any]) -> None:
    for index, entry in enumerate(formats):
        regex = entry.get("regex") if isinstance(entry, dict) else None
        if not isinstance(regex, str):
            continue
        path = ("logs", "formats", index)
        try:
            expression = Expression(regex)
        except WrongPattern as error:
            document.fault((*path, "regex"), str(error))
            continue
        if "message" not in expression.names:
            words = "found no group message, expected (?P<message>…), and (?P<time>…), (?P<level>…), (?P<logger>…) if any"
            document.fault((*path, "regex"), words)
        for number, sample in enumerate(entry.get("samples") or []):
            if isinstance(sample, str) and not _matches(expression, sample):
                words = f"found {quoted(one_line(sample, 80))}, expected a line that the regex matches from its beginning"
                document.fault((*path, "samples", number), words)


def _queries(document: Document, queries: Any) -> None:
    for name, query in queries.items() if isinstance(queries, dict) else ():
        if not _NAME.fullmatch(str(name)) or name == "all":
            words = f"found {quoted(str(name))}, expected a word of letters, digits and hyphens, not all"
            document.fault(("logs", "queries", str(name)), words)
        elif isinstance(query, str) and "{" not in query:
            words = f'found {quoted(one_line(query, 60))}, expected LogQL: {{job="api"}} |= "lost"'
            document.fault(("logs", "queries", str(name)), words)


def _matches(expression: Expression, sample: str) -> bool:
    try:
        return expression.groups(sample, SAMPLE_TIME) is not None
    except TooSlow:
        return False


def _place(document: Document, path: Path, place: dict[str, Any], asked: dict[str, bool]) -> None:
    named = [key for key in _WAYS if place.get(key)]
    faulty = any(key not in place and (*path, key) in document.origins for key in _WAYS)
    if len(named) != 1 and not faulty and (named or not place.get("loki")):
        what = " and ".join(named) if named else "no place"
        document.fault(path, f"found {what}, expected one of container, selector, file, journal")
    for key, kind in (("container", "docker"), ("selector", "loki")):
        if place.get(key) and not asked[kind] and not place.get(kind):
            words = f"found a {key}, expected a service of kind {kind}, or logs.{kind}, to ask it of"
            document.fault((*path, key), words)
    selector = place.get("selector") or "{}"
    if not selector.startswith("{") or "}" not in selector:
        document.fault(
            (*path, "selector"), f'found {quoted(selector)}, expected LogQL such as {{job="docker"}}'
        )
    if (unit := place.get("journal")) and (not _UNIT.fullmatch(unit) or unit.startswith("-")):
        document.fault(
            (*path, "journal"), f"found {quoted(unit)}, expected a systemd unit such as nginx.service"
        )
    if "\0" in (place.get("file") or ""):
        document.fault((*path, "file"), "found a NUL character, expected a path")
