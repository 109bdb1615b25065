"""The list of a checks screen: which checks are of its scope, in which order, and what its title counts."""

from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.model import RED, Outcome
from sutaz_tui.text.bar import bar
from sutaz_tui.text.table import TableRow
from widgets.check_words import places_words, result_row
from widgets.moment_words import clock

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check


def head(runs: CheckRuns, scope: str, now: datetime) -> str:
    """The title of a checks screen."""
    checks = of_scope(runs, scope)
    results = [runs.results[check.id] for check in checks if check.id in runs.results]
    counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    parts = [
        f"{count} {outcome.upper() if outcome in RED else outcome}"
        for outcome, count in counts.items()
        if count
    ]
    at = max((result.started for result in results), default=None)
    when = f"ran {clock(at, now)}" if at else "not run"
    done, total = runs.progress(check.id for check in checks)
    state = bar(done, total) if total else when
    return f" CHECKS {scope}   {state}   {'  '.join(parts)}   {len(checks) - len(results)} not run"


def rows(runs: CheckRuns, scope: str) -> list[TableRow]:
    """The rows of a checks screen: red first, in their own order else."""
    running = runs.running()
    order = {Outcome.FAIL: 0, Outcome.ERROR: 1, Outcome.BLOCKED: 2, Outcome.PASS: 3, Outcome.SKIP: 4}
    checks = of_scope(runs, scope)

    def rank(check: "Check") -> int:
        result = runs.results.get(check.id)
        return 5 if result is None else order[result.outcome]

    # While checks run nothing moves: a row that jumps is a row that is lost.
    ordered = checks if running & {check.id for check in checks} else sorted(checks, key=rank)
    behind = _behind(runs, ordered)
    if not running & {check.id for check in checks}:
        # What one fault reddens stands below the one that says it best.
        places = {check.id: place for place, check in enumerate(ordered)}
        ordered.sort(
            key=lambda check: (
                places[behind.get(check.id, check.id)],
                check.id in behind,
                places[check.id],
            )
        )
    return [
        result_row(
            c.id,
            c.title,
            runs.results.get(c.id),
            c.id in running,
            c.wants,
            _was(runs, c.id),
            behind.get(c.id, ""),
            places_words(runs.seen_from.get(c.id, ())),
        )
        for c in ordered
    ]


def _behind(runs: CheckRuns, checks: "list[Check]") -> dict[str, str]:
    from sutaz_tui.checks.faults import red_with

    return red_with(runs.results[check.id] for check in checks if check.id in runs.results)


def reads_of(runs: CheckRuns, scope: str) -> "list[Check]":
    """What of a scope runs without a question."""
    return [check for check in of_scope(runs, scope) if runs.runs_unasked(check)]


def of_scope(runs: CheckRuns, scope: str) -> "list[Check]":
    """The checks of a scope: a category's, `*`, or those that are red, were, or run."""
    if scope == "*":
        return list(runs.checks.values())
    if scope in ("failed", "until green", "repeat"):
        shown = {id for id, r in runs.results.items() if r.outcome in RED} | runs.running()
        return [check for check in runs.checks.values() if check.id in shown or _was_fixed(runs, check.id)]
    return runs.of(scope)


def _was_fixed(runs: CheckRuns, id: str) -> bool:
    result = runs.results.get(id)
    return result is not None and result.outcome is Outcome.PASS and runs.before.get(id) in RED


def _was(runs: CheckRuns, id: str) -> str:
    result, before = runs.results.get(id), runs.before.get(id)
    if result is None or before is None or before is result.outcome:
        return ""
    return before.upper() if before in RED else str(before)
