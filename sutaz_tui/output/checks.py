"""A run of checks as text for people and in the formats that other programs read."""

import json
import re
from typing import TYPE_CHECKING, Any

from sutaz_tui.checks.faults import Fault, faults, red_with
from sutaz_tui.checks.login_line import TOKEN, login_line
from sutaz_tui.model import RED, CheckResult, CheckRun, Outcome
from sutaz_tui.output.places import differences
from sutaz_tui.output.status import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sutaz_tui.checks.base import Check
    from sutaz_tui.checks.registry import Heading

NAMED = 5
"""So many checks are named where what is said of them is the same."""
# Signs of CommonMark, and of the tables and strikethrough that most viewers know, where they could mean something.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~]|&(?=#?\w+;)|^[#+=-]")


def listed(checks: "list[Check]") -> str:
    """Id, what it does to the stack, and title of each check."""
    width = max((len(check.id) for check in checks), default=0)
    does = max((len(check.does) for check in checks), default=0)
    return "\n".join(
        f"{check.id:<{width}}  {check.does:<{does}}  {check.title}"
        + (f"  [{' '.join(check.tags)}]" if check.tags else "")
        for check in checks
    )


def listed_json(checks: "list[Check]") -> str:
    """The checks as a JSON list; `allow` is what `--allow` must name, some of it only outside env test and demo."""
    told = [
        {
            "id": check.id,
            "category": check.category,
            "title": check.title,
            "class": str(check.check_class),
            "logs_in": check.logs_in,
            "allow": list(check.wants),
            "tags": list(check.tags),
            "needs": list(check.needs),
            "sends": check.sent,
        }
        for check in checks
    ]
    return json.dumps(told, ensure_ascii=False, indent=1)


def exit_code(run: CheckRun) -> int:
    """0 when nothing failed, erred or was blocked; 1 otherwise; 3 when none was run."""
    if any(result.outcome in RED for result in run.results):
        return 1
    return 0 if run.count(Outcome.PASS) else 3


def summary_words(run: CheckRun) -> str:
    """How many ended how, and how long it took."""
    counts = ", ".join(f"{run.count(outcome)} {outcome}" for outcome in Outcome if run.count(outcome))
    return f"{counts or 'none run'} in {elapsed(run):.1f} s"


def elapsed(run: CheckRun) -> float:
    """Seconds from the run's start to its end."""
    return (run.finished - run.started).total_seconds() if run.finished else 0.0


def as_text(run: CheckRun) -> str:
    """What was not run by its reason, then the faults with what to act on, then the totals: what matters stands last."""
    lines = []
    for reason, ids in not_run(run).items():
        names = f": {', '.join(ids)}" if len(ids) <= NAMED else ""
        lines.append(f"SKIP    {len(ids)}  {reason}{names}")
    for result in passed_late(run):
        lines += [f"PASS    {result.check_id}  {result.title}", f"        found     {result.found}"]
    for fault in faults(run.results):
        lines += _fault_lines(fault, run)
    return "\n".join([*lines, *differences(run), summary_words(run)])


def passed_late(run: CheckRun) -> list[CheckResult]:
    """What passed, but not at its first try."""
    return [result for result in run.results if result.outcome is Outcome.PASS and result.tries > 1]


def _fault_lines(fault: Fault, run: CheckRun) -> list[str]:
    result = fault.head
    lines = [
        f"{result.outcome.upper():<7} {result.check_id}  {result.title}",
        f"        expected   {result.expected}",
        f"        found      {result.found}",
    ]
    if result.cause and result.cause != result.service:
        lines.append(f"        cause      {result.cause}")
    if result.steps and (again := result.steps[-1].reproduce):
        if TOKEN in again and (login := login_line(result, run.results)):
            lines.append(f"        login      {login}")
        lines.append(f"        reproduce  {again}")
    lines += [f"        left over  {words}" for one in (result, *fault.others) for words in one.left]
    return [*lines, *(f"        also       {words}" for words in with_it(fault, NAMED))]


def with_it(fault: Fault, most: int | None = None) -> list[str]:
    """What else is red by a fault: who waits in one line, the rest each with what it found."""
    waiting = [one.check_id for one in fault.others if one.outcome is Outcome.BLOCKED]
    alike = [
        one for one in fault.others if (one.outcome, one.found) == (fault.head.outcome, fault.head.found)
    ]
    if most is None or len(alike) <= most or fault.head.outcome is Outcome.BLOCKED:
        alike = []
    lines = [
        f"{one.outcome.upper()} {one.check_id}: {one.found}"
        for one in fault.others
        if one.outcome is not Outcome.BLOCKED and one not in alike
    ]
    if alike:
        names = ", ".join(one.check_id for one in alike[:most])
        lines.append(
            f"{len(alike)} {fault.head.outcome.upper()} for the same: {names}, +{len(alike) - (most or 0)} more"
        )
    if waiting:
        more = f", +{len(waiting) - most} more" if most is not None and len(waiting) > most else ""
        lines.append(f"{len(waiting)} BLOCKED: {', '.join(waiting[:most])}{more}")
    return lines


def not_run(run: CheckRun) -> dict[str, list[str]]:
    """The ids of the checks that were not run, by the reason."""
    reasons: dict[str, list[str]] = {}
    for result in run.results:
        if result.outcome is Outcome.SKIP:
            reasons.setdefault(result.message, []).append(result.check_id)
    return reasons


def as_json(run: CheckRun, headings: "Sequence[Heading]" = ()) -> str:
    """The run as one JSON object; `headings` are those of the config."""
    from sutaz_tui.checks.registry import HEADINGS, OWN

    categories = []
    for heading in headings or (*HEADINGS, OWN):
        own = [result for result in run.results if result.category == heading.id]
        if own:
            counts = {str(outcome): sum(result.outcome is outcome for result in own) for outcome in Outcome}
            key = heading.digit or heading.letter
            categories.append({"id": heading.id, "title": heading.title, "key": key, **counts})
    behind = red_with(run.results)
    totals: dict[str, Any] = {str(outcome): run.count(outcome) for outcome in Outcome}
    whole = {
        "at": iso(run.started),
        "summary": {**totals, "elapsed": round(elapsed(run), 3)},
        "categories": categories,
        "results": [{**_result(one), "red_with": behind.get(one.check_id, "")} for one in run.results],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _result(result: CheckResult) -> dict[str, Any]:
    return {
        "id": result.check_id,
        "category": result.category,
        "title": result.title,
        "class": str(result.check_class),
        "service": result.service,
        **({"from": result.seen_from} if result.seen_from else {}),
        "outcome": str(result.outcome),
        "expected": result.expected,
        "found": result.found,
        "message": result.message,
        "cause": result.cause,
        "elapsed": round(result.elapsed, 6),
        "tries": result.tries,
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


def as_tap(run: CheckRun) -> str:
    """Test Anything Protocol, version 14."""
    behind = red_with(run.results)
    lines = ["TAP version 14", f"1..{len(run.results)}"]
    for number, result in enumerate(run.results, 1):
        ok = "ok" if result.outcome in (Outcome.PASS, Outcome.SKIP) else "not ok"
        skip = f" # SKIP {_tap(result.message)}" if result.outcome is Outcome.SKIP else ""
        lines.append(f"{ok} {number} - {_tap(result.check_id)}{skip}")
        if ok == "not ok":
            details = {"outcome": str(result.outcome), "expected": result.expected, "found": result.found}
            if result.check_id in behind:
                details["red_with"] = behind[result.check_id]
            lines += ["  ---", *(f"  {key}: {json.dumps(value)}" for key, value in details.items()), "  ..."]
    return "\n".join(lines)


def _tap(text: str) -> str:
    return text.replace("\\", "\\\\").replace("#", "\\#")


def as_junit(run: CheckRun) -> str:
    """JUnit XML: one suite a category."""
    import xml.etree.ElementTree as ET

    behind = red_with(run.results)
    root = ET.Element("testsuites", name="sutaz-tui", time=f"{elapsed(run):.3f}")
    suites: dict[str, ET.Element] = {}
    for result in run.results:
        if result.category not in suites:
            own = [other for other in run.results if other.category == result.category]
            suites[result.category] = ET.SubElement(
                root,
                "testsuite",
                name=result.category,
                tests=str(len(own)),
                failures=str(sum(other.outcome is Outcome.FAIL for other in own)),
                errors=str(sum(other.outcome in (Outcome.ERROR, Outcome.BLOCKED) for other in own)),
                skipped=str(sum(other.outcome is Outcome.SKIP for other in own)),
                time=f"{sum(other.elapsed for other in own):.3f}",
            )
        case = ET.SubElement(
            suites[result.category],
            "testcase",
            classname=result.category,
            name=result.check_id,
            time=f"{result.elapsed:.3f}",
        )
        kind = {
            Outcome.FAIL: "failure",
            Outcome.ERROR: "error",
            Outcome.BLOCKED: "error",
            Outcome.SKIP: "skipped",
        }
        if result.outcome in kind:
            told = ET.SubElement(
                case, kind[result.outcome], message=_xml(result.message), type=str(result.outcome)
            )
            told.text = _xml(f"expected {result.expected}\nfound {result.found}") if result.found else ""
        if result.check_id in behind:
            ET.SubElement(case, "system-out").text = _xml(f"red with {behind[result.check_id]}")
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _xml(text: str) -> str:
    return "".join(char if char in "\t\n" or char >= " " else " " for char in text)


def as_markdown(run: CheckRun) -> str:
    """A table by category, then the faults, each with what is red by it."""
    lines = [f"# Checks of {iso(run.started)}", "", summary_words(run), "", *category_table(run), ""]
    for fault in faults(run.results):
        result = fault.head
        lines += [f"## {result.outcome.upper()} {result.check_id}", "", markdown(result.title), ""]
        lines += [f"- expected: {markdown(result.expected)}", f"- found: {markdown(result.found)}"]
        if result.steps and result.steps[-1].reproduce:
            lines.append(f"- reproduce: {markdown_code(result.steps[-1].reproduce)}")
        lines += [*(f"- also failed: {markdown(words)}" for words in with_it(fault)), ""]
    if late := passed_late(run):
        lines += ["## Passed late", ""]
        lines += [f"- {result.check_id}: {markdown(result.found)}" for result in late]
        lines.append("")
    if differing := differences(run):
        lines += ["## Differs by place", "", *(f"- {markdown(words)}" for words in differing), ""]
    if skipped := not_run(run):
        lines += ["## Not run", ""]
        lines += [f"- {markdown(reason)}: {', '.join(ids)}" for reason, ids in skipped.items()]
    return "\n".join(lines)


def category_table(run: CheckRun) -> list[str]:
    """Passed, failed, erred, blocked, skipped of each category as a Markdown table."""
    lines = ["| category | checks | pass | fail | error | blocked | skip |", "|---|--:|--:|--:|--:|--:|--:|"]
    for category in dict.fromkeys(result.category for result in run.results):
        own = [result for result in run.results if result.category == category]
        counts = " | ".join(str(sum(result.outcome is outcome for result in own)) for outcome in Outcome)
        lines.append(f"| {category} | {len(own)} | {counts} |")
    return lines


def markdown(text: str) -> str:
    """Outside text as Markdown shows it word for word: no picture is fetched, no link hides where it leads."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def markdown_code(text: str) -> str:
    """Text as a span of code, in more backticks than it holds in a row."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"


def as_prometheus(run: CheckRun) -> str:
    """Prometheus' text format: one series a check that ran, 1 for a pass."""
    lines = [
        "# HELP sutaz_check_pass 1 when the check passed, 0 when it failed, erred or was blocked.",
        "# TYPE sutaz_check_pass gauge",
    ]
    ran = [result for result in run.results if result.outcome is not Outcome.SKIP]
    for result in ran:
        # Not the outcome: a label that changes begins a new series, and the `for:` of an alert anew.
        labels = f'id="{_label(result.check_id)}",category="{_label(result.category)}"'
        lines.append(f"sutaz_check_pass{{{labels}}} {int(result.outcome is Outcome.PASS)}")
    lines += [
        "# HELP sutaz_check_duration_seconds How long the check took.",
        "# TYPE sutaz_check_duration_seconds gauge",
        *(f'sutaz_check_duration_seconds{{id="{_label(r.check_id)}"}} {r.elapsed:.6f}' for r in ran),
        "# HELP sutaz_checks_finished_timestamp_seconds When the run ended.",
        "# TYPE sutaz_checks_finished_timestamp_seconds gauge",
        f"sutaz_checks_finished_timestamp_seconds {run.finished.timestamp() if run.finished else 0:.3f}",
    ]
    return "\n".join(lines)


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def written(form: str, run: CheckRun, headings: "Sequence[Heading]") -> str:
    """The run in one of the formats, its categories by the headings of the config."""
    return as_json(run, headings) if form == "json" else FORMATS[form](run)


FORMATS: "dict[str, Callable[[CheckRun], str]]" = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
    "tap": as_tap,
    "prometheus": as_prometheus,
}
