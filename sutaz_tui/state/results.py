"""Results of checks, kept in the history of their config: what failed last, and since when."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sutaz_tui.config import Config
from sutaz_tui.config.files import state_folder_if_any
from sutaz_tui.model import RED, CheckResult, CheckRun, Outcome, Step
from sutaz_tui.sources.recorder.messages import Checked
from sutaz_tui.state.history.file import HistoryFile, Statement, Unusable, name_of
from sutaz_tui.state.history.moments import ms, when
from sutaz_tui.state.old_results import take_over
from sutaz_tui.state.results_from import KEEP, ByCheck, of_places, seen_from
from sutaz_tui.state.writer import Writer, trouble
from sutaz_tui.text.units import plural
from sutaz_tui.views.base import Tried

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

T = TypeVar("T")

LAST = 20
_EVER = 1 << 62
_LAST = """
SELECT check_id, max(at), outcome, elapsed, message, steps FROM results WHERE at <= ? GROUP BY check_id
"""
_NEW = """
SELECT check_id, max(at), outcome, elapsed, message, steps FROM results WHERE rowid > ? GROUP BY check_id
"""
_PAST = "SELECT outcome, at, message FROM results WHERE check_id = ? ORDER BY at DESC, rowid DESC LIMIT 500"
MOST_PAST = 500


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a check from earlier runs: its newest outcomes (newest last), when it was last green, and since
    when it has failed without a pass between."""

    outcomes: tuple[Outcome, ...] = ()
    last_pass: datetime | None = None
    failing_since: datetime | None = None
    message: str = ""


class Results:
    """The results of one config's checks; nothing is opened before it is needed.

    `folder` is that of the state, None for the user's own; without any nothing is kept, which was told at the start.
    `beside` is the history of a recorder that keeps those of all: what it has is read too.
    """

    beside: HistoryFile | None = None

    def __init__(self, config: Config, folder: Path | None = None) -> None:
        self._config = config
        where = folder or state_folder_if_any()
        self._file = HistoryFile(where / name_of(config.path)) if where is not None else None
        self._taken_over: str | None = None

    def keep(self, run: CheckRun) -> None:
        """Keep a run, and forget what is older than the config says; OSError or sqlite3.Error where that cannot be."""
        if self._file is None:
            return
        self._take_over()
        oldest = datetime.now(UTC) - timedelta(days=self._config.history.days)
        mask = self._config.secrets.mask
        rows = [kept_once(one) for one in ended(run, mask)]
        rows += [
            (KEEP, (one.of, at, one.outcome, one.elapsed, one.message, _steps(one, mask), one.seen_from))
            for one, at in of_places(run)
        ]
        for delete in ("DELETE FROM results WHERE at < ?", "DELETE FROM results_from WHERE at < ?"):
            rows.append((delete, (ms(oldest),)))
        try:
            self._file.write(rows)
        finally:
            self._file.close()

    def keep_by(
        self, writer: Writer, run: CheckRun, then: Callable[[dict[str, Past]], object] = lambda _: None
    ) -> None:
        """Have the writer keep a run; `then` takes what is known of its checks afterwards."""

        def write() -> dict[str, Past]:
            self.keep(run)
            return self.past(result.check_id for result in run.results)

        if self._file is not None and run.results:
            words = plural(len(run.results), "result")
            writer.submit(self._file.path, words, write, then, Unusable)

    def past(self, check_ids: Iterable[str]) -> dict[str, Past]:
        """What is known of these checks, nothing where the file cannot be used."""
        ids = [*check_ids]
        try:
            found = self._read_all(
                lambda database: {id: database.execute(_PAST, (id,)).fetchall() for id in ids}
            )
        except Unusable:
            return {}
        return {id: _past([row for rows in found for row in rows[id]]) for id in ids}

    def last(self, checks: "Iterable[Check]", until: datetime | None = None) -> dict[str, CheckResult]:
        """How each of these checks ended last (until a moment, aware UTC), nothing where the file cannot be used."""
        last = ms(until) if until is not None else _EVER
        try:
            kept = {id: ended for id, *ended in self._rows(last)}
            return {check.id: _result(check, *kept[check.id]) for check in checks if check.id in kept}
        except (*Unusable, ValueError, KeyError):
            return {}

    def seen_from(self, at: datetime) -> ByCheck:
        """How checks ended last in other places, as it was known at a moment, nothing where that cannot be read."""
        try:
            return self._read(lambda database: seen_from(database, at), {})
        except (*Unusable, ValueError):
            return {}

    def ended(self) -> list[tuple[str, datetime, str, str]]:
        """How each check ended last: id, when, outcome, message; nothing where that cannot be read."""
        try:
            return [(id, when(at), outcome, message) for id, at, outcome, _, message, _ in self._rows(_EVER)]
        except Unusable:
            return []

    def tries(self) -> list[Tried]:
        """How each check ended last and what it sent for that; nothing where that cannot be read."""
        try:
            return [
                Tried(
                    id,
                    when(at).timestamp(),
                    Outcome(outcome),
                    message,
                    tuple(one["request"] for one in json.loads(steps)),
                )
                for id, at, outcome, _, message, steps in self._rows(_EVER)
            ]
        except (*Unusable, ValueError, KeyError):
            return []

    def failed(self) -> set[str]:
        """The ids of the checks that were red when they last ran; an OSError in words when that cannot be read."""
        try:
            return {id for id, _, outcome, *_ in self._rows(_EVER) if outcome in RED}
        except Unusable as error:
            assert self._file is not None
            raise OSError(trouble(self._file.path, error)) from None

    def _rows(self, until: int) -> list[Any]:
        found = self._read_all(lambda database: database.execute(_LAST, (until,)).fetchall())
        # Of each check what ended last, whoever kept it.
        return [
            *{row[0]: row for row in sorted((row for rows in found for row in rows), key=_ended)}.values()
        ]

    def _read_all(self, ask: Callable[[sqlite3.Connection], T]) -> list[T]:
        """What each of the files says; a recorder's that cannot be read says nothing."""
        found: list[T | None] = [self._read(ask, None)]
        if self.beside is not None:
            with suppress(*Unusable):
                found.append(self.beside.read(ask))
        return [one for one in found if one is not None]

    def _read(self, ask: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        if self._file is None:
            return nothing
        self._take_over()
        try:
            return self._file.read(ask)
        except FileNotFoundError:
            return nothing
        except sqlite3.OperationalError as error:
            # Of a version before checks were kept in it, until the next write.
            if "no such table" in str(error):
                return nothing
            raise

    def _take_over(self) -> None:
        if self._taken_over is None and self._file is not None:
            self._taken_over = take_over(self._config, self._file)

    @property
    def file(self) -> HistoryFile | None:
        """The file that they are kept in."""
        return self._file

    def note(self) -> str:
        """What to say of the files of earlier versions, once; "" for nothing."""
        if not self._taken_over:
            return ""
        words, self._taken_over = self._taken_over, ""
        return words


def ended(run: CheckRun, mask: Callable[[str], str]) -> list[Checked]:
    """How the checks of a run ended here, as it is kept."""
    return [
        Checked(r.check_id, r.started, str(r.outcome), r.elapsed, r.message, _steps(r, mask))
        for r in run.results
        if r.outcome is not Outcome.SKIP and not r.seen_from
    ]


def _steps(result: CheckResult, mask: Callable[[str], str]) -> str:
    found = [
        {"what": step.what, "request": mask(step.request), "answer": mask(step.answer[:400])}
        for step in result.steps
    ]
    return json.dumps(found)


def kept_once(one: Checked) -> Statement:
    """What keeps it: once, for a board tells its recorder too, and both may write the same file."""
    return (
        "INSERT INTO results SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE NOT EXISTS (SELECT 1 FROM results WHERE check_id = ?1 AND at = ?2)",
        (one.check_id, ms(one.at), one.outcome, one.elapsed, one.message, one.steps),
    )


class NewResults:
    """What was kept since the last look, by whomever: another board of this config, or its recorder in a file of its own.

    `files` are those of histories. The first look finds how each check ended last.
    """

    def __init__(self, files: Iterable[HistoryFile]) -> None:
        self._seen = dict.fromkeys(files, 0)

    def follow(self, file: HistoryFile) -> None:
        """Look into one more file, where that is not done yet."""
        if all(file.path != one.path for one in self._seen):
            self._seen[file] = 0

    def take(self, checks: "Mapping[str, Check]") -> dict[str, CheckResult]:
        """How these checks (by id) ended newly; nothing of a file that cannot be used."""
        found: dict[str, CheckResult] = {}
        for file, seen in self._seen.items():
            try:
                rows, self._seen[file] = file.read(partial(_new, seen))
                for id, *ended in rows:
                    result = _result(checks[id], *ended) if id in checks else None
                    if result is not None and (id not in found or found[id].started < result.started):
                        found[id] = result
            except (*Unusable, ValueError, KeyError):
                continue
        return found


def _new(seen: int, database: sqlite3.Connection) -> tuple[list[Any], int]:
    """The rows after a number, and the last number that there is; all of them where a file was begun anew."""
    [(last,)] = database.execute("SELECT coalesce(max(rowid), 0) FROM results").fetchall()
    after = seen if last >= seen else 0
    return (database.execute(_NEW, (after,)).fetchall() if last != seen else []), last


def _ended(row: Sequence[Any]) -> int:
    return int(row[1])


def _past(kept: Iterable[Sequence[Any]]) -> Past:
    # What a board runs is kept by it and by its recorder.
    rows = sorted({row[1]: row for row in kept}.values(), key=_ended, reverse=True)[:MOST_PAST]
    if not rows:
        return Past()
    moments = [(Outcome(outcome), when(at)) for outcome, at, _ in rows]
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


def _result(check: "Check", at: int, outcome: str, elapsed: float, message: str, steps: str) -> CheckResult:
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
        started=when(at),
        elapsed=elapsed,
        steps=tuple(Step(one["what"], one["request"], one["answer"], 0.0) for one in json.loads(steps)),
    )
