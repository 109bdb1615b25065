"""The file of a history: where it stands, who may read it, and opening it to write or to read."""

import errno
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from sutaz_tui.config.files import word_of
from sutaz_tui.private_files import private_folder
from sutaz_tui.state.history.schema import migrate, require_current
from sutaz_tui.state.writer import SetAside

T = TypeVar("T")

RECORDED = Path("/var/lib/sutaz-tui")
"""The state folder of a recorder that systemd runs."""

WITHIN = 0.5
"""Seconds that a write waits for another program; the writer tries again."""

_STEPS = 10_000
"""Of SQLite, between two looks whether anybody still waits."""

Statement = tuple[str, tuple[object, ...]]
"""SQL and what stands for its question marks."""

Unusable = (OSError, sqlite3.Error)
"""What a folder or a file that cannot be used raises."""


def name_of(path: Path | None) -> str:
    """The name of the file that remembers the config at `path`, None for the built-in one."""
    return f"history-{word_of(path)}.sqlite3"


class HistoryFile:
    """One file of a history. Writing is for one thread; every read opens the file for itself.

    `group` is the number of the group that may read it, None for nobody but its owner.
    """

    def __init__(self, path: Path, group: int | None = None) -> None:
        self.path = path
        self._group = group
        self._database: sqlite3.Connection | None = None
        self._inode = 0

    def write(self, statements: Iterable[Statement]) -> None:
        """Do all of these or none; OSError or sqlite3.Error where the file cannot be used."""
        self.change(lambda database: [database.execute(*one) for one in statements])

    def change(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Do something to the file in one transaction; what `act` returns. Errors as in `write`.

        A damaged file is moved aside, which is told by a SetAside: the next write begins a new one.
        """
        try:
            database = self._opened()
            with database:
                database.execute("BEGIN IMMEDIATE")
                return act(database)
        except sqlite3.DatabaseError as error:
            self.close()
            if not _is_damage(error) or not _is_damaged(self.path):
                raise
            _move_aside(self.path)
            raise SetAside from error
        except sqlite3.Error:
            self.close()
            raise

    def read(
        self, ask: Callable[[sqlite3.Connection], T], is_given_up: Callable[[], bool] | None = None
    ) -> T:
        """What `ask` finds; OSError or sqlite3.Error where the file cannot be used, or is not there.

        Also once `is_given_up` says that nobody waits for it any more.
        """
        with closing(self._reading()) as database:
            database.set_progress_handler(is_given_up, _STEPS)
            require_current(database)
            return ask(database)

    def close(self) -> None:
        """Let go of the file; the next write opens it anew."""
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def _opened(self) -> sqlite3.Connection:
        if self._database is not None and _inode(self.path) != self._inode:
            self.close()
        if self._database is None:
            self._make()
            # Only the thread that writes uses it, and the one that closes it in the end.
            database = sqlite3.connect(
                self.path, timeout=WITHIN, isolation_level=None, check_same_thread=False
            )
            try:
                database.execute("PRAGMA auto_vacuum = INCREMENTAL")
                database.execute("PRAGMA journal_mode = WAL")
                # A killed program loses nothing by it, a power cut at most the last seconds.
                database.execute("PRAGMA synchronous = NORMAL")
                migrate(database)
                self._share()
            except BaseException:
                database.close()
                raise
            self._database, self._inode = database, _inode(self.path)
        return self._database

    def _make(self) -> None:
        """The file itself, its mode from the first moment on: SQLite gives those beside it the same."""
        if self._group is None:
            private_folder(self.path.parent)
        else:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._open_to_group(self.path.parent, 0o750)
        # One that is there must never be opened by hand: closing it again drops the locks of every connection that
        # this process has to it, and whoever closes it next takes it for unused and deletes the log under us.
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        if not stat.S_ISREG(self.path.lstat().st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(self.path))
        if self._group is not None:
            self._open_to_group(self.path, 0o640)
        elif self.path.stat().st_mode & 0o027:
            self.path.chmod(0o600)

    def _share(self) -> None:
        if self._group is not None:
            for end in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self._open_to_group(self.path.with_name(self.path.name + end), 0o640)

    def _open_to_group(self, path: Path, mode: int) -> None:
        assert self._group is not None
        found = path.stat()
        if found.st_gid != self._group:
            os.chown(path, -1, self._group)
        if stat.S_IMODE(found.st_mode) != mode:
            path.chmod(mode)

    def _reading(self) -> sqlite3.Connection:
        if not self.path.exists():
            raise FileNotFoundError(2, "no history yet", str(self.path))
        where = f"{self.path.resolve().as_uri()}?mode=ro"
        database = sqlite3.connect(where, uri=True, timeout=WITHIN)
        try:
            database.execute("SELECT 1 FROM sqlite_master")
        except sqlite3.OperationalError as error:
            database.close()
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            # Nobody writes, and we may not make the file that readers of a log share: it stands still.
            database = sqlite3.connect(f"{where}&immutable=1", uri=True, timeout=WITHIN)
        return database


def _inode(path: Path) -> int:
    """Which file this is, 0 for none: it may have been moved away or deleted under us, and another be in its place."""
    with suppress(FileNotFoundError):
        return path.stat().st_ino
    return 0


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _is_damaged(path: Path) -> bool:
    """Whether the file that is there now is: another program may have begun a new one already."""
    try:
        with closing(sqlite3.connect(path, timeout=WITHIN)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.Error as error:
        return _is_damage(error)


def _move_aside(path: Path) -> None:
    """Its log first: a new file must not find it."""
    for end in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).replace(path.with_name(f"{path.name}.damaged{end}"))
