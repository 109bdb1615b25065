"""The command `logs`: the logs of services without a screen."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.log_call import LogCall, tell, writer
from sutaz_tui.cli.stack import begin, expect_services, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from datetime import datetime

    from sutaz_tui.logs.matching import Pattern

LEVELS = ["debug", "info", "warn", "error", "critical"]


@click.command(
    epilog="Text is one line a line: time (UTC), service where there are several, level (- where unknown), line. "
    "JSON is one object a line with at, time, service, level, text and labels. Gaps are reported on stderr.",
)
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completing.services)
@stack_options
@click.option("-f", "--follow", "follows", is_flag=True, help="Follow new lines until interrupted.")
@click.option("--since", default="1h", show_default=True, metavar="WHEN",
              help="From when on: 90s, 15m, 2h, 1d ago, 14:07[:11] today, or RFC 3339.")  # fmt: skip
@click.option("--until", metavar="WHEN", help="Until when. Default: now.")
@click.option(
    "--query",
    metavar="LOGQL",
    help="A LogQL query for Loki, or its name in logs.queries, instead of services.",
)
@click.option("--grep", "patterns", multiple=True, metavar="RE",
              help="Only lines that match; again for more. Case counts if RE has a capital.")  # fmt: skip
@click.option("--invert", "inverse", multiple=True, metavar="RE", help="Only lines that do not match.")
@click.option("--level", type=click.Choice(LEVELS), help="Only lines of this level and above.")
@click.option("--limit", type=click.IntRange(min=0), default=1000, show_default=True, metavar="N",
              help="Only the newest N lines; 0 for all. Where the default cuts, stderr says so.")  # fmt: skip
@click.option(
    "--histogram",
    "counts",
    is_flag=True,
    help="Counts of lines, warnings and errors over time.",
)
@click.option("--unmask", is_flag=True, help="Show what looks like a secret.")
@click.option("--strict", is_flag=True, help="Exit code 1 when lines are missing, of -f when it is ended.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "raw"]), default="text", show_default=True,
    help="raw is what was received, byte for byte: its secrets are not masked; into a pipe or file only.",
)  # fmt: skip
def logs(
    services: tuple[str, ...], file: Path | None, demo: bool, scenario: str | None, follows: bool, since: str,
    until: str | None, query: str | None, patterns: tuple[str, ...], inverse: tuple[str, ...],
    level: str | None, limit: int, counts: bool, unmask: bool, strict: bool, form: str,
) -> int:  # fmt: skip
    """Print the logs of services, oldest line first: of those that are named, else of all that have one; - reads lines
    from standard input.

    Exit code 0 also when there are no lines, 1 with --strict when lines are missing, 2 usage, config or a wrong query,
    4 when a source could not be asked, 130 when interrupted. With -f such a source is asked until it answers.
    """
    from sutaz_tui.process.output import is_closed

    if "-" in services:
        if services != ("-",) or query is not None or follows or counts or until or file or demo:
            raise click.UsageError(
                "- reads lines from standard input: leave out services, --query, -f, --histogram, -c."
            )
        return _print_pipe(patterns, inverse, level, since if not _is_default("since") else "", form, unmask)
    if query is not None and services:
        raise click.UsageError("--query asks Loki for itself: leave out SERVICE, or --query.")
    if follows and until is not None:
        raise click.UsageError("--until goes without -f: what is followed has no end.")
    if follows and is_closed():
        raise click.UsageError("-f prints what comes, and standard output is closed.")
    if counts and (follows or patterns or inverse or level or form == "raw"):
        raise click.UsageError(
            "--histogram counts every line of a span: leave out -f, --grep, --invert, --level and raw."
        )
    if form == "raw" and sys.stdout.isatty():
        raise click.UsageError(
            "--format raw prints what was received, control characters too, and not onto a terminal: "
            "write it to a file or a pipe."
        )
    from functools import partial

    from sutaz_tui.logs.lines import Level
    from sutaz_tui.logs.matching import Filter
    from sutaz_tui.logs.shown import Safe
    from sutaz_tui.output.log_printing import Wanted
    from sutaz_tui.output.logs import form as form_of

    start, end = _span(since, until)
    filter = Filter(_patterns(patterns, inverse), Level[level.upper()] if level else Level.UNKNOWN, True)
    wanted = Wanted(start, end, limit, filter, follows=follows, tells_cut=_is_default("limit"))
    config, stack = open_stack(None, file, demo, scenario)
    try:
        expect_services(config, services)
        begin(len(services or config.services) if query is None else 1)
        if follows:
            from sutaz_tui.process.heap import give_back

            give_back()
        made = partial(form_of, form, Safe(config.secrets), unmask)
        asked = LogCall(config, stack, services, query, wanted, made, strict, form if counts else "")
        return int(run_async(asked.run()))
    finally:
        if stack is not None:
            stack.close()


def _print_pipe(
    patterns: tuple[str, ...],
    inverse: tuple[str, ...],
    level: str | None,
    since: str,
    form: str,
    unmask: bool,
) -> int:
    """Print what comes on standard input, filtered, masked and in the same form; the exit code."""
    from sutaz_tui.clock import SystemClock
    from sutaz_tui.errors import SutazError
    from sutaz_tui.logs.lines import Level
    from sutaz_tui.logs.matching import Filter
    from sutaz_tui.logs.shown import Safe
    from sutaz_tui.output.log_printing import LogPrinter, Wanted
    from sutaz_tui.output.logs import form as form_of
    from sutaz_tui.process.output import has_gone
    from sutaz_tui.sources.logs.pipe import piped
    from sutaz_tui.text.sanitise import Secrets

    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("- reads lines from a pipe or file: PROGRAM | sutaz-tui logs -")
    start = _span(since, None)[0] if since else 0
    filter = Filter(_patterns(patterns, inverse), Level[level.upper()] if level else Level.UNKNOWN, True)
    wanted = Wanted(start, None, 0, filter)
    written = form_of(form, Safe(Secrets(())), unmask, False)
    printer = LogPrinter([], SystemClock(), wanted, written, writer(), tell)
    try:
        run_async(printer.run_pipe(piped(sys.stdin.fileno())))
    except OSError as error:
        if not has_gone(error):
            raise
    except SutazError as error:
        tell(str(error))
        return 2
    return 0


def _is_default(option: str) -> bool:
    """Whether nobody typed this option."""
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(option) is ParameterSource.DEFAULT


def _span(since: str, until: str | None) -> tuple[int, int | None]:
    """The moments that were typed, in nanoseconds."""
    from datetime import datetime

    now = datetime.now().astimezone()
    start = _moment("--since", since, now)
    end = _moment("--until", until, now) if until is not None else None
    if end is not None and end <= start:
        raise click.UsageError(f"--until {until} is not after --since {since}.")
    return start, end


def _moment(option: str, typed: str, now: "datetime") -> int:
    from sutaz_tui.text.moments import EXPECTED, moment
    from sutaz_tui.text.sanitise import one_line

    found = moment(typed, now)
    if found is None:
        raise click.UsageError(f"{option} {one_line(typed, 60)}: expected {EXPECTED}.")
    return found


def _patterns(plain: tuple[str, ...], inverse: tuple[str, ...]) -> "tuple[Pattern, ...]":
    from sutaz_tui.logs.matching import Pattern
    from sutaz_tui.output.logs import pointing
    from sutaz_tui.text.patterns import WrongPattern

    found = []
    for option, mark, patterns in (("--grep", "", plain), ("--invert", "!", inverse)):
        for typed in patterns:
            try:
                found.append(Pattern(f"{mark}/{typed}/"))
            except WrongPattern as error:
                place = max(1, error.column - len(mark) - 1)
                # The pattern knows of marks round it that nobody typed.
                said = str(error).replace(f"at column {error.column}:", f"at column {place}:")
                words = [f"{option}: {said}", *pointing(typed, 1, place, str)]
                raise click.UsageError("\n".join(words)) from None
    return tuple(found)
