"""What earlier versions kept as JSON files, named by the stack: the last picture, how the board was left, known marks.
Taken over into the history of a config, once; what is damaged is kept aside."""

import hashlib
import itertools
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from sutaz_tui.config import Config
from sutaz_tui.model import Known, Status
from sutaz_tui.private_files import lock_path, locked
from sutaz_tui.state import picture
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.known_file import KnownFile, MarkChange
from sutaz_tui.state.left import keep_left, left_of
from sutaz_tui.state.stack_name import stack_name

LARGEST = 8 * 1024 * 1024
_WITHIN = 0.5

Take = Callable[[Any], str]
"""Keeps what a file holds: "" where all of it is kept, else what to say of the rest."""


def take_over(config: Config, folder: Path, file: HistoryFile, known: KnownFile, now: datetime) -> list[str]:
    """Move what these files hold into the history: in words what of it was damaged.

    A file that cannot be used now is left for the next start.
    """
    takes: dict[str, Take] = {
        "known": lambda held: _take_marks(held, known, now),
        "picture": lambda held: _take_picture(held, file, config),
        "left": lambda held: _take_left(held, file, config),
    }
    told = []
    for kind, take in takes.items():
        # That of 0.1 last: a later version's is newer.
        paths = [folder / f"{kind}-{name}.json" for name in _names(config, folder)]
        told += [words for path in paths if path.exists() and (words := _take(path, take))]
    return told


def _names(config: Config, folder: Path) -> list[str]:
    """The names of this stack: by the folder's key, and as 0.1 had it, by a hash without one."""
    stack = "\n".join(f"{service.id} {service.address} {service.source}" for service in config.services)
    unkeyed = hashlib.sha256(stack.encode("utf-8", "surrogatepass")).hexdigest()
    keyed = stack_name(folder, stack)
    return [name[:12] for name in (keyed, unkeyed) if name]


def _take(path: Path, take: Take) -> str:
    try:
        with locked(path.parent, path.name, _WITHIN):
            fault = take(_read(path))
            if not fault:
                path.unlink()
                lock_path(path.parent, path.name).unlink(missing_ok=True)
                return ""
            names = (path.with_suffix(f".damaged-{number}") for number in itertools.count(1))
            aside = next(name for name in names if not name.exists())
            path.rename(aside)
        return fault.format(aside.name)
    except Unusable:
        return ""


def _read(path: Path) -> Any:
    """What the file holds, None where that is nothing."""
    with path.open("rb") as file:
        try:
            return json.loads(file.read(LARGEST))
        except (ValueError, RecursionError):
            return None


def _take_marks(held: Any, known: KnownFile, now: datetime) -> str:
    """Add the marks to those of services that are not marked."""
    entries = held.get("known") if isinstance(held, dict) else None
    marks = [_mark_of(entry) for entry in entries] if isinstance(entries, list) else [None]
    marked = known.load(now)
    fresh = [mark for mark in marks if mark is not None and mark.service_id not in marked]
    if fresh:
        known.merge([MarkChange(mark.service_id, None, mark) for mark in fresh], now)
    return f"damaged marks are kept as {{}}, {len(fresh)} of them are used" if None in marks else ""


def _take_picture(held: Any, file: HistoryFile, config: Config) -> str:
    try:
        at = _moment(held["at"])
        seen = [
            picture.Seen(
                str(one["id"]),
                str(one["status"]),
                str(one["word"]),
                str(one["summary"]),
                float(one["latency"]) if one["latency"] is not None else None,
                _moment(one["since"]) if one["since"] else None,
                one.get("since_at_least") is not False,
            )
            for one in held["services"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        return "a damaged last picture is kept as {}"
    file.change(
        lambda database: (
            None
            if database.execute("SELECT 1 FROM picture").fetchone()
            else picture.keep(database, seen, at, config.secrets.mask)
        )
    )
    file.close()
    return ""


def _take_left(held: Any, file: HistoryFile, config: Config) -> str:
    left = left_of(held)
    if left is None:
        return "how the board was left is damaged, and kept as {}"
    text = config.secrets.mask(json.dumps(to_builtins(left)))
    file.change(
        lambda database: (
            None if database.execute("SELECT 1 FROM board").fetchone() else keep_left(database, text)
        )
    )
    file.close()
    return ""


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
