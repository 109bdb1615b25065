"""A run of checks as text for people and in the formats that other programs read."""

import json
from typing import TYPE_CHECKING, Any

from sutaz_tui.model import CheckResult, CheckRun, Outcome
from sutaz_tui.status import iso
from sutaz_tui.text import duration_ms

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

ORDER = (Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.BLOCKED, Outcome.SKIP)
BAD = (Outcome.FAIL, Outcome.ERROR, Outcome.BLOCKED)


def listed(checks: "list[Check]") -> str:
    """Id, class and title of each check."""
    width = max((len(check.id) for check in checks), default=0)
    return "\n".join(f"{check.id:<{width}}  {check.check_class:<6}  {check.title}" for check in checks)


def exit_code(run: CheckRun) -> int:
    """0 when nothing failed, erred or was blocked; 1 otherwise; 3 when none was run."""
    if any(result.outcome in BAD for result in run.results):
        return 1
    return 0 if run.count(Outcome.PASS) else 3


def summary_words(run: CheckRun) -> str:
    """How many ended how, and how long it took."""
    counts = ", ".join(f"{run.count(outcome)} {outcome}" for outcome in ORDER if run.count(outcome))
    return f"{counts or 'none run'} in {elapsed(run):.1f} s"


def elapsed(run: CheckRun) -> float:
    """Seconds from the run's start to its end."""
    return (run.finished - run.started).total_seconds() if run.finished else 0.0


def as_text(run: CheckRun) -> str:
    """What did not pass, each with what to act on, then the totals."""
    lines = []
    for result in run.results:
        if result.outcome is Outcome.PASS:
            continue
        lines.append(f"{result.outcome.upper():<7} {result.check_id}  {result.title}")
        if result.outcome is Outcome.SKIP:
            lines.append(f"        {result.message}")
            continue
        lines += [f"        expected  {result.expected}", f"        found     {result.found}"]
        if result.cause and result.cause != result.service:
            lines.append(f"        cause     {result.cause}")
        if result.steps and result.steps[-1].reproduce:
            lines.append(f"        again     {result.steps[-1].reproduce}")
        lines += [f"        left      {words}" for words in result.left]
    return "\n".join([*lines, summary_words(run)])


def as_json(run: CheckRun) -> str:
    """The run as one JSON object."""
    from sutaz_tui.checks.registry import HEADINGS

    categories = []
    for heading in HEADINGS:
        own = [result for result in run.results if result.category == heading.id]
        if own:
            counts = {str(outcome): sum(result.outcome is outcome for result in own) for outcome in ORDER}
            key = heading.digit or heading.letter
            categories.append({"id": heading.id, "title": heading.title, "key": key, **counts})
    totals: dict[str, Any] = {str(outcome): run.count(outcome) for outcome in ORDER}
    whole = {
        "at": iso(run.started),
        "summary": {**totals, "elapsed": round(elapsed(run), 3)},
        "categories": categories,
        "results": [_result(result) for result in run.results],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _result(result: CheckResult) -> dict[str, Any]:
    return {
        "id": result.check_id,
        "category": result.category,
        "title": result.title,
        "class": str(result.check_class),
        "service": result.service,
        "outcome": str(result.outcome),
        "expected": result.expected,
        "found": result.found,
        "message": result.message,
        "elapsed": round(result.elapsed, 6),
        "steps": [
            {
                "what": step.what,
                "request": step.request,
                "answer": step.answer,
                "elapsed": round(step.elapsed, 6),
                "reproduce": step.reproduce,
            }
            for step in result.steps
        ],
    }


def took(result: CheckResult) -> str:
    """How long one check took."""
    return duration_ms(result.elapsed)
