"""The file of troubles that are marked as known, which every board of one user and stack shares."""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from sutaz_tui.model import Known, Status
from sutaz_tui.private_files import locked, write_private
from sutaz_tui.text.sanitise import one_line

LARGEST = 8 * 1024 * 1024
LOCKED_WITHIN = 0.5


class MarkChange(Struct, frozen=True):
    """What one board did to the mark of a service: `before` it was marked so (None: not), `after` so."""

    service_id: str
    before: Known | None
    after: Known | None

    def apply(self, marks: dict[str, Known]) -> None:
        """Do it to marks that another board may have changed meanwhile: a mark that replaced `before` is not removed."""
        if self.after is not None:
            marks[self.service_id] = self.after
        elif marks.get(self.service_id) == self.before:
            marks.pop(self.service_id, None)


class KnownFile:
    """Marks by service id; of what is wrong in the file the rest is taken. `mask` hides secrets in what a person typed.

    `path` None: there is no folder for it, and marks live as long as their board. `told` is what to say of the last merge.
    """

    def __init__(self, path: Path | None, mask: Callable[[str], str]) -> None:
        self.path = path
        self._mask = mask
        self.told = ""
        self._seen: tuple[int, int, int] | None = None

    def clean(self, mark: Known) -> Known:
        """The mark as the file gives it back."""
        return Known(
            mark.service_id,
            one_line(self._mask(mark.reason), 200),
            mark.until,
            one_line(self._mask(mark.by), 40),
            mark.at,
            mark.status,
        )

    def load(self, now: datetime) -> dict[str, Known]:
        """What the file holds and is not over at `now`; nothing where it cannot be read."""
        self._seen = self._signature()
        try:
            return self.read(now)[0]
        except OSError:
            return {}

    def read(self, now: datetime) -> tuple[dict[str, Known], bool]:
        """The marks that are not over, and whether the file is whole: nothing of it would be lost by writing them."""
        if self.path is None:
            return {}, True
        try:
            with self.path.open("rb") as file:
                data = file.read(LARGEST + 1)
            entries = json.loads(data[:LARGEST])["known"]
        except FileNotFoundError:
            return {}, True
        except (ValueError, TypeError, KeyError, RecursionError):
            return {}, False
        marks = [self._mark_of(entry) for entry in entries] if isinstance(entries, list) else [None]
        found = {mark.service_id: mark for mark in marks if mark is not None and not mark.is_over(now)}
        return found, None not in marks

    def take_over(self, old: Path, now: datetime) -> None:
        """Add the marks of an older file to those that are here, and remove it where it is whole."""
        marks, is_whole = KnownFile(old, self._mask).read(now)
        known = self.load(now)
        self.merge((MarkChange(id, None, mark) for id, mark in marks.items() if id not in known), now)
        if is_whole:
            old.unlink(missing_ok=True)

    def set_aside(self, now: datetime) -> str:
        """Keep a file that is damaged under a name of its own, before anything is written over it: what to say of it.

        What can be read of it stays. "" where nothing is damaged, and where another run holds the file: that one does it.
        """
        try:
            if self.path is None or self.read(now)[1]:
                return ""
            with locked(self.path.parent, self.path.name, LOCKED_WITHIN):
                return self._set_aside(now)
        except BlockingIOError:
            return ""
        except OSError as error:
            return f"known marks cannot be read: {(error.strerror or 'unknown reason').lower()}"

    def merge(self, changes: Iterable[MarkChange], now: datetime) -> dict[str, Known] | None:
        """Do these changes to what the file holds at this moment: all marks afterwards.

        None when there are no changes and the file is as it was when it was last looked at. OSError when it cannot be
        changed (BlockingIOError: another program holds it).
        """
        changes = list(changes)
        if not changes:
            return self.load(now) if self._signature() != self._seen else None
        if self.path is None:
            return None
        with locked(self.path.parent, self.path.name, LOCKED_WITHIN):
            self.told = self._set_aside(now)
            marks, _ = self.read(now)
            for change in changes:
                change.apply(marks)
            self._write(marks)
            self._seen = self._signature()
        return marks

    def _set_aside(self, now: datetime) -> str:
        marks, is_whole = self.read(now)
        if is_whole or self.path is None:
            return ""
        names = (self.path.with_suffix(f".damaged-{number}") for number in itertools.count(1))
        damaged = next(name for name in names if not name.exists())
        self.path.rename(damaged)
        self._write(marks)
        return f"damaged marks are kept as {damaged.name}, {len(marks)} of them are used"

    def _write(self, marks: Mapping[str, Known]) -> None:
        assert self.path is not None
        text = json.dumps({"known": list(map(_entry, marks.values()))})
        write_private(self.path.parent, self.path.name, text)

    def _signature(self) -> tuple[int, int, int] | None:
        """What differs once another run has written the file."""
        if self.path is None:
            return None
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def _mark_of(self, entry: Any) -> Known | None:
        """One entry as a mark; None when it is none. Files of older versions do not say when it was made."""
        try:
            made = _moment(entry["at"]) if entry.get("at") else None
            return self.clean(
                Known(
                    str(entry["service"]),
                    str(entry["reason"]),
                    _moment(entry["until"]) if entry["until"] is not None else None,
                    str(entry["by"]),
                    made,
                    Status[entry["status"].upper()] if entry.get("status") else None,
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _entry(mark: Known) -> dict[str, str | None]:
    return {
        "service": mark.service_id,
        "reason": mark.reason,
        "until": mark.until.isoformat() if mark.until is not None else None,
        "by": mark.by,
        "at": mark.at.isoformat() if mark.at is not None else None,
        "status": mark.status.label if mark.status is not None else None,
    }


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at
