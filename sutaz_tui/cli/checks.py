"""The commands `check` and `report`: checks without a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.check_round import CheckRound
from sutaz_tui.cli.elsewhere import Elsewhere, refuse_beside_on
from sutaz_tui.cli.proving import proven
from sutaz_tui.cli.stack import begin, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check
    from sutaz_tui.config import Config
    from sutaz_tui.state.results import Results
    from sutaz_tui.state.writer import Writer

FORMATS = ["text", "json", "junit", "markdown", "tap", "prometheus"]
WRITTEN_WITHIN = 5.0


@click.command()
@click.argument("words", nargs=-1, metavar="[CATEGORY|CHECK-ID]...", shell_complete=completing.checks)
@stack_options
@click.option(
    "-k", "patterns", multiple=True, metavar="PATTERN", help="Only checks with this in id or title."
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only checks with this tag.")
@click.option("--failed", is_flag=True, help="Only what failed in the last run.")
@click.option(
    "--until-green", type=float, metavar="SECONDS", help="Repeat what failed, for at most this long."
)
@click.option(
    "--within",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="End the run then: what has not ended is an error.",
)
@click.option(
    "--repeat", type=click.IntRange(1, 1000), default=1, metavar="N", help="Run everything this many times."
)
@click.option(
    "--allow", default="", metavar="CLASSES", help="Besides reads: logins,writes,heavy,leaves,attack."
)
@click.option("--ignore-needs", is_flag=True, help="Run even where a needed service is down.")
@click.option("--fail-fast", is_flag=True, help="Stop after the first failure.")
@click.option(
    "--on",
    default="",
    metavar="PLACES",
    help="Have workers run them: all, any, or names such as berlin,paris.",
)
@click.option(
    "--prove", "is_proof", is_flag=True, help="Prove that each check can fail, on simulated stacks."
)
@click.option("--list", "is_list", is_flag=True, help="List the checks, run none.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),
    help="Write the results here.",
)
def check(
    words: tuple[str, ...], file: Path | None, demo: bool, scenario: str | None, patterns: tuple[str, ...], tags: tuple[str, ...],
    failed: bool, until_green: float | None, within: float | None, repeat: int, allow: str, ignore_needs: bool, fail_fast: bool,
    on: str, is_proof: bool, is_list: bool, form: str, output: Path | None,
) -> int:  # fmt: skip
    """Run checks: all that only read, or those of categories and ids.

    Exit code 0 when nothing is red, 1 when something failed, erred or was blocked, 2 usage or config, 3 when none ran.
    """
    from sutaz_tui.checks import registry
    from sutaz_tui.output import checks as check_output
    from sutaz_tui.wiring import checks as checking

    if on:
        refuse_beside_on({
            "--allow": allow, "--until-green": until_green, "--repeat": repeat > 1, "--ignore-needs": ignore_needs,
            "--fail-fast": fail_fast, "--prove": is_proof, "--demo": demo,
        })  # fmt: skip
    config, stack = open_stack(None, file, demo, scenario)
    try:
        elsewhere = Elsewhere(config, on, within) if on else None
        with _usage():
            classes = checking.allowed(config, allow)
            every = _loaded(config, words, None if is_list else classes)
            chosen = checking.choose(every, words, patterns, tags)
        if not chosen:
            click.echo(f"no checks for the services of this config: {checking.NONE}", err=True)
        if is_list:
            click.echo(check_output.listed_json(chosen) if form == "json" else check_output.listed(chosen))
            return 0
        if is_proof:
            return proven(config, stack, chosen, classes)
        from sutaz_tui.state.results import Results
        from sutaz_tui.state.writer import Writer

        _begin(config, chosen, classes)
        writer = Writer(lambda _: None)
        kept = Results(config) if stack is None else None
        left = ""
        if failed:
            red = _failed(kept) if kept is not None else set()
            left = _tests_left(chosen, red, classes)
            chosen = [one for one in chosen if one.id in red]
            if left:
                click.echo(left, err=True)
            elif not chosen:
                click.echo("nothing failed in the last run", err=True)
        round_of = CheckRound(
            config, stack, chosen, classes, ignore_needs, fail_fast, until_green, repeat, within
        )
        run = run_async(round_of.run() if elsewhere is None else elsewhere.run(chosen))
        if kept is not None:
            kept.keep_by(writer, run)
        headings = registry.headings(config, {result.category for result in run.results})
        text = check_output.written(form, run, headings)
        try:
            _hand_out(text, output)
            if output is not None:
                click.echo(check_output.summary_words(run), err=True)
            return 0 if failed and not chosen and not left else check_output.exit_code(run)
        finally:
            _flush(writer)
            if kept is not None and (note := kept.note()):
                click.echo(note, err=True)
    finally:
        if stack is not None:
            stack.close()


@click.command()
@stack_options
@click.option(
    "--allow", default="", metavar="CLASSES", help="Besides reads: logins,writes,heavy,leaves,attack."
)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),
    help="Write the report here.",
)
def report(file: Path | None, demo: bool, scenario: str | None, allow: str, output: Path | None) -> int:
    """Run the checks and write the report of the stack in Markdown."""
    from sutaz_tui.output import checks as check_output
    from sutaz_tui.output.report import as_report
    from sutaz_tui.state.results import Results
    from sutaz_tui.state.writer import Writer
    from sutaz_tui.wiring import checks as checking

    config, stack = open_stack(None, file, demo, scenario)
    try:
        with _usage():
            classes = checking.allowed(config, allow)
        chosen = _loaded(config, (), classes)
        _begin(config, chosen, classes)
        writer = Writer(lambda _: None)
        round_of = CheckRound(config, stack, chosen, classes)
        run = run_async(round_of.run())
        if stack is None:
            Results(config).keep_by(writer, run)
        text = as_report(run, {service.id: service.title for service in config.services}, config.env)
        try:
            _hand_out(text, output)
            return check_output.exit_code(run)
        finally:
            _flush(writer)
    finally:
        if stack is not None:
            stack.close()


def _loaded(config: "Config", words: tuple[str, ...], allow: frozenset[str] | None) -> "list[Check]":
    """The checks of a config, and the tests of its suites where they may be run (None: or are only listed)."""
    from sutaz_tui.wiring.checks import load_checks
    from sutaz_tui.wiring.suites import with_tests

    checks = load_checks(config, words)
    if not any(check.suite for check in checks):
        return checks
    import asyncio

    from sutaz_tui.sources.event_loop import EventLoop

    # Closed at once: another loop runs the checks, and one that is left is taken down by whatever thread comes by.
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        return runner.run(with_tests(checks, words, allow))


def _begin(config: "Config", chosen: "list[Check]", allow: frozenset[str]) -> None:
    from sutaz_tui.model import CheckClass

    known = {service.id for service in config.services}
    asking = [one for one in chosen if known.issuperset(one.needs)]
    needed = {id for one in asking for id in one.needs}
    at_once = min(len(asking), config.checks.concurrency)
    if CheckClass.HEAVY in allow and any(one.check_class is CheckClass.HEAVY for one in asking):
        at_once += config.checks.limits.concurrency
    begin(len(needed) + at_once)


@contextmanager
def _usage() -> Iterator[None]:
    """A word that names nothing is told as every other wrong use of the command line."""
    from sutaz_tui.wiring.checks import NoSuchCheck

    try:
        yield
    except NoSuchCheck as error:
        raise click.UsageError(str(error)) from None


def _hand_out(text: str, output: Path | None) -> None:
    """Print a text, or write it to a file; a run is not lost where that can't be written."""
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text + "\n", "utf-8")
    except OSError as error:
        click.echo(text)
        raise click.ClickException(
            f"could not write {output}: {error.strerror}; it was printed instead"
        ) from None


def _flush(writer: "Writer") -> None:
    for told in writer.flush(WRITTEN_WITHIN):
        click.echo(f"{told} (`sutaz-tui config path` says where it is)", err=True)
    if writer.set_aside:
        click.echo(writer.set_aside, err=True)


def _tests_left(chosen: "list[Check]", red: set[str], allow: frozenset[str]) -> str:
    """What is said of red tests whose suite may not be run, "" for nothing."""
    from sutaz_tui.text.units import plural

    suites = [one for one in chosen if one.suite is not None and not allow.issuperset(one.wants)]
    count = sum(id.startswith(tuple(f"{one.category}." for one in suites)) for id in red)
    classes = ",".join(sorted({word for one in suites for word in one.wants}))
    return f"{plural(count, 'red test')} of suites not run; --allow {classes} runs them too" if count else ""


def _failed(kept: "Results") -> set[str]:
    try:
        return kept.failed()
    except OSError as error:
        raise click.ClickException(
            f"what failed last cannot be read: {error}; without --failed all is run"
        ) from None
