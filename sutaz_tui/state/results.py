"""Results of checks kept between runs, in SQLite in the state folder (mode 0600): what failed last, and since when."""

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.config.files import state_folder
from sutaz_tui.model import RED, CheckResult, CheckRun, Outcome, Step
from sutaz_tui.private_files import private_folder
from sutaz_tui.state.stack_name import stack_name

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

NAME = "results.sqlite3"
LAST = 20
WRITES_WITHIN = 0.5
"""Seconds that a write waits for another program; the writer, which has other files to write, tries again."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    stack TEXT NOT NULL, check_id TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL, elapsed REAL NOT NULL,
    message TEXT NOT NULL, steps TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_check ON results (stack, check_id, at);
"""
_NAMED_BY_KEY = 1
"""`user_version` of a file in which no row holds an address, nor any freed page."""

# What a state folder or a database file that cannot be used raises.
Unusable = (OSError, sqlite3.Error)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a check from earlier runs: its newest outcomes (newest last), when it was last green, and since
    when it has failed without a pass between."""

    outcomes: tuple[Outcome, ...] = ()
    last_pass: datetime | None = None
    failing_since: datetime | None = None
    message: str = ""


class Results:
    """The results of one config's stack; OSError or sqlite3.Error when the state folder cannot be used."""

    def __init__(self, config: Config, folder: Path | None = None) -> None:
        where = private_folder(folder or state_folder())
        self._path = where / NAME
        self._config = config
        # Two configs with the same services are the same stack.
        stack = "\n".join(f"{service.id} {service.address}" for service in config.services)
        self._stack = stack_name(where, stack)
        os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600))
        self._path.chmod(0o600)
        with closing(self._open()) as database:
            with database:
                database.executescript(_SCHEMA)
            if database.execute("PRAGMA user_version").fetchone() != (_NAMED_BY_KEY,):
                self._rewrite(database, where)

    def keep(self, run: CheckRun) -> None:
        """Keep the results of a run, and forget what is older than the config says."""
        oldest = datetime.now(UTC) - timedelta(days=self._config.history.days)
        rows = [
            (
                self._stack,
                r.check_id,
                r.started.isoformat(),
                str(r.outcome),
                r.elapsed,
                r.message,
                self._steps(r),
            )
            for r in run.results
            if r.outcome is not Outcome.SKIP
        ]
        with closing(self._open(WRITES_WITHIN)) as database, database:
            database.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            database.execute("DELETE FROM results WHERE at < ?", (oldest.isoformat(),))

    def past(self, check_ids: Iterable[str]) -> dict[str, Past]:
        """What is known of these checks."""
        with closing(self._open()) as database:
            return {id: self._past(database, id) for id in check_ids}

    def last(self, checks: "Iterable[Check]", until: datetime | None = None) -> dict[str, CheckResult]:
        """How each of these checks ended last (until a moment, aware UTC)."""
        with closing(self._open()) as database:
            rows = database.execute(
                "SELECT check_id, max(at), outcome, elapsed, message, steps FROM results WHERE stack = ? "
                "AND at <= ? GROUP BY check_id",
                (self._stack, until.isoformat() if until is not None else "9"),
            ).fetchall()
        kept = {id: ended for id, *ended in rows}
        return {check.id: _result(check, *kept[check.id]) for check in checks if check.id in kept}

    def failed(self) -> set[str]:
        """The ids of the checks that were red when they last ran."""
        with closing(self._open()) as database:
            rows = database.execute(
                "SELECT check_id, outcome, max(at) FROM results WHERE stack = ? GROUP BY check_id",
                (self._stack,),
            )
            return {id for id, outcome, _ in rows if outcome in RED}

    def _past(self, database: sqlite3.Connection, id: str) -> Past:
        rows = database.execute(
            "SELECT outcome, at, message FROM results WHERE stack = ? AND check_id = ? ORDER BY at DESC LIMIT 500",
            (self._stack, id),
        ).fetchall()
        if not rows:
            return Past()
        moments = [(Outcome(outcome), datetime.fromisoformat(at)) for outcome, at, _ in rows]
        since = None
        for outcome, at in moments:
            if outcome is Outcome.PASS:
                break
            since = at
        return Past(
            outcomes=tuple(outcome for outcome, _ in reversed(moments[:LAST])),
            last_pass=next((at for outcome, at in moments if outcome is Outcome.PASS), None),
            failing_since=since,
            message=rows[0][2],
        )

    def _rewrite(self, database: sqlite3.Connection, where: Path) -> None:
        """Take out of older rows the addresses that named their stack, and what was masked after it was cut."""
        database.create_function("masked", 1, self._config.secrets.mask)
        with database:
            # A name has no blank; between an id and its address stands one.
            stacks = database.execute("SELECT DISTINCT stack FROM results WHERE instr(stack, ' ')").fetchall()
            names = [(stack_name(where, stack), stack) for (stack,) in stacks]
            database.executemany("UPDATE results SET stack = ? WHERE stack = ?", names)
            database.execute("UPDATE results SET message = masked(message), steps = masked(steps)")
        # The pages that held them are still in the file, and in its log where it has one.
        database.execute("VACUUM")
        (is_busy, *_) = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_busy:
            database.execute(f"PRAGMA user_version = {_NAMED_BY_KEY}")

    def _steps(self, result: CheckResult) -> str:
        mask = self._config.secrets.mask
        return json.dumps(
            [
                {"what": step.what, "request": mask(step.request), "answer": mask(step.answer[:400])}
                for step in result.steps
            ]
        )

    def _open(self, within: float = 2.0) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=within)


def _result(check: "Check", at: str, outcome: str, elapsed: float, message: str, steps: str) -> CheckResult:
    return CheckResult(
        check_id=check.id,
        category=check.category,
        title=check.title,
        check_class=check.check_class,
        service=check.service,
        follows=check.follows,
        is_kept=True,
        outcome=Outcome(outcome),
        expected=check.title,
        found=message,
        message=message,
        started=datetime.fromisoformat(at),
        elapsed=elapsed,
        steps=tuple(Step(one["what"], one["request"], one["answer"], 0.0) for one in json.loads(steps)),
    )
