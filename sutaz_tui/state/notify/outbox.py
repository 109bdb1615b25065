"""What was told and what is still to be, kept in the history, so that nothing is told twice and nothing is lost."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from sutaz_tui.engine.news.telling import Message
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.moments import ms, when

T = TypeVar("T")

HELD, DUE, BEGUN, SENT = "held", "due", "begun", "sent"
KEPT = 7 * 86_400_000
"""Milliseconds for which what was sent is known."""


class Kept(Struct, frozen=True):
    """What is kept of one notifier: what it told that holds, what waits, what was begun when this program ended, and when
    it sent its newest messages."""

    told: tuple[Item, ...] = ()
    held: tuple[Message, ...] = ()
    due: tuple[Message, ...] = ()
    begun: tuple[Message, ...] = ()
    sent: tuple[datetime, ...] = ()


class Outbox:
    """The messages of one notifier in a history; None: nothing is kept, and all is as new in the next run.

    Every call opens the file and may wait half a second for another program: they are for a thread. OSError or
    sqlite3.Error where the file cannot be used.
    """

    def __init__(self, file: HistoryFile | None, notifier: str) -> None:
        self._file = file
        self._notifier = notifier

    def load(self) -> Kept:
        """What earlier runs left."""
        if self._file is None:
            return Kept()
        with suppress(FileNotFoundError):
            return self._file.read(self._load)
        return Kept()

    def _load(self, database: sqlite3.Connection) -> Kept:
        try:
            told = database.execute("SELECT item FROM told WHERE notifier = ?", (self._notifier,)).fetchall()
            rows = database.execute(
                "SELECT state, message, at FROM messages WHERE notifier = ? ORDER BY at, rowid",
                (self._notifier,),
            ).fetchall()
        except sqlite3.OperationalError as error:
            # Of a version before people were told, until the next write.
            if "no such table" in str(error):
                return Kept()
            raise
        of = {
            state: tuple(msgspec.json.decode(text, type=Message) for found, text, _ in rows if found == state)
            for state in (HELD, DUE, BEGUN)
        }
        sent = tuple(when(at) for found, _, at in rows if found == SENT)[-10:]
        items = tuple(msgspec.json.decode(text, type=Item) for (text,) in told)
        return Kept(items, of[HELD], of[DUE], of[BEGUN], sent)

    def keep(
        self, told: Iterable[Item], held: Iterable[Message], due: Iterable[Message], now: datetime
    ) -> list[Message]:
        """Keep how all stands, in place of what was held before: those of `due` that are ours to send, for another program
        may have been first."""
        due = list(due)
        if self._file is None:
            return due
        rows = [(self._notifier, item.key, _json(item)) for item in told]
        waiting = list(held)

        def change(database: sqlite3.Connection) -> list[Message]:
            database.execute("DELETE FROM told WHERE notifier = ?", (self._notifier,))
            database.executemany("INSERT INTO told VALUES (?, ?, ?)", rows)
            database.execute("DELETE FROM messages WHERE notifier = ? AND state = ?", (self._notifier, HELD))
            database.execute("DELETE FROM messages WHERE state = ? AND at < ?", (SENT, ms(now) - KEPT))
            for message in waiting:
                self._insert(database, message, HELD)
            return [message for message in due if self._insert(database, message, DUE)]

        return self._changed(change)

    def _insert(self, database: sqlite3.Connection, message: Message, state: str) -> bool:
        done = database.execute(
            "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)",
            (message.id, self._notifier, ms(message.at), state, _json(message)),
        )
        return done.rowcount == 1

    def take_left(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The titles of what other notifiers than these left to be sent, by notifier; they are given up by that."""
        there = frozenset(names)
        if self._file is None or not self._file.path.exists():
            return {}
        asked = "SELECT id, notifier, message FROM messages WHERE state <> ? ORDER BY at"
        rows = self._file.read(lambda database: database.execute(asked, (SENT,)).fetchall())
        left = [row for row in rows if row[1] not in there]
        if not left:
            return {}
        forget = "DELETE FROM messages WHERE id = ?"
        self._changed(lambda database: database.executemany(forget, [(id,) for id, *_ in left]))
        found: dict[str, list[str]] = {}
        for _, notifier, text in left:
            found.setdefault(notifier, []).append(msgspec.json.decode(text, type=Message).title)
        return found

    def mark(self, message: Message, state: str) -> None:
        """A message is about to be sent (BEGUN), was not (DUE), or was (SENT), also where it could not be kept before."""
        row = (message.id, self._notifier, ms(message.at), state, _json(message))
        if self._file is not None:
            self._changed(
                lambda database: database.execute(
                    "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?)", row
                )
            )

    def _changed(self, change: Callable[[sqlite3.Connection], T]) -> T:
        assert self._file is not None
        try:
            return self._file.change(change)
        finally:
            self._file.close()


def _json(value: Item | Message) -> str:
    return msgspec.json.encode(value).decode()
