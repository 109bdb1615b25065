"""Results of checks as earlier versions kept them, one file for all stacks, taken over into the history of each config."""

import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sutaz_tui.config import Config
from sutaz_tui.private_files import locked
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.stack_name import stack_name

NAME = "results.sqlite3"
_WITHIN = 0.5
_OF_STACK = "SELECT check_id, at, outcome, elapsed, message, steps FROM results WHERE stack IN (?, ?)"
# A program that was killed between the two files begins again.
_TAKE = """
INSERT INTO results SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE NOT EXISTS (SELECT 1 FROM results WHERE check_id = ?1 AND at = ?2)
"""


def take_over(config: Config, file: HistoryFile) -> str | None:
    """Move what was kept of this config's stack into its history: "", or in words what was damaged; None where that is to
    be tried again.

    A file that is no database is renamed and left.
    """
    old = file.path.with_name(NAME)
    try:
        if not old.exists():
            return ""
        with locked(old.parent, NAME, _WITHIN):
            _move(config, old, file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            return None
        with suppress(OSError):
            aside = old.rename(old.with_suffix(".damaged"))
            return f"damaged results of checks are kept as {aside.name}"
    except Unusable:
        return None
    return ""


def _move(config: Config, old: Path, file: HistoryFile) -> None:
    # 0.1 named a stack by the addresses themselves, which may hold logins.
    plain = "\n".join(f"{service.id} {service.address}" for service in config.services)
    stacks = (plain, stack_name(old.parent, plain))
    mask = config.secrets.mask
    with closing(sqlite3.connect(old, timeout=_WITHIN)) as database:
        rows = database.execute(_OF_STACK, stacks).fetchall()
        if rows:
            file.write(
                (_TAKE, (id, ms(datetime.fromisoformat(at)), outcome, elapsed, mask(message), mask(steps)))
                for id, at, outcome, elapsed, message, steps in rows
            )
            file.close()
            with database:
                database.execute("DELETE FROM results WHERE stack IN (?, ?)", stacks)
        (left,) = database.execute("SELECT count(*) FROM results").fetchone()
        if rows and left:
            # The pages that held them are still in the file, and in its log where it has one.
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("", "-wal", "-shm", "-journal") if not left else ():
        old.with_name(NAME + end).unlink(missing_ok=True)
