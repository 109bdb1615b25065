"""Known marks as earlier versions kept them, a JSON file a stack, taken over into the history of a config."""

import itertools
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sutaz_tui.model import Known, Status
from sutaz_tui.private_files import locked
from sutaz_tui.state.history.file import Unusable
from sutaz_tui.state.known_file import KnownFile, MarkChange

LARGEST = 8 * 1024 * 1024
_WITHIN = 0.5


def take_over(old: Path, known: KnownFile, now: datetime) -> str:
    """Add the marks of a file to those of services that are not marked: "", or in words what of it was damaged.

    A file that cannot be used now is left for the next start.
    """
    try:
        if not old.exists():
            return ""
        with locked(old.parent, old.name, _WITHIN):
            marks, is_whole = _read(old)
            marked = known.load(now)
            fresh = [mark for mark in marks if mark.service_id not in marked]
            if fresh:
                known.merge([MarkChange(mark.service_id, None, mark) for mark in fresh], now)
            if is_whole:
                old.unlink()
                return ""
            names = (old.with_suffix(f".damaged-{number}") for number in itertools.count(1))
            damaged = next(name for name in names if not name.exists())
            old.rename(damaged)
        return f"damaged marks are kept as {damaged.name}, {len(fresh)} of them are used"
    except Unusable:
        return ""


def _read(path: Path) -> tuple[list[Known], bool]:
    """The marks, and whether nothing of the file is lost by taking them."""
    try:
        with path.open("rb") as file:
            entries = json.loads(file.read(LARGEST))["known"]
    except FileNotFoundError:
        return [], True
    except (ValueError, TypeError, KeyError, RecursionError):
        return [], False
    marks = [_mark_of(entry) for entry in entries] if isinstance(entries, list) else [None]
    return [mark for mark in marks if mark is not None], None not in marks


def _mark_of(entry: Any) -> Known | None:
    """One entry as a mark; None when it is none. Files of 0.1 do not say when it was made."""
    try:
        return Known(
            str(entry["service"]),
            str(entry["reason"]),
            _moment(entry["until"]) if entry["until"] is not None else None,
            str(entry["by"]),
            _moment(entry["at"]) if entry.get("at") else None,
            Status[entry["status"].upper()] if entry.get("status") else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at
