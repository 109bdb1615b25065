"""The report of a stack in Markdown, from one live run: every figure in it has a result behind it."""

from sutaz_tui.checks.faults import faults
from sutaz_tui.model import CheckResult, CheckRun, Outcome
from sutaz_tui.output.checks import category_table, elapsed, markdown, not_run, summary_words, with_it
from sutaz_tui.output.status import iso
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import duration

SLOWEST = 10
STEPS = 6


def as_report(run: CheckRun, titles: dict[str, str], env: str) -> str:
    """Totals, the table by category, the slowest, every failure with its evidence, systems, what was not run and why."""
    lines = [
        f"# State of the stack ({one_line(env, 30)})",
        "",
        f"{iso(run.started)}, {summary_words(run)}. {len(run.results)} checks were selected.",
        "",
        "## By category",
        "",
        *category_table(run),
        "",
        *_failures(run, titles),
        *_systems(run, titles),
        *_slowest(run),
        *_not_run(run),
    ]
    return "\n".join(lines).rstrip()


def _failures(run: CheckRun, titles: dict[str, str]) -> list[str]:
    found = faults(run.results)
    lines = ["## Failures", ""]
    if not found:
        lines += ["No check that ran failed.", ""]
    for fault in found:
        result = fault.head
        lines += [f"### {result.outcome.upper()} {result.check_id}", ""]
        lines += [
            f"- check: {markdown(result.title)}",
            f"- expected: {markdown(result.expected)}",
            f"- found: {markdown(result.found)}",
            f"- cause: {markdown(_cause(result, titles))}",
        ]
        lines += [f"- also failed: {markdown(words)}" for words in with_it(fault)]
        lines += [
            f"- could not be removed: {markdown(words)}"
            for one in (result, *fault.others)
            for words in one.left
        ]
        if result.steps:
            lines += ["", "```"]
            for number, step in enumerate(result.steps[-STEPS:], 1):
                answer = one_line(step.answer, 160)
                lines.append(f"{number} {one_line(step.request, 160)}  {duration(step.elapsed)}  {answer}")
            if result.steps[-1].reproduce:
                lines.append(f"reproduce: {one_line(result.steps[-1].reproduce, 600)}")
            lines.append("```")
        lines.append("")
    return lines


def _cause(result: CheckResult, titles: dict[str, str]) -> str:
    if not result.cause:
        return "none known"
    if result.cause == result.service:
        return f"{titles.get(result.cause, result.cause)} itself is in trouble"
    return f"{titles.get(result.cause, result.cause)} is in trouble"


def _systems(run: CheckRun, titles: dict[str, str]) -> list[str]:
    lines = ["## By system", "", "| system | passed | ran | not run |", "|---|--:|--:|--:|"]
    for service in dict.fromkeys(result.service for result in run.results if result.service):
        own = [result for result in run.results if result.service == service]
        passed = sum(result.outcome is Outcome.PASS for result in own)
        not_run = sum(result.outcome is Outcome.SKIP for result in own)
        lines.append(
            f"| {markdown(titles.get(service, service))} | {passed} | {len(own) - not_run} | {not_run} |"
        )
    return [*lines, ""]


def _slowest(run: CheckRun) -> list[str]:
    ran = sorted((r for r in run.results if r.outcome is not Outcome.SKIP), key=lambda r: -r.elapsed)[
        :SLOWEST
    ]
    lines = [
        f"## The {len(ran)} slowest of {elapsed(run):.1f} s",
        "",
        "| check | seconds | outcome |",
        "|---|--:|---|",
    ]
    return [*lines, *(f"| {r.check_id} | {r.elapsed:.3f} | {r.outcome} |" for r in ran), ""]


def _not_run(run: CheckRun) -> list[str]:
    skipped = not_run(run)
    lines = [f"## Not run: {run.count(Outcome.SKIP)}", ""]
    return lines + [f"- {markdown(reason)}: {', '.join(ids)}" for reason, ids in skipped.items()]
