"""What must hold of the `history` and `record` sections besides types, and the older name of one of their keys."""

import re
from typing import Any

from sutaz_tui.config.document import Document
from sutaz_tui.config.words import quoted
from sutaz_tui.text.units import bytes_of

SMALLEST = 1_000_000
"""Bytes that a history needs at least."""

DAYS = (1 / 24, 3650)

_GROUP = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def history(document: Document) -> None:
    """Days and size are in their range, the group is a name, the socket a place."""
    section, record = _section(document, "history"), _section(document, "record")
    days, size, group = section.get("days"), section.get("size"), record.get("group")
    if days is not None and not DAYS[0] <= days <= DAYS[1]:
        document.fault(("history", "days"), f"found {days:g}, expected 0.05 to {DAYS[1]}")
    if size is not None and (bytes_of(size) or 0) < SMALLEST:
        document.fault(("history", "size"), f"found {quoted(size)}, expected a size of 1MB or more")
    if group and not _GROUP.fullmatch(group):
        document.fault(("record", "group"), f"found {quoted(group)}, expected the name of a group")
    if (socket := record.get("socket")) and socket != "off" and not socket.startswith("/"):
        document.fault(("record", "socket"), f"found {quoted(socket)}, expected an absolute path, or off")


def renamed(document: Document) -> tuple[str, ...]:
    """A sentence for each key that is still written by its older name."""
    if ("checks", "keep_days") not in document.origins:
        return ()
    return ("checks.keep_days is called history.days now: it keeps results, and all else that is remembered",)


def _section(document: Document, name: str) -> dict[str, Any]:
    found = document.values.get(name)
    return found if isinstance(found, dict) else {}
