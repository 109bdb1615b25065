"""The tables of a history and how an older file becomes a newer one. Moments are milliseconds since 1970, UTC."""

import errno
import sqlite3
from collections.abc import Iterator

STEPS = (
    # What is spoken of: a service, an alert (by name) or a cause, under a small number.
    """
    CREATE TABLE subjects (no INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (kind, id));
    -- While somebody watched, and why that ended ("" where nobody could say: it was killed, or goes on).
    CREATE TABLE watches (began INTEGER NOT NULL, ended INTEGER NOT NULL, why TEXT NOT NULL DEFAULT '', by TEXT NOT NULL);
    -- How a subject was. `ended` NULL: it is so at the end of the last watch. `since` is the status', perhaps of an
    -- earlier span; `own_start` what the service said of itself.
    CREATE TABLE spans (
        subject INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER, status TEXT NOT NULL, word TEXT NOT NULL,
        summary TEXT NOT NULL, since INTEGER NOT NULL, at_least INTEGER NOT NULL, own_start INTEGER
    );
    CREATE INDEX spans_of ON spans (subject, began);
    CREATE INDEX spans_open ON spans (subject) WHERE ended IS NULL;
    -- What happened besides: restart, oom, image, fault, clock, note.
    CREATE TABLE changes (at INTEGER NOT NULL, subject INTEGER, kind TEXT NOT NULL, words TEXT NOT NULL);
    CREATE INDEX changes_at ON changes (at);
    -- The figures of 1, 10 or 60 minutes from `minute` on (minutes since 1970); latencies in seconds.
    CREATE TABLE minutes (
        subject INTEGER NOT NULL, minute INTEGER NOT NULL, step INTEGER NOT NULL, asks INTEGER NOT NULL,
        failures INTEGER NOT NULL, median REAL, worst REAL, facts TEXT NOT NULL, PRIMARY KEY (subject, minute)
    ) WITHOUT ROWID;
    """,
    """
    -- How checks ended; `steps` is their evidence as JSON.
    CREATE TABLE results (
        check_id TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL, elapsed REAL NOT NULL,
        message TEXT NOT NULL, steps TEXT NOT NULL
    );
    CREATE INDEX results_of ON results (check_id, at);
    -- Troubles that a person knows of; `until` NULL: until it recovers or gets worse.
    CREATE TABLE known (
        service TEXT PRIMARY KEY, reason TEXT NOT NULL, until INTEGER, by TEXT NOT NULL, at INTEGER, status TEXT
    );
    """,
    """
    -- How each service was when a board was left, and how the board was, as JSON.
    CREATE TABLE picture (
        service TEXT PRIMARY KEY, at INTEGER NOT NULL, status TEXT NOT NULL, word TEXT NOT NULL, summary TEXT NOT NULL,
        latency REAL, since INTEGER, at_least INTEGER NOT NULL
    );
    CREATE TABLE board (only INTEGER PRIMARY KEY CHECK (only = 1), how TEXT NOT NULL);
    -- Troubles that were known: from when to when; `ended` NULL: until it was taken away or over, which `known` says.
    CREATE TABLE was_known (
        service TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL, began INTEGER NOT NULL, until INTEGER, ended INTEGER
    );
    INSERT INTO was_known
        SELECT service, reason, by, coalesce(at, CAST(strftime('%s') AS INTEGER) * 1000), until, NULL FROM known;
    """,
    """
    -- Each answer's milliseconds in a recent minute, with a space before each: only these give a percentile of several.
    CREATE TABLE latencies (
        subject INTEGER NOT NULL, minute INTEGER NOT NULL, each TEXT NOT NULL, PRIMARY KEY (minute, subject)
    ) WITHOUT ROWID;
    """,
    """
    -- What was typed after a sign, `:`, `/` or `&`.
    CREATE TABLE typed (no INTEGER PRIMARY KEY AUTOINCREMENT, sign TEXT NOT NULL, text TEXT NOT NULL);
    """,
    """
    -- What each notifier told that still holds, as JSON; and its messages: held (until more may be sent), due, begun, sent.
    CREATE TABLE told (notifier TEXT NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (notifier, key));
    CREATE TABLE messages (
        id TEXT PRIMARY KEY, notifier TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL
    );
    """,
    """
    -- How checks ended in other places. Not among `results`: whoever asks those how a check ended means here.
    CREATE TABLE results_from (
        check_id TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL, elapsed REAL NOT NULL,
        message TEXT NOT NULL, steps TEXT NOT NULL, "from" TEXT NOT NULL
    );
    CREATE INDEX results_from_at ON results_from (at);
    """,
)
"""What makes each version out of the one before it; version n has the first n of them behind it."""


def migrate(database: sqlite3.Connection) -> None:
    """Make the file one of this version; OSError in words where a newer program wrote it."""
    while (version := _version(database)) < len(STEPS):
        # One transaction a step: a killed program leaves the version before it, whole.
        database.execute("BEGIN IMMEDIATE")
        try:
            # Another program may have made this step while this one waited for the lock.
            if _version(database) == version:
                for statement in _statements(STEPS[version]):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {version + 1}")
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise OSError(errno.EINVAL, "a newer sutaz-tui wrote it")
    return int(version)


def _statements(step: str) -> Iterator[str]:
    """The statements of a script, each of which ends where a line ends."""
    statement = ""
    for line in step.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def require_current(database: sqlite3.Connection) -> None:
    """Refuse to read what is no history: OSError in words. An older one lacks tables, and its others are the same."""
    if _version(database) == 0:
        raise FileNotFoundError(errno.ENOENT, "nothing was written into it yet")
