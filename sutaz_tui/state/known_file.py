"""Troubles that are marked as known, kept in the history of a config, which all its boards share."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from sutaz_tui.model import Known, Status
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.history.moments import ms, when
from sutaz_tui.text.sanitise import one_line

Marks = dict[str, Known]
"""By service id."""

_ENDS = "UPDATE was_known SET ended = ? WHERE service = ? AND ended IS NULL"
_BEGINS = "INSERT INTO was_known VALUES (?, ?, ?, ?, ?, NULL)"
_THEN = """
SELECT service, reason, until, by, began FROM was_known
WHERE began <= :at AND coalesce(until, :at + 1) > :at AND coalesce(ended, :at + 1) > :at ORDER BY began
"""


class MarkChange(Struct, frozen=True):
    """What one board did to the mark of a service: `before` it was marked so (None: not), `after` so."""

    service_id: str
    before: Known | None
    after: Known | None

    def apply(self, marks: Marks) -> None:
        """Do it to marks that another board may have changed meanwhile: a mark that replaced `before` is not removed."""
        if self.after is not None:
            marks[self.service_id] = self.after
        elif marks.get(self.service_id) == self.before:
            marks.pop(self.service_id, None)


class KnownFile:
    """Marks by service id. `mask` hides secrets in what a person typed.

    `file` None: there is no folder for it, and marks live as long as their board.
    """

    def __init__(self, file: HistoryFile | None, mask: Callable[[str], str]) -> None:
        self._file = file
        self._mask = mask
        self._seen: Marks = {}

    @property
    def path(self) -> Path | None:
        return self._file.path if self._file is not None else None

    def clean(self, mark: Known) -> Known:
        """The mark as the file gives it back."""
        return Known(
            mark.service_id,
            one_line(self._mask(mark.reason), 200),
            mark.until and when(ms(mark.until)),
            one_line(self._mask(mark.by), 40),
            mark.at and when(ms(mark.at)),
            mark.status,
        )

    def load(self, now: datetime) -> Marks:
        """What the file holds and is not over at `now`; nothing where it cannot be read."""
        self._seen = self._read(now) or {}
        return dict(self._seen)

    def at(self, moment: datetime) -> Marks:
        """The marks that held at a moment of the past; nothing where they cannot be read."""
        if self._file is None:
            return {}
        try:
            rows = self._file.read(lambda database: database.execute(_THEN, {"at": ms(moment)}).fetchall())
        except Unusable:
            # Also a file that was written last before they were kept.
            return {}
        return {
            id: Known(id, reason, None if until is None else when(until), by, when(began))
            for id, reason, until, by, began in rows
        }

    def merge(self, changes: Iterable[MarkChange], now: datetime) -> Marks | None:
        """Do these changes to what the file holds at this moment: all marks afterwards.

        None when there are no changes and the marks are those that were seen last. OSError or sqlite3.Error when they
        cannot be changed.
        """
        changes = list(changes)
        if self._file is None:
            return None
        if not changes:
            marks = self._read(now)
            if marks is None or marks == self._seen:
                return None
        else:
            try:
                marks = self._file.change(lambda database: self._change(database, changes, now))
            finally:
                self._file.close()
        self._seen = marks
        return dict(marks)

    def _read(self, now: datetime) -> Marks | None:
        """None where that cannot be."""
        try:
            return (
                self._file.read(lambda database: self._marks(database, now)) if self._file is not None else {}
            )
        except FileNotFoundError:
            return {}
        except Unusable:
            return None

    def _change(self, database: sqlite3.Connection, changes: list[MarkChange], now: datetime) -> Marks:
        before = self._marks(database, now)
        marks = dict(before)
        for change in changes:
            change.apply(marks)
        marks = {id: self.clean(mark) for id, mark in marks.items()}
        for id in before.keys() | marks.keys():
            if before.get(id) != marks.get(id):
                database.execute(_ENDS, (ms(now), id))
                if (mark := marks.get(id)) is not None:
                    began, until = ms(mark.at or now), mark.until and ms(mark.until)
                    database.execute(_BEGINS, (id, mark.reason, mark.by, began, until))
        database.execute("DELETE FROM known")
        database.executemany("INSERT INTO known VALUES (?, ?, ?, ?, ?, ?)", map(_row, marks.values()))
        return marks

    @staticmethod
    def _marks(database: sqlite3.Connection, now: datetime) -> Marks:
        labels = {status.label: status for status in Status}
        rows = database.execute("SELECT service, reason, until, by, at, status FROM known").fetchall()
        marks = [
            Known(id, reason, None if until is None else when(until), by, None if at is None else when(at), labels.get(status))
            for id, reason, until, by, at, status in rows
        ]  # fmt: skip
        return {mark.service_id: mark for mark in marks if not mark.is_over(now)}


def _row(mark: Known) -> tuple[str | int | None, ...]:
    moments = (None if at is None else ms(at) for at in (mark.until, mark.at))
    until, at = moments
    return (mark.service_id, mark.reason, until, mark.by, at, mark.status and mark.status.label)
