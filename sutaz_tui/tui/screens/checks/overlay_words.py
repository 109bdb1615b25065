"""What the overlay of all categories says, and what it says each of them would send."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runs import CheckRuns
from widgets.moment_words import clock
from widgets.strip_words import count_words, rule

if TYPE_CHECKING:
    from sutaz_tui.checks.registry import Heading

Lines = list[tuple[str, str]]


def overlay_lines(
    runs: CheckRuns, headings: "Sequence[Heading]", last_scope: str, env: str, now: datetime
) -> Lines:
    """The overlay of all categories."""
    tallies = runs.tallies(heading.id for heading in headings)
    lines: Lines = [(rule("run tests: a letter runs, Esc leaves; nothing has been sent yet", 200), "heading")]
    cells = []
    for heading in headings:
        own = runs.of(heading.id)
        reads = sum(map(runs.runs_unasked, own))
        more = f"+{len(own) - reads:<2}" if len(own) > reads else "   "
        tally = tallies[heading.id]
        last = count_words(tally)
        cells.append((f"  {heading.letter} {heading.title:<13}{reads:>3} read {more}  {last:<8}", tally.red))
    half = (len(cells) + 1) // 2
    for left, right in zip(cells[:half], [*cells[half:], ("", 0)], strict=False):
        lines.append((f"{left[0]:<40}{right[0]}", "degraded" if left[1] or right[1] else ""))
    red = len(runs.failed_unasked())
    total = sum(map(runs.runs_unasked, runs.checks.values()))
    ran = max((r.started for r in runs.results.values()), default=None)
    lines += [
        ("", ""),
        (
            f"  f only failed ({red})   * all read-only ({total})   . last again ({last_scope or '-'})",
            "",
        ),
        (f"  +n write or load: confirmation needed (ENV {env.upper()})", "muted"),
        (
            f"  last run {clock(ran, now) if ran else 'never'}   ? and a letter: what it would send   Esc back",
            "muted",
        ),
    ]
    return lines


def sends(runs: CheckRuns, headings: "Sequence[Heading]", letter: str) -> Lines:
    """What a category would send."""
    heading = next((heading for heading in headings if heading.letter == letter), None)
    if heading is None:
        return [("f repeats the failed read-only checks; * runs all read-only checks", "")]
    lines: Lines = [(rule(f"what {heading.title} would send; nothing has been sent", 200), "heading")]
    own = sorted(runs.of(heading.id), key=lambda check: not check.wants)
    width = max((len(check.effect) for check in own), default=0)
    for check in own:
        lines.append((f"  {check.effect:<{width}} {check.id:<34} {check.sent}", ""))
    return lines
