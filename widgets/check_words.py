"""What there is to say of a check's result: a row of the list, and its evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sutaz_tui.model import LOGINS, CheckClass, CheckResult, Outcome, SeenFrom
from sutaz_tui.text.sanitise import one_line, sanitise
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import duration
from widgets.moment_words import clock

Line = tuple[str, str]
WORDS = {
    Outcome.PASS: "ok",
    Outcome.FAIL: "FAIL",
    Outcome.ERROR: "ERROR",
    Outcome.BLOCKED: "blocked",
    Outcome.SKIP: "skip",
}
LOOKS = {
    Outcome.PASS: ("", ""),
    Outcome.FAIL: ("down", "✗"),
    Outcome.ERROR: ("degraded", "!"),
    Outcome.BLOCKED: ("degraded", "!"),
    Outcome.SKIP: ("muted", "-"),
}
ANSWER_LINES = 6
RUNNING = "..."
_GRAVER_FIRST = ["FAIL", "ERROR", "blocked", "ok", "skip", RUNNING]


def _order(word: str) -> int:
    """Where an outcome stands when the list is sorted by it; what never ran comes last."""
    return _GRAVER_FIRST.index(word) if word in _GRAVER_FIRST else len(_GRAVER_FIRST)


COLUMNS = (
    Column("outcome", "OUTCOME", width=8, order=_order),
    Column("check", "CHECK", most=48),
    Column("took", "TOOK", priority=2, is_number=True, write=duration),
    Column("was", "WAS", most=7, priority=3),
    Column("places", "PLACES", most=7, priority=2, is_rare=True),
    Column("found", "FOUND", share=1, priority=1),
)


def result_row(
    id: str,
    title: str,
    result: CheckResult | None,
    is_running: bool,
    wants: tuple[str, ...],
    was: str,
    red_with: str = "",
    places: str = "",
) -> TableRow:
    """A row: outcome, id, time, what it was before, in how many other places it passes, and with which it is red; of one
    that never ran what it does besides reading."""
    elsewhere = {"places": places} if places else {}
    if is_running:
        found = one_line(title, 60)
        return TableRow(id, {"outcome": RUNNING, "check": id, **elsewhere, "found": found})
    if result is None:
        first = wants[0][:7] if wants else "-"
        more = ", logs in" if LOGINS in wants else ""
        word = "w" if first == CheckClass.WRITES else first
        found = f"not run{more}: {one_line(title, 60)}"
        return TableRow(id, {"outcome": word, "check": id, **elsewhere, "found": found}, "muted")
    words = one_line(result.found if result.outcome is not Outcome.SKIP else result.message, 90)
    words += f" (red with {red_with})" if red_with else ""
    values = {
        "outcome": WORDS[result.outcome], "check": id, "took": result.elapsed, **elsewhere, "found": words,
    }  # fmt: skip
    look, glyph = LOOKS[result.outcome]
    return TableRow(id, values | ({"was": was} if was else {}), look, glyph)


def places_words(seen: Sequence[SeenFrom]) -> str:
    """In how many of its places a check passes, such as 2/3; "" where it was run in none."""
    return f"{sum(one.outcome is Outcome.PASS for one in seen)}/{len(seen)}" if seen else ""


def place_line(seen: SeenFrom, now: datetime) -> str:
    """How a check ended in a place."""
    told = "" if seen.outcome is Outcome.PASS else f": {one_line(seen.message, 300)}"
    return f"from {one_line(seen.place, 64)}  {WORDS[seen.outcome]}, {clock(seen.at, now)}{told}"


def evidence_lines(
    result: CheckResult, titles: Mapping[str, str], past: Sequence[str], now: datetime, login: str = ""
) -> list[Line]:
    """Expected, found, cause, every step, the line that repeats it, and what is known of earlier runs.

    `login` sets the variable that lines with a token in them need; it stands once, before the first of them.
    """
    lines: list[Line] = [
        (f"{result.check_id}   {one_line(result.title, 200)}", "heading"),
        (f" expected   {one_line(result.expected or result.title, 500)}", ""),
        (
            f" found      {one_line(result.found or result.message, 800)}",
            "down" if result.outcome is Outcome.FAIL else "",
        ),
        (f" cause      {_cause(result, titles)}", ""),
    ]
    lines += [
        (f" left over  {one_line(words, 300)}: could not be removed", "degraded") for words in result.left
    ]
    when = " (earlier run)" if result.is_kept else ""
    lines.append(
        (f" at         {clock(result.started, now)}, took {duration(result.elapsed)}{when}", "muted")
    )
    lines += [(f" {words}", "muted") for words in past]
    for number, step in enumerate(result.steps, 1):
        told = f"   X-Correlation-ID {one_line(step.correlation, 100)}" if step.correlation else ""
        lines += [
            ("", ""),
            (f"  {number} {one_line(step.request, 400)}   {duration(step.elapsed)}{told}", ""),
        ]
        answer = step.answer.splitlines()
        lines += [(f"      {sanitise(text)[:300]}", "muted") for text in answer[:ANSWER_LINES]]
        if len(answer) > ANSWER_LINES:
            lines.append((f"      … {len(answer) - ANSWER_LINES} more lines", "muted"))
        if step.reproduce:
            if login and _variable(login) in step.reproduce:
                lines.append((f"    login      {one_line(login, 1500)}", ""))
                login = ""
            lines.append((f"    reproduce  {one_line(step.reproduce, 1500)}", ""))
    return lines


def _cause(result: CheckResult, titles: Mapping[str, str]) -> str:
    if result.outcome in (Outcome.PASS, Outcome.SKIP) or result.is_kept:
        return "-"
    if not result.cause:
        return "none known"
    name = titles.get(result.cause, result.cause)
    return f"{name} itself is in trouble" if result.cause == result.service else f"{name} is in trouble"


def copied_line(result: CheckResult, login: str = "") -> str:
    """The line that repeats the last question, with the login that it needs, or what was found."""
    again = next((step.reproduce for step in reversed(result.steps) if step.reproduce), "")
    if login and _variable(login) in again:
        return f"{login}; {again}"
    return again or f"{result.check_id}: {result.message}"


def _variable(login: str) -> str:
    return "$" + login.partition("=")[0]
