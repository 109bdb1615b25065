"""What must hold of the `charts` section besides types."""

import re
from typing import Any

from sutaz_tui.config.charts import PLACES, UNITS
from sutaz_tui.config.document import Document
from sutaz_tui.config.words import ID, Path, quoted

MOST = 12
"""Charts of one set."""

_ANY_PLACE = re.compile(r"\{\{(\w+)\}\}")


def charts(document: Document) -> None:
    """Names are words, each set has charts, units and sources are known, and queries hold no place that nothing fills."""
    found = document.values.get("charts")
    sources = document.values.get("sources")
    named = [name for name, entry in sources.items() if entry] if isinstance(sources, dict) else []
    for name, entries in found.items() if isinstance(found, dict) else ():
        path: Path = ("charts", name)
        if not ID.fullmatch(name):
            document.fault(path, f"found {quoted(name)}, expected letters, digits, . _ or -, at most 64")
        if isinstance(entries, list) and not 1 <= len(entries) <= MOST:
            document.fault(path, f"found {len(entries)} charts, expected 1 to {MOST}")
        for index, entry in enumerate(entries or []):
            if isinstance(entry, dict):
                _chart(document, (*path, index), entry, named)


def _chart(document: Document, path: Path, entry: dict[str, Any], sources: list[str]) -> None:
    if (unit := entry.get("unit") or "") not in UNITS:
        words = ", ".join(one for one in UNITS if one)
        document.fault((*path, "unit"), f"found {quoted(unit)}, expected one of {words}, or none")
    source = entry.get("source")
    if source and source not in sources:
        words = f"found {quoted(source)}, expected {document.nearest(source, sources)} of `sources`"
        document.fault((*path, "source"), words)
    lines = entry.get("lines")
    if lines == {}:
        document.fault((*path, "lines"), "found no lines, expected at least one query by its name")
    for name, query in lines.items() if isinstance(lines, dict) else ():
        if isinstance(query, str) and not query.strip():
            document.fault((*path, "lines", name), "found nothing, expected PromQL")
        for place in _ANY_PLACE.findall(query or ""):
            if place not in PLACES:
                nearest = document.nearest(place, PLACES)
                document.fault(
                    (*path, "lines", name), f"found {{{{{place}}}}}, expected {nearest} in the brackets"
                )
